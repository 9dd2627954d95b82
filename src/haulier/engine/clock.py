"""The real time."""
from __future__ import annotations

import time


class SystemClock:
    """This machine's clock."""

    def now(self) -> int:
        return time.time_ns()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
