"""What a store has of many paths: by listing their folders where that is cheaper than asking for each."""
from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from ..model.errors import NotFound
from ..model.files import Entry
from ..model.names import split
from ..ports import Store

WORTH_LISTING = 4
TOO_MANY = 100_000
"""A folder with more files is not listed: its files are asked for one by one, in flat memory."""


class Existing:
    """Look up a group of paths, then get() each. The folder listed last is remembered."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._found: dict[str, Entry] = {}
        self._folder: str | None = None
        self._listed: dict[str, Entry] = {}

    def look_up(self, paths: Sequence[str]) -> None:
        self._found = {}
        folders: dict[str, list[str]] = {}
        for path in paths:
            folders.setdefault(split(path)[0], []).append(path)
        for folder, inside in folders.items():
            if folder == self._folder or (len(inside) >= WORTH_LISTING and self._list(folder)):
                self._found |= {path: self._listed[path] for path in inside if path in self._listed}
            else:
                self._ask(inside)

    def get(self, path: str) -> Entry | None:
        return self._found.get(path)

    def _list(self, folder: str) -> bool:
        listing = iter(self._store.scan(folder))
        self._folder, self._listed = None, {entry.path: entry for entry in islice(listing, TOO_MANY)}
        if next(listing, None) is not None:
            return False
        self._folder = folder
        return True

    def _ask(self, paths: Sequence[str]) -> None:
        for path in paths:
            try:
                self._found[path] = self._store.stat(path)
            except NotFound:
                pass
