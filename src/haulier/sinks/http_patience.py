"""How long an API that is busy or away is waited for: the same for all who ask it."""
from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass

from ..model.errors import Cancelled, Transient

_FIRST = 0.25       # seconds before the second try, at most
_LONGEST = 15.0


@dataclass(slots=True)
class Trial:
    """One request until it has an answer that counts."""

    tries: int = 0
    since: float | None = None      # when it failed first
    lost: bool = False              # the server may have done it already
    conflicts: int = 0


class Patience:
    """Used by many threads."""

    def __init__(self, budget: float) -> None:
        self._budget = budget
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._not_before = 0.0

    def end(self) -> None:
        """Nobody waits any more."""
        self._over.set()

    def renew(self) -> None:
        """Waiting is possible again."""
        self._over.clear()

    def turn(self) -> None:
        """Return when the API may be asked; Cancelled if that is no longer wanted."""
        while True:
            with self._lock:
                wait = self._not_before - time.monotonic()
            if self._over.wait(wait) if wait > 0 else self._over.is_set():
                raise Cancelled("stopped")
            if wait <= 0:
                return

    def after(self, error: Transient, trial: Trial) -> None:
        """Wait before the next try; raises the error itself if that would be too long.

        What the server asked for (`retry_after`) all others wait for too.
        """
        now, asked = time.monotonic(), error.retry_after
        trial.since = now if trial.since is None else trial.since
        wait = random.uniform(0, min(_LONGEST, _FIRST * 2 ** trial.tries)) if asked is None else asked
        trial.tries += 1
        if now + wait - trial.since > self._budget:
            raise error
        if asked is not None:
            with self._lock:
                self._not_before = max(self._not_before, now + wait)
        elif self._over.wait(wait):
            raise Cancelled("stopped")
