"""Somebody at the target who takes every file away as soon as it can be seen, and keeps count."""
from __future__ import annotations

import os
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Self


class Receiver:
    """Takes files out of `folder`, not hidden ones. `content` is what came last under each name."""

    def __init__(self, folder: Path, *, pause: float = 0.002) -> None:
        self.folder = folder
        self.times: Counter[str] = Counter()
        self.content: dict[str, bytes] = {}
        self._pause = pause
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def twice(self) -> list[str]:
        return sorted(name for name, times in self.times.items() if times > 1)

    def _run(self) -> None:
        while not self._stop.is_set():
            if not self._take():
                time.sleep(self._pause)

    def _take(self) -> bool:
        some = False
        for folder, _, names in os.walk(self.folder):
            for name in names:
                if not name.startswith("."):
                    path, some = Path(folder, name), True
                    self.content[str(path.relative_to(self.folder))] = path.read_bytes()
                    self.times[str(path.relative_to(self.folder))] += 1
                    path.unlink()
        return some

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._take()        # what came last
