"""One file's way into another system: the durable record of it."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum, auto
from typing import Any, NamedTuple

from .match import Match, MatchState
from .record import START, Mark, Reject


class IntakeState(StrEnum):
    READING = auto()        # rows are on their way
    MATCHED = auto()        # payments are matched and kept, not all are told yet
    DONE = auto()
    FAILED = auto()         # tried again with the next run, from `mark`
    REFUSED = auto()        # no good as a whole, and put aside: not tried again
    DUPLICATE = auto()      # the same bytes came before


ENDED = frozenset({IntakeState.DONE, IntakeState.REFUSED, IntakeState.DUPLICATE})


class Counts(NamedTuple):
    """Of rows. Always: rows == accepted + rejected + duplicates, when it is over."""

    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    duplicates: int = 0

    @property
    def balances(self) -> bool:
        return self.rows == self.accepted + self.rejected + self.duplicates

    def plus(self, other: Counts) -> Counts:
        return Counts(*(one + two for one, two in zip(self, other, strict=True)))


NOUGHT = Counts()


class Money(NamedTuple):
    """Of one currency. Always: total == matched + unmatched + duplicates + ignored."""

    total: Decimal = Decimal(0)         # of all payments in the file
    matched: Decimal = Decimal(0)       # allocated to items
    unmatched: Decimal = Decimal(0)     # rests, and payments for nothing that is known
    duplicates: Decimal = Decimal(0)
    ignored: Decimal = Decimal(0)

    @property
    def balances(self) -> bool:
        return self.total == self.matched + self.unmatched + self.duplicates + self.ignored

    def plus(self, other: Money) -> Money:
        return Money(*(one + two for one, two in zip(self, other, strict=True)))

    def less(self, other: Money) -> Money:
        return Money(*(one - two for one, two in zip(self, other, strict=True)))


def share(match: Match) -> Money:
    """What one payment is of the money of its file: what it is allocated is summed, so that it shows if it is wrong."""
    amount = match.payment.amount
    if match.state is MatchState.MATCHED:
        return Money(amount, matched=sum((one.amount for one in match.allocations), Decimal(0)), unmatched=match.rest)
    if match.state is MatchState.DUPLICATE:
        return Money(amount, duplicates=amount)
    if match.state is MatchState.IGNORED:
        return Money(amount, ignored=amount)
    return Money(amount, unmatched=amount)


class Incoming(NamedTuple):
    """A file that is to be taken in, as it was found."""

    flow: str               # with its task, as in `nightly/bank`
    run: int
    name: str               # its path at its place
    place: str              # as a URL without secrets
    size: int
    digest: str             # SHA-256 of its bytes, in hex
    parser: str
    version: str            # of the settings it is read with: a mark of another version is not gone on from


@dataclass(frozen=True, slots=True)
class Intake:
    """As far as it is."""

    id: int
    file: Incoming
    state: IntakeState
    counts: Counts = NOUGHT
    mark: Mark = START
    tries: int = 1
    started: int = 0                # nanoseconds since the epoch, UTC
    finished: int | None = None
    error: str = ""
    origin: int = 0                 # DUPLICATE: the intake that had those bytes
    money: Mapping[str, Money] = field(default_factory=dict)    # by currency, where payments are matched
    report: Mapping[str, Any] = field(default_factory=dict)     # JSON: checks, notices, facts, counts by rule


class Kept(NamedTuple):
    """A reject as it is kept. `fixed`: values that a person gave instead, by column; `text`: or the whole row anew."""

    id: int
    intake: int
    reject: Reject
    state: str = "open"         # open, fixed, replayed, dropped
    fixed: Mapping[str, str] = {}
    text: str = ""
    by: str = ""
    at: int = 0                 # when a person last did something


class Booking(NamedTuple):
    """A matched payment as it is kept. `posted`: those who are to know of it were told."""

    id: int
    intake: int
    number: int             # of its row
    key: str                # the idempotency key of its row
    match: Match
    posted: bool = False
    version: int = 1        # rises with each decision of a person


class Waiting(NamedTuple):
    """What of one file waits for somebody."""

    open: int = 0           # rejects that nobody has looked after
    fixed: int = 0          # rejects that are put right, and not replayed yet
    review: int = 0         # payments


class Deed(NamedTuple):
    """A line of the trail of a booking: never changed, never removed."""

    booking: int
    at: int
    by: str                 # a user, or the rule
    word: str               # matched, suggested, confirmed, split, rejected, unmatched, parked, posted …
    before: str
    after: str
    text: str = ""
