"""Bandwidth: a bucket that fills at the allowed rate."""
from __future__ import annotations

import threading

from ..ports import Clock


class Bandwidth:
    """At most `rate` bytes a second over all threads that share it, with bursts of one second."""

    def __init__(self, rate: int, clock: Clock) -> None:
        self.rate, self._clock = rate, clock
        self._lock = threading.Lock()
        self._free_at = clock.now()

    def take(self, size: int) -> None:
        """Return when `size` more bytes may pass."""
        with self._lock:
            now = self._clock.now()
            self._free_at = max(self._free_at, now - 1_000_000_000) + size * 1_000_000_000 // self.rate
            wait = self._free_at - now
        if wait > 0:
            self._clock.sleep(wait / 1e9)
