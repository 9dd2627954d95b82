"""Where to go on after a crash, and whether what is there can be trusted."""
from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

from ..model.errors import HaulierError, NotFound
from ..model.files import Cap, Draft, Entry
from ..model.run import Transfer
from ..model.transfer import FINAL, State
from .route import Route
from .steps import are_repeatable
from .verify import same_bytes, sha256

FRONT = 64 * 1024
"""Bytes at the front of the source by which it is known again."""
LAST = 256 * 1024
"""Bytes before the point of going on that are compared with the source."""


def fresh(transfer: Transfer) -> Transfer:
    """The transfer for a new try: a failed one's draft was freed, so it begins anew."""
    if transfer.state is not State.FAILED or transfer.delivered:
        return transfer
    return transfer._replace(sha256=b"", written=0, draft=None, head=b"")


def is_whole(transfer: Transfer, entry: Entry) -> bool:
    """Whether an earlier try copied this very file, all of it: then it is finished, whatever a plan says now.

    What the target has under its name may be what that try published, and its marker may be gone.
    """
    copied = transfer.delivered or (bool(transfer.sha256) and transfer.state not in FINAL)
    return copied and transfer.entry.is_same_as(entry)


class Start(NamedTuple):
    """How a copy begins: anew (no draft), or after `draft.offset` bytes that were hashed as `prefix`."""

    draft: Draft | None = None
    prefix: Iterable[bytes] = ()
    head: bytes = b""


def beginning(route: Route, transfer: Transfer) -> Start:
    """Where to go on; anew, with what was left freed, where anything is in doubt."""
    draft = transfer.draft
    if draft is None:
        return Start()
    try:
        if Cap.RESUME in route.target.caps and are_repeatable(route.steps):
            draft = route.target.recover(draft)
            if draft.offset and _is_trusted(route, transfer, draft):
                return Start(draft, _prefix(route, transfer, draft), transfer.head)
    except NotFound:
        return Start()
    with suppress(HaulierError):
        route.target.discard(draft)
    return Start()


def _is_trusted(route: Route, transfer: Transfer, draft: Draft) -> bool:
    """Whether source and half-written target still belong together."""
    source, path = route.source, transfer.path
    if transfer.entry.size < draft.offset and not route.steps:
        return False
    if transfer.head and sha256(source.read(path, end=FRONT)) != transfer.head:
        return False
    if route.steps or Cap.ATOMIC in route.target.caps:
        return True  # the bytes are made again and compared as a whole; or the store checked each part
    since = max(0, draft.offset - LAST)
    return same_bytes(route.target, draft.temp, source, path, since, draft.offset)


def _prefix(route: Route, transfer: Transfer, draft: Draft) -> Iterable[bytes]:
    """The bytes already sent, for the digest: from whichever side is near."""
    if route.steps:
        return ()
    if Cap.NEAR in route.target.caps:
        return route.target.read(draft.temp, end=draft.offset)
    return route.source.read(transfer.path, end=draft.offset)
