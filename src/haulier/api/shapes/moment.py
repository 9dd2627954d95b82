"""Times as ISO 8601 in UTC, and back."""
from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, WithJsonSchema

MOST = (1 << 63) - 1
"""The largest number that every database keeps."""
_FAR = 1 << 62
"""Nanoseconds: 146 years. Moments further away are taken as this one, so that sums with them are still numbers."""
Moment: TypeAlias = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time",
                                                  "examples": ["2026-11-25T20:15:00.000000Z"]})]
"""A field with a time in UTC that ends with Z."""


def told(nanoseconds: int) -> Moment:
    """A time since the epoch as text, to the microsecond."""
    try:
        seconds = datetime.fromtimestamp(nanoseconds // 10**9, UTC)
    except (ValueError, OverflowError, OSError):    # a source may say anything
        return "9999-12-31T23:59:59.999999Z" if nanoseconds > 0 else "0001-01-01T00:00:00.000000Z"
    return f"{seconds:%Y-%m-%dT%H:%M:%S}.{nanoseconds % 10**9 // 1000:06d}Z"


def told_or_none(nanoseconds: int | None) -> Moment | None:
    """The same; None for what has not happened."""
    return told(nanoseconds) if nanoseconds else None


def moment(text: str) -> int:
    """Nanoseconds since the epoch; ValueError if it is no time. One without a zone is in UTC."""
    try:
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise ValueError("not a time: write it like 2026-11-25T20:15:00Z") from None
    since = (found if found.tzinfo else found.replace(tzinfo=UTC)) - datetime(1970, 1, 1, tzinfo=UTC)
    exact = (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000
    return max(-_FAR, min(_FAR, exact))


def _checked(text: str) -> str:
    moment(text)
    return text


MomentGiven: TypeAlias = Annotated[str, AfterValidator(_checked),
                                   WithJsonSchema({"type": "string", "format": "date-time"})]
"""A parameter with a time."""
