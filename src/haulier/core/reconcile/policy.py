"""What the rules may do: how exact they are, and which of them decide by themselves."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum, auto

from ...model.match import Gap, OpenItem
from ...model.payment import Kind

NOUGHT = Decimal(0)


class Mode(StrEnum):
    """What a rule that fits leads to."""

    MATCH = auto()
    SUGGEST = auto()    # a person is to say
    OFF = auto()


@dataclass(frozen=True, slots=True)
class Rules:
    """The defaults match what is certain and suggest the rest."""

    tolerance: Decimal = NOUGHT             # so much may lack or be too much, in the payment's currency
    tolerance_percent: Decimal = NOUGHT     # or so much of what is open; the larger of the two counts
    tolerance_is: Gap = Gap.ROUNDING        # what such a difference is called
    window_days: int = 60                   # between the payment and the item's date, before and after
    scheme: str = ""                        # check digits of our own numbers: a name of references.SCHEMES
    within_tolerance: Mode = Mode.MATCH     # the reference is an item's, and the amount nearly
    partial: Mode = Mode.MATCH              # … and it is less than what is open
    overpaid: Mode = Mode.MATCH             # … and it is more: the rest stays for no item
    rest_to_item: bool = False              # … and is allocated too, though the item does not ask for it
    message: Mode = Mode.MATCH              # all numbers in the text together make the amount
    sums: Mode = Mode.SUGGEST               # some of them do
    together: Mode = Mode.MATCH             # several payments with one reference make an item's amount
    party: Mode = Mode.MATCH                # the payer's account, the exact amount, and the date
    amount: Mode = Mode.SUGGEST             # the only item of that amount, with a name that is alike
    returned: Mode = Mode.MATCH             # an earlier payment that came back
    similarity: float = 0.75                # of names, 0 to 1
    most_candidates: int = 3
    most_items: int = 12                    # of which sums are sought
    ignore: frozenset[Kind] = frozenset({Kind.BATCH, Kind.DETAIL})

    def slack(self, amount: Decimal) -> Decimal:
        """How far a payment may be from that amount and still be for it."""
        return max(self.tolerance, abs(amount) * self.tolerance_percent / 100)

    def is_near(self, day: date | None, other: date | None) -> bool:
        """Whether the dates fit together; a date that is not known fits."""
        return day is None or other is None or abs((day - other).days) <= self.window_days


def oldest_first(items: Iterable[OpenItem]) -> list[OpenItem]:
    """In the order in which they are to be paid."""
    found = list(items)
    if len(found) > 1:
        found.sort(key=rank)
    return found


def rank(item: OpenItem) -> tuple[int, date, str]:
    """Where an item stands in that order."""
    return -item.priority, item.date or date.max, item.id
