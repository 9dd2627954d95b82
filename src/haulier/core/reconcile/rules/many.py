"""Rule 5: several payments for one item, decided when the whole file was seen."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from ....model.match import Allocation, Gap, Match, MatchState, OpenItem, Why
from ..desk import Desk
from ..policy import NOUGHT, Mode
from ..references import keys

KEPT = 200_000
"""So many undecided payments of one file are kept for this."""


class Held(NamedTuple):
    """A payment that names an item whose amount is another one."""

    number: int
    match: Match
    item: str
    currency: str

    @property
    def given(self) -> Decimal:
        """What the item has of it so far."""
        return sum((one.amount for one in self.match.allocations), NOUGHT)


class Change(NamedTuple):
    """A payment is seen otherwise, now that all were seen."""

    number: int
    before: Match
    after: Match


class Together:
    """The undecided payments of a file, by the item that they name."""

    def __init__(self) -> None:
        self._held: dict[str, list[Held]] = {}
        self._count = 0

    def note(self, number: int, match: Match) -> None:
        """Keep it if others may complete it: one that is not enough, too much, or takes something off."""
        if match.state is MatchState.MATCHED and match.gap is Gap.NONE:
            return
        item = _item(match)
        if item and self._count < KEPT:
            self._count += 1
            self._held.setdefault(item, []).append(Held(number, match, item, match.payment.currency))

    @property
    def items(self) -> list[str]:
        """Those that more than one payment is for."""
        return [item for item, held in self._held.items() if len(held) > 1]

    def decide(self, desk: Desk, items: Iterable[OpenItem]) -> Iterator[Change]:
        """What changed: payments whose sum is what an item asks for."""
        for item in items:
            for group in _groups(self._held.get(item.id, [])):
                same = [one for one in group if one.currency == item.currency]
                asked = desk.remaining.left(item) + sum((one.given for one in same), NOUGHT)
                if len(same) > 1 and asked and sum((one.match.payment.amount for one in same), NOUGHT) == asked:
                    yield from _decided(desk, item, same)
                    break


def _item(match: Match) -> str:
    if match.state is MatchState.MATCHED:
        return match.invoice_id if match.gap is Gap.OVERPAID and len(match.allocations) == 1 else ""
    is_part = match.state is MatchState.SUGGESTED and match.why is Why.AMOUNT_DIFFERS and match.rule != "sums"
    is_more = match.state is MatchState.UNMATCHED and match.why is Why.ALREADY_PAID and len(match.candidates) == 1
    if not (is_part or is_more):
        return ""
    allocations = match.candidates[0].allocations
    return allocations[0].item if len(allocations) == 1 else ""


def _groups(held: Sequence[Held]) -> Iterator[list[Held]]:
    """All of them, then those of each payer."""
    yield list(held)
    payers: dict[str, list[Held]] = {}
    for one in held:
        payer = next(iter(keys(one.match.payment.payer_account)), "") or one.match.payment.payer_name.upper()
        payers.setdefault(payer, []).append(one)
    if len(payers) > 1:
        yield from payers.values()


def _decided(desk: Desk, item: OpenItem, held: Sequence[Held]) -> Iterator[Change]:
    reasons = (f"{len(held)} payments together are exactly what the item asks for",)
    for one in held:
        payment = one.match.payment
        allocation = Allocation(item.id, payment.amount)
        if desk.rules.together is Mode.MATCH:
            desk.remaining.take(item.id, payment.amount - one.given)
            yield Change(one.number, one.match, Match(payment, MatchState.MATCHED, (allocation,), rule="together",
                                                      score=0.9, reasons=reasons))
        elif one.match.state is not MatchState.MATCHED:
            yield Change(one.number, one.match, _suggested(one.match, allocation, reasons))


def _suggested(match: Match, allocation: Allocation, reasons: tuple[str, ...]) -> Match:
    first = match.candidates[0]._replace(allocations=(allocation,), score=0.9, reasons=reasons, gap=NOUGHT)
    return replace(match, state=MatchState.SUGGESTED, rule="together", score=0.9, reasons=reasons,
                   why=Why.AMOUNT_DIFFERS, candidates=(first, *match.candidates[1:]))
