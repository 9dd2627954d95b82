"""How many files ended, ever: summed once, and from then on only what is new."""
from __future__ import annotations

import threading

from ...model.query import Bucket
from ...ports import Clock, Reader

LAG = 5 * 10**9
"""Nanoseconds: what ended less long ago may not be stored yet."""


class Counters:
    """Sums that never fall while the process lives."""

    def __init__(self, reader: Reader, clock: Clock) -> None:
        self._reader, self._clock = reader, clock
        self._sum = Bucket(0, 0, 0, 0, 0)   # `at` is up to when
        self._lock = threading.Lock()

    def look(self) -> Bucket:
        """All that ended until a few seconds ago."""
        with self._lock:
            start, end = self._sum.at, self._clock.now() - LAG
            if end > start:
                for one in self._reader.buckets(start, end, end - start):
                    self._sum = Bucket(start, *(a + b for a, b in zip(self._sum[1:], one[1:], strict=True)))
                self._sum = self._sum._replace(at=end)
            return self._sum
