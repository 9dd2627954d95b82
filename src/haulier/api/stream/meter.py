"""How fast runs and large files move: what the engine says now, against what it said a little earlier."""
from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from ...model import progress
from ..shapes.run import Progress

LONG = 10.0
"""Seconds that a speed is the mean of."""
FRESH = 0.5
"""Seconds: no more often is the engine asked."""


class Moving(NamedTuple):
    """How far everything is: runs by id, large files by the id of their transfer as (bytes, speed)."""

    runs: Mapping[int, Progress]
    files: Mapping[int, tuple[int, float | None]]


class _Points:
    """How far something was, and when."""

    def __init__(self) -> None:
        self._points: deque[tuple[float, int, int]] = deque()

    def add(self, at: float, moved: int, files: int) -> tuple[float | None, float | None]:
        """Bytes and files per second; None if nobody can tell yet."""
        self._points.append((at, moved, files))
        while len(self._points) > 2 and at - self._points[1][0] >= LONG:
            self._points.popleft()
        first = self._points[0]
        passed = at - first[0]
        if passed < FRESH / 2:
            return None, None
        return max(0.0, (moved - first[1]) / passed), max(0.0, (files - first[2]) / passed)


class Meter:
    """Asks at most twice a second, however many want to know."""

    def __init__(self, ask: Callable[[], Mapping[int, progress.Progress]], now: Callable[[], float]) -> None:
        self._ask, self._now = ask, now
        self._runs: dict[int, _Points] = {}
        self._files: dict[int, _Points] = {}
        self._last, self._moving = -FRESH, Moving({}, {})
        self._lock = threading.Lock()

    def look(self) -> Moving:
        """How far everything is now."""
        with self._lock:
            at = self._now()
            if at - self._last >= FRESH:
                self._last, self._moving = at, self._looked(at)
            return self._moving

    def _looked(self, at: float) -> Moving:
        said = self._ask()
        parts = {id: moved for one in said.values() for id, moved in dict(one.parts).items()}
        _keep(self._runs, said)
        _keep(self._files, parts)
        return Moving({id: self._run(at, id, one) for id, one in said.items()},
                      {id: (moved, self._files[id].add(at, moved, 0)[0]) for id, moved in parts.items()})

    def _run(self, at: float, id: int, one: progress.Progress) -> Progress:
        ended = one.done + one.failed
        speed, pace = self._runs[id].add(at, one.moved, ended)
        left = _left(one, speed or 0, pace or 0) if one.is_planned else None
        return Progress(files=one.files, bytes=one.bytes, done=one.done, failed=one.failed, skipped=one.skipped,
                        waiting=one.waiting, moved=one.moved, is_planned=one.is_planned, speed=speed, eta=left)


def _keep(points: dict[int, _Points], ids: Iterable[int]) -> None:
    for gone in points.keys() - set(ids):
        del points[gone]
    for id in ids:
        points.setdefault(id, _Points())


def _left(one: progress.Progress, speed: float, pace: float) -> float | None:
    """Seconds; whatever takes longer, bytes or files, where both are known."""
    needs = [(one.bytes - one.moved, speed), (one.files - one.done - one.failed, pace)]
    found = [rest / each for rest, each in needs if rest > 0 and each > 0]
    return max(found) if found else None
