"""The real time, and when it is up."""
from __future__ import annotations

import time

from ..model.errors import TimeUp


class SystemClock:
    """This machine's clock."""

    def now(self) -> int:
        return time.time_ns()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class Deadline:
    """When a run that begins now must be over; None: never."""

    def __init__(self, flow: str, seconds: float | None) -> None:
        self._flow, self._seconds = flow, seconds
        self._started = time.monotonic()

    def check(self) -> None:
        """TimeUp once it has passed."""
        if self._seconds is not None and time.monotonic() - self._started > self._seconds:
            raise TimeUp(f"{self._flow}: not done after {self._seconds:g} s, its timeout; the next run goes on "
                         "where this one stopped. If it needs more time, set a longer timeout")
