"""How many files ended, ever: full minutes are summed once, and from then on only what is new."""
from __future__ import annotations

import threading

from ...model.query import Bucket
from ...ports import Clock, Reader

MINUTE = 60 * 10**9
LAG = 5 * 10**9
"""Nanoseconds: what ended less long ago may not be stored yet."""


class Counters:
    """Sums that never fall while the process lives."""

    def __init__(self, reader: Reader, clock: Clock) -> None:
        self._reader, self._clock = reader, clock
        self._sum = Bucket(0, 0, 0, 0, 0)   # `at` is up to when: a full minute, as the ledger counts in those
        self._lock = threading.Lock()

    def look(self) -> Bucket:
        """All that ended until now."""
        with self._lock:
            now = self._clock.now()
            full = (now - LAG) // MINUTE * MINUTE
            if full > self._sum.at:
                self._sum = self._with(self._sum, full)
            return self._with(self._sum, now + 1)

    def _with(self, before: Bucket, until: int) -> Bucket:
        if until <= before.at:
            return before
        found = self._reader.buckets(before.at, until, until - before.at)
        files, size, failed, skipped = (sum(counts) for counts in zip(before[1:], *(one[1:] for one in found),
                                                                      strict=True))
        return Bucket(until, files, size, failed, skipped)
