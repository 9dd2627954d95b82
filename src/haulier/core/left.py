"""What an earlier try left at the target: its whole draft, or the file itself, published before that was stored."""
from __future__ import annotations

from ..model.errors import NotFound
from ..model.files import Cap, Draft
from ..model.names import split
from ..model.run import Transfer
from ..ports import Store
from .route import Route
from .verify import sha256


def was_published(route: Route, draft: Draft, transfer: Transfer) -> bool:
    """Whether an earlier try published this draft before its process died.

    Only publishing removes a draft, and a power cut. If the file is not under its name either,
    somebody has taken it since, as receivers do; unless its whole folder is gone.
    """
    if not transfer.sha256:
        return False
    restarted = Cap.NEAR in route.target.caps and transfer.created < route.booted
    try:
        size = route.target.stat(draft.path).size
    except NotFound:
        if Cap.ATOMIC in route.target.caps:
            return not draft.state      # an upload may also have been given up by others; a whole PUT was seen
        return not restarted and _has_folder(route.target, split(draft.path)[0])
    if restarted:  # names may have outlived what they stand for
        return not route.steps and sha256(route.target.read(draft.path)) == transfer.sha256
    return size == transfer.written


def _has_folder(store: Store, folder: str) -> bool:
    """Whether a folder, which may be empty by now, is there."""
    try:
        next(iter(store.folders(folder)), None)
    except NotFound:
        return False
    return True


def is_left(route: Route, draft: Draft, transfer: Transfer) -> bool | None:
    """Whether a draft that was wholly written is still there; None if it was published."""
    if Cap.ATOMIC in route.target.caps:
        return True  # publish() finds out
    try:
        return route.target.stat(draft.temp).size == transfer.written
    except NotFound:
        return None if was_published(route, draft, transfer) else False
