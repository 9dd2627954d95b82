"""Folders of this machine in which something happens: told by the system, with one thread for all of them."""
from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable, Set
from pathlib import PurePath

log = logging.getLogger("haulier.engine")
GATHER = 100
"""Milliseconds in which what happens is told at once."""
CHECK = 1_000
"""Milliseconds after which it is looked whether the folders are still those that are watched, if nothing happens."""
AGAIN = 60.0
"""Seconds until it is tried anew where the system refused to watch."""


class Folders:
    """Calls `changed` with a folder whenever something happens in it; with `deep` also for what is below it."""

    def __init__(self, changed: Callable[[str], None], *, deep: bool) -> None:
        self._changed, self._deep = changed, deep
        self._wanted: Set[str] = frozenset()
        self._other, self._is_over = threading.Event(), False
        self._thread: threading.Thread | None = None
        self._is_refused = False

    def watch(self, folders: Set[str]) -> None:
        """From now on these and no others; one that is not there is watched once it is."""
        if folders == self._wanted:
            return
        self._wanted = folders
        self._other.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, name="folders", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        self._is_over = True
        self._other.set()
        if self._thread:
            self._thread.join(2)

    def _watch(self) -> None:
        while not self._is_over:
            self._other.clear()
            try:
                self._listen(self._wanted)
                self._is_refused = False
            except Exception as error:  # whatever the system has against it, files are still found by looking
                if not self._is_refused:
                    log.warning("folders cannot be watched (%s); files in them are found by looking", error)
                self._is_refused = True
                self._other.wait(AGAIN)

    def _listen(self, wanted: Set[str]) -> None:
        """Until other folders are wanted, or one of these comes, goes or is another one."""
        from watchfiles import watch
        there = _there(wanted)
        if not there:
            self._other.wait(CHECK / 1000)
            return
        unseen = {folder for folder, _ in there}    # something may have happened before they were watched
        for changes in watch(*(folder for folder, _ in there), watch_filter=None, debounce=GATHER, step=20,
                             stop_event=self._other, rust_timeout=CHECK, yield_on_timeout=True, recursive=self._deep,
                             raise_interrupt=False, ignore_permission_denied=True):
            for folder in unseen | self._among(wanted, {path for _, path in changes}):
                self._changed(folder)
            unseen = set()
            if _there(wanted) != there:
                return

    def _among(self, wanted: Set[str], paths: Iterable[str]) -> set[str]:
        found: set[str] = set()
        for path in paths:
            found |= {path, *map(str, PurePath(path).parents)} & wanted
        return found


def _there(folders: Set[str]) -> Set[tuple[str, int]]:
    """Those that are folders, each with what tells it from a later one of that name."""
    found = set()
    for folder in folders:
        try:
            found.add((folder, os.stat(folder).st_ino))
        except OSError:
            continue
    return found
