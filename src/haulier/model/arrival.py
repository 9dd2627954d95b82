"""What must have arrived by when, and whether it did."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum, auto
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Expectation:
    """So many files of a flow, delivered between two moments. `by` and `since` are cron expressions."""

    files: str                              # a pattern, as those of filters are
    by: str                                 # the deadlines
    since: str                              # the moments from which on files count: the last one before a deadline
    count: int = 1
    warn: float = 1800.0                    # seconds before the deadline
    timezone: str = "UTC"
    holidays: tuple[date, ...] = ()         # no deadline on these days

    @property
    def rule(self) -> str:
        """All of it in one line, which changes whenever it does."""
        days = ",".join(sorted(day.isoformat() for day in self.holidays))
        return f"{self.count} {self.files} by {self.by} since {self.since} warn {self.warn:g} {self.timezone} {days}"


class ArrivalState(StrEnum):
    OPEN = auto()       # the deadline is to come
    WARNED = auto()     # it is near, and files are missing
    LATE = auto()       # it has passed, and files are missing
    MET = auto()        # all were there in time
    RECOVERED = auto()  # all are there, and were late
    MISSED = auto()     # they were not there when those of the next deadline began to count


CLOSED = frozenset({ArrivalState.MET, ArrivalState.RECOVERED, ArrivalState.MISSED})
"""Nothing more is to come of these."""


class Arrival(NamedTuple):
    """One deadline of an expectation. Moments are in nanoseconds since the epoch."""

    flow: str
    rule: str           # the expectation's, as it was when this began
    due: int
    since: int          # files count that were delivered from then on
    files: str
    least: int          # so many must have arrived
    state: ArrivalState = ArrivalState.OPEN
    found: int = 0
    diagnosis: str = ""     # why files are missing, as far as it can be seen
    changed: int = 0        # when the state did
