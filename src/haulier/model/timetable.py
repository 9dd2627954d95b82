"""A weekly timetable: what bandwidth holds at which hours of which days."""
from __future__ import annotations

from dataclasses import dataclass

WEEK = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class Hours:
    """Some hours of some days. Those that end before they begin go on past midnight, of the next day then."""

    days: frozenset[int] = WEEK             # when they begin: 0 is Monday, 6 Sunday
    start: int = 0                          # minutes since midnight, inclusive
    end: int = 24 * 60                      # minutes since midnight, not inclusive
    bandwidth: int | None = None            # bytes per second; None: no limit


@dataclass(frozen=True, slots=True)
class Timetable:
    """Of the rows that match a moment, the first one holds; where none does, `bandwidth` does."""

    bandwidth: int | None = None            # bytes per second; None: no limit
    rows: tuple[Hours, ...] = ()
    timezone: str = "UTC"                   # IANA name: where the clock hangs that the rows go by
