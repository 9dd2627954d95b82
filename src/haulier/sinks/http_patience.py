"""How long an API that is busy or away is waited for: the same for all who ask it.

While it is there, a request that failed is tried again after a pause of its own. After some failures in a row it counts
as away: all wait together, one asks whether it is back, and when that one is heard, all go on.
"""
from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass
from typing import Protocol

from ..model.errors import Cancelled, Transient

_FIRST = 0.25       # seconds before the second try, at most
_LONGEST = 15.0
_AWAY = 3
"""Failures in a row, of whichever requests."""


class Clock(Protocol):
    """Time, so that tests can own it."""

    def now(self) -> float:
        """Seconds since some moment."""

    def wait(self, over: threading.Event, seconds: float) -> None:
        """Return after so long, or when it is over."""


class _Clock:
    def now(self) -> float:
        return time.monotonic()

    def wait(self, over: threading.Event, seconds: float) -> None:
        over.wait(seconds)


CLOCK: Clock = _Clock()


@dataclass(slots=True, eq=False)
class Trial:
    """One request until it has an answer that counts."""

    tries: int = 0
    since: float | None = None      # when it failed first
    lost: bool = False              # the server may have done it already
    conflicts: int = 0


class Patience:
    """Used by many threads. `budget`: seconds that a request may go on failing."""

    def __init__(self, budget: float, clock: Clock = CLOCK) -> None:
        self._budget, self._clock = budget, clock
        self._over = threading.Event()
        self._news = threading.Condition()
        self._not_before = 0.0
        self._failures = self._probes = 0
        self._probe: Trial | None = None

    def end(self) -> None:
        """Nobody waits any more."""
        with self._news:
            self._over.set()
            self._news.notify_all()

    def renew(self) -> None:
        """Waiting is possible again."""
        self._over.clear()
        self._forget()

    def turn(self, trial: Trial) -> None:
        """Return when this one may ask the API; Cancelled if that is no longer wanted."""
        with self._news:
            while self._is_away and self._probe is not None and not self._over.is_set():
                self._news.wait()
            if self._is_away:
                self._probe = trial
        while not self._over.is_set():
            wait = self._not_before - self._clock.now()
            if wait <= 0:
                return
            self._clock.wait(self._over, wait)
        raise Cancelled("stopped")

    def heard(self, pause: float = 0.0) -> None:
        """The API answered. `pause`: seconds that the API wants to be left alone by all; more than the budget is not
        waited for: if it means it, it says so once more."""
        if not (self._failures or pause):
            return
        with self._news:
            self._forget()
            if pause <= self._budget:
                self._not_before = max(self._not_before, self._clock.now() + pause)
            self._news.notify_all()

    def after(self, error: Transient, trial: Trial) -> None:
        """Wait before the next try; raises the error itself if that would be too long.

        What the server asked for (`retry_after`) all others wait for too.
        """
        with self._news:
            pause, is_for_all = self._noted(error, trial)
            trial.tries += 1
            now = self._clock.now()
            trial.since = now if trial.since is None else trial.since
            if now + pause - trial.since > self._budget:
                raise error
            if is_for_all:
                self._not_before = max(self._not_before, now + pause)
        if not is_for_all:
            self._clock.wait(self._over, pause)

    @property
    def _is_away(self) -> bool:
        return self._failures >= _AWAY

    def _forget(self) -> None:
        self._failures = self._probes = 0
        self._probe = None

    def _noted(self, error: Transient, trial: Trial) -> tuple[float, bool]:
        """Seconds to wait, and whether all have to."""
        self._failures += 1
        if self._probe is trial:
            self._probe = None
            self._probes += 1
            self._news.notify_all()
        if error.retry_after is not None:
            return error.retry_after, True
        tries = self._probes if self._is_away else trial.tries
        return random.uniform(0.5, 1) * min(_LONGEST, _FIRST * 2.0 ** min(tries, 10)), self._is_away
