"""Bandwidth: a bucket that fills at the allowed rate."""
from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from ..ports import Clock

NAP = 0.5
"""Seconds: who waits looks so often whether to stop."""


class Limit(Protocol):
    def take(self, size: int, stop_if_asked: Callable[[], None] = ...) -> None:
        """Return when `size` more bytes may pass; what is called meanwhile may raise."""
        ...


def _go_on() -> None:
    return None


class Bandwidth:
    """At most `rate` bytes a second over all threads that share it, with bursts of one second.

    A rate that changes is a function; None is no limit.
    """

    def __init__(self, rate: int | Callable[[], int | None], clock: Clock) -> None:
        self._rate = rate if callable(rate) else lambda: rate
        self._clock = clock
        self._lock = threading.Lock()
        self._free_at = clock.now()

    def take(self, size: int, stop_if_asked: Callable[[], None] = _go_on) -> None:
        """Return when `size` more bytes may pass; what is called meanwhile may raise."""
        rate = self._rate()
        if rate is None:
            return
        with self._lock:
            now = self._clock.now()
            self._free_at = max(self._free_at, now - 1_000_000_000) + size * 1_000_000_000 // rate
            left = (self._free_at - now) / 1e9
        while left > 0:
            self._clock.sleep(min(left, NAP))
            left -= NAP
            stop_if_asked()


class All:
    """Several limits at once."""

    def __init__(self, limits: Sequence[Limit]) -> None:
        self._limits = limits

    def take(self, size: int, stop_if_asked: Callable[[], None] = _go_on) -> None:
        """Return when every limit lets `size` more bytes pass."""
        for limit in self._limits:
            limit.take(size, stop_if_asked)
