"""Open items, and what a payment turned out to be for."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum, auto
from types import MappingProxyType
from typing import Any, NamedTuple

from .payment import Payment


class OpenItem(NamedTuple):
    """An invoice, a credit note or an expected payment. `open`: what of `due` is not paid yet."""

    # Not a frozen class: there may be a million of them, and it takes three times as long to make one of those.

    id: str
    references: tuple[str, ...]     # as they are printed: OCR number, invoice number …
    due: Decimal
    open: Decimal
    currency: str
    date: date | None = None        # when it is due
    lower: Decimal | None = None    # an amount from here …
    upper: Decimal | None = None    # … to there is as good as `open`
    party: str = ""                 # whose it is: their number with us
    names: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()  # IBANs, bankgiros, organisation numbers
    priority: int = 0               # higher first where one payment could be for several
    more: Mapping[str, Any] = MappingProxyType({})


class MatchState(StrEnum):
    MATCHED = auto()
    SUGGESTED = auto()      # a person is to say
    AMBIGUOUS = auto()      # several are as good
    UNMATCHED = auto()
    DUPLICATE = auto()      # the payment came before
    IGNORED = auto()        # no money in: details, pending entries, what a person put aside
    PARKED = auto()         # a person will come back to it


REVIEW = frozenset({MatchState.SUGGESTED, MatchState.AMBIGUOUS, MatchState.UNMATCHED, MatchState.PARKED})


class Gap(StrEnum):
    """Why allocations and payment differ."""

    NONE = auto()
    ROUNDING = auto()
    FEE = auto()
    DISCOUNT = auto()
    OVERPAID = auto()
    UNDERPAID = auto()
    FX = auto()


class Why(StrEnum):
    """Reason codes of payments that were not matched."""

    NO_REFERENCE = auto()
    UNKNOWN_REFERENCE = auto()
    BAD_CHECK_DIGIT = auto()
    AMOUNT_DIFFERS = auto()
    CURRENCY_DIFFERS = auto()
    ALREADY_PAID = auto()
    AMBIGUOUS = auto()
    OUTSIDE_WINDOW = auto()
    NO_ORIGINAL = auto()    # a return whose payment is not known
    PENDING = auto()        # not booked yet


class Allocation(NamedTuple):
    """So much of a payment for that item. Negative: a return, or a credit note."""

    item: str
    amount: Decimal


class Candidate(NamedTuple):
    """What a payment might be for, best first: shown to a person."""

    allocations: tuple[Allocation, ...]
    score: float                # 0 to 1
    reasons: tuple[str, ...]    # for persons: "both numbers are in the message", "the sum is exact"
    gap: Decimal = Decimal(0)   # payment less allocations


@dataclass(frozen=True, slots=True)
class Match:
    """What became of one payment. Always: sum of allocations + rest == payment.amount."""

    payment: Payment
    state: MatchState
    allocations: tuple[Allocation, ...] = ()
    rest: Decimal = Decimal(0)      # of the payment, for no item
    gap: Gap = Gap.NONE             # what the rest is, or what the items lack
    rule: str = ""                  # which rule decided, such as "reference"
    score: float = 0.0
    reasons: tuple[str, ...] = ()   # for persons
    why: Why | None = None          # it was not matched
    candidates: tuple[Candidate, ...] = ()      # at most three
    original: str = ""              # RETURN, DUPLICATE: identity of the payment that it is about
    exchanged: tuple[Allocation, ...] = ()  # what it takes off items in their own currency, if that is another one

    @property
    def taken(self) -> tuple[Allocation, ...]:
        """What it takes off its items, each in the item's own currency."""
        if not self.exchanged:
            return self.allocations
        own = dict(self.exchanged)
        return tuple(Allocation(item, own.get(item, amount)) for item, amount in self.allocations)

    @property
    def invoice_id(self) -> str:
        """The first item that it is for."""
        return self.allocations[0].item if self.allocations else ""

    @property
    def reason(self) -> str:
        """Why it was not matched, in one word; "" if it was."""
        if self.why is None:
            return "" if self.state is MatchState.MATCHED else self.state.value
        return self.why.value
