"""When to try again: one policy object, the same for every store."""
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Retry:
    """Exponential pauses, until `tries` or `window` is used up, whichever ends first."""

    base: float = 2.0           # seconds before the second try
    factor: float = 2.0
    cap: float = 60.0           # longest pause, seconds
    window: float = 7 * 86400.0  # seconds since the first try
    tries: int = 500

    def pause(self, tries: int, elapsed: float) -> float | None:
        """Seconds to wait after `tries` failed tries in `elapsed` seconds, or None to give up."""
        if tries >= self.tries or elapsed >= self.window:
            return None
        return min(self.cap, self.base * self.factor ** min(tries - 1, 64))
