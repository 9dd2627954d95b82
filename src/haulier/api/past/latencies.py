"""How long runs waited and took, ever, as histograms: what is new is added to what was counted."""
from __future__ import annotations

import threading
from bisect import bisect_left
from dataclasses import dataclass, field

from ...ports import Clock, Reader
from .counters import LAG

BOUNDS = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 1800.0, 7200.0, 43200.0)
"""Seconds; one more bucket takes what is longer."""


@dataclass(slots=True)
class Histogram:
    """Counts by bound, each with those of the bounds below it, as Prometheus wants them."""

    sum: float = 0.0
    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))

    def add(self, seconds: float) -> None:
        """One more."""
        self.sum += seconds
        self.counts[bisect_left(BOUNDS, seconds)] += 1

    def cumulated(self) -> list[int]:
        """How many are at most each bound, and at last how many there are."""
        return [sum(self.counts[:number + 1]) for number in range(len(self.counts))]


class Latencies:
    """Those of runs that ended some seconds ago: who is still storing an end is not missed."""

    def __init__(self, reader: Reader, clock: Clock) -> None:
        self._reader, self._clock = reader, clock
        self._waited, self._took, self._until = Histogram(), Histogram(), 0
        self._lock = threading.Lock()

    def look(self) -> dict[str, Histogram]:
        """By what they measure."""
        with self._lock:
            until = self._clock.now() - LAG
            if until > self._until:
                for pace in self._reader.paces(self._until, until):
                    self._waited.add(pace.waited / 1e9)
                    self._took.add(pace.took / 1e9)
                self._until = until
            return {"wait": self._waited, "duration": self._took}
