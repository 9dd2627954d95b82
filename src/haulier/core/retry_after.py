"""What a web server says with Retry-After: how long it wants to be left alone."""
from __future__ import annotations

from email.utils import parsedate_to_datetime

_LONGEST = 365 * 86400.0


def seconds(said: str | None, now: float) -> float | None:
    """Of a number of seconds, or of a date; None if it says neither. `now`: since the epoch."""
    said = (said or "").strip()
    try:
        if said.replace(".", "", 1).isdecimal():
            return min(_LONGEST, float(said))
        return min(_LONGEST, max(0.0, parsedate_to_datetime(said).timestamp() - now))
    except (TypeError, ValueError, OverflowError):
        return None
