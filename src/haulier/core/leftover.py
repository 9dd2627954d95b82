"""Drafts that interrupted transfers left at a place, and which of them are still needed."""
from __future__ import annotations

from collections.abc import Iterable

from ..model.files import Draft, Entry
from ..model.names import split
from ..model.run import Transfer
from ..model.transfer import FINAL
from ..ports import Store


class Needed:
    """The drafts that unfinished transfers would go on with.

    One place can be written in many ways, and looked at from a folder above or below. So a draft
    counts as needed if its path and that of a transfer's draft end alike, up to where one begins.
    """

    def __init__(self, unfinished: Iterable[Transfer]) -> None:
        self._named: dict[str, list[str]] = {}
        for transfer in unfinished:
            if transfer.draft and transfer.state not in FINAL:
                for path in (transfer.draft.temp, transfer.draft.path):
                    self._named.setdefault(split(path)[1], []).append(path)

    def __contains__(self, left: Entry) -> bool:
        return any(_end_alike(left.path, path) for path in self._named.get(split(left.path)[1], ()))


def _end_alike(one: str, other: str) -> bool:
    return f"/{one}".endswith(f"/{other}") or f"/{other}".endswith(f"/{one}")


def discard(store: Store, left: Entry) -> None:
    """Free what a listed draft holds."""
    store.discard(Draft(left.path, left.path, state=left.tag or ""))
