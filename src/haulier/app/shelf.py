"""Open items that are in memory as a whole, kept for a moment for those who look through them again and again."""
from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..core.reconcile.index import Index
from ..ports import Items
from ..settings.spec import ItemsSpec
from ..settings.workspace import Workspace
from ..tasks.importing import ImportSpec
from .importing import items_of

KEPT = 30.0
"""Seconds: a person decides about one payment after the other."""


class Shelf:
    """Items that fall by themselves are asked for anew each time: what is open of them is known only there."""

    def __init__(self, kept: float = KEPT) -> None:
        self._kept = kept
        self._lock = threading.Lock()
        self._held: dict[str, tuple[Index, float]] = {}     # until when

    @contextmanager
    def items(self, workspace: Workspace, spec: ImportSpec) -> Iterator[Items]:
        """The open items of an import that matches payments."""
        assert spec.reconcile is not None
        key = _key(workspace, spec.reconcile.items)
        if (index := self._get(key)) is not None:
            yield index
            return
        with items_of(workspace, spec) as items:
            if isinstance(items, Index) and not items.is_live:
                self._put(key, items)
            yield items

    def _get(self, key: str) -> Index | None:
        with self._lock:
            found = self._held.get(key)
            return found[0] if found and found[1] > time.monotonic() else None

    def _put(self, key: str, index: Index) -> None:
        with self._lock:
            self._held[key] = index, time.monotonic() + self._kept
        timer = threading.Timer(self._kept + 0.1, self._drop)
        timer.daemon = True
        timer.start()

    def _drop(self) -> None:
        """A million items are not kept longer than need be."""
        with self._lock:
            now = time.monotonic()
            self._held = {key: held for key, held in self._held.items() if held[1] > now}


def _key(workspace: Workspace, spec: ItemsSpec) -> str:
    """Of those settings, and of the file as it is, if it is one of this machine."""
    written = f"{workspace.path}\0{type(spec).__name__}\0{spec.model_dump_json()}"
    name = getattr(spec, "file", None)
    if not name or getattr(spec, "place", None):
        return written
    try:
        seen = Path(workspace.path, name).stat()
    except OSError:
        return written
    return f"{written}\0{seen.st_size}\0{seen.st_mtime_ns}"
