"""What a web server says with Retry-After: how long it wants to be left alone."""
from __future__ import annotations

from email.utils import parsedate_to_datetime


def seconds(said: str | None, now: float) -> float | None:
    """Of a number of seconds, or of a date; None if it says neither. `now`: since the epoch."""
    if not said:
        return None
    try:
        if said.replace(".", "", 1).isdecimal():
            return float(said)
        return max(0.0, parsedate_to_datetime(said).timestamp() - now)
    except (TypeError, ValueError):
        return None
