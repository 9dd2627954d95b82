"""When to try again: one policy object, the same for every store."""
from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32


@dataclass(frozen=True, slots=True)
class Retry:
    """Exponential pauses, until `tries` or `window` is used up, whichever ends first."""

    base: float = 2.0           # seconds before the second try
    factor: float = 2.0
    cap: float = 60.0           # longest pause, seconds
    window: float = 7 * 86400.0  # seconds since the first try
    tries: int = 500
    jitter: float = 0.1         # the part of a pause that chance may take away: what failed together comes apart

    def pause(self, tries: int, elapsed: float, seed: int = 0) -> float | None:
        """Seconds to wait after `tries` failed tries in `elapsed` seconds, or None to give up.

        The same `seed` gives the same pauses.
        """
        if tries >= self.tries or elapsed >= self.window:
            return None
        chance = crc32(b"%d/%d" % (seed, tries)) / 2 ** 32
        return min(self.cap, self.base * self.factor ** min(tries - 1, 64)) * (1 - self.jitter * chance)
