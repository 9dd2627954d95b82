"""What a person's words make of a payment: each gives a new match, or Invalid with the reason why it cannot be."""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from ...model.errors import Invalid
from ...model.match import Allocation, Candidate, Gap, Match, MatchState, OpenItem, Why
from ...model.payment import Payment
from .case import is_back
from .policy import NOUGHT

PERSON = "person"
"""The rule by which a person decides."""


def left_for(payment: Payment, items: Iterable[OpenItem], taken: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """What is open of these items in the payment's currency, less what other payments took off them.

    `taken` is what the ledger has taken off each in its own currency, but for this payment; empty if the items fall by
    themselves. Invalid if an item is in a currency for which the file gives no rate.
    """
    return {item.id: _in_currency(payment, item, item.open - taken.get(item.id, NOUGHT)) for item in items}


def exchanged(match: Match, items: Iterable[OpenItem]) -> Match:
    """The same, with what it takes off those of its items that are in another currency."""
    payment, known = match.payment, {item.id: item for item in items}
    own = [Allocation(name, (amount * abs(payment.original_amount) / abs(payment.amount)).quantize(item.open))
           for name, amount in match.allocations
           if (item := known.get(name)) and item.currency != payment.currency and payment.original_amount]
    return replace(match, exchanged=tuple(own))


def confirm(match: Match, candidate: int = 0, left: Mapping[str, Decimal] | None = None) -> Match:
    """It is for that one of its candidates, counted from 0; `left` as for `split`, if the items are to be asked."""
    if not 0 <= candidate < len(match.candidates):
        raise Invalid(f"there is no candidate {candidate} of payment {_named(match)}: it has {len(match.candidates)}")
    return split(match, match.candidates[candidate].allocations, left)


def split(match: Match, allocations: Sequence[Allocation], left: Mapping[str, Decimal] | None = None, *,
          overpay: bool = False) -> Match:
    """So much of it is for each of these items, and the rest for none.

    `left` says what is open of each item (see `left_for`); one that is not there is unknown. Without `left` only the
    payment's own amount is a limit. `overpay`: items may get more than they ask for.
    """
    given = _sum(match, allocations)
    lacks, is_over = False, False
    for item, amount in allocations if left is not None else ():
        asked = _asked(item, left or {})
        if not overpay and not is_back(match.payment):
            _fits(match, item, amount, asked)
        lacks, is_over = lacks or abs(amount) < abs(asked), is_over or abs(amount) > abs(asked)
    rest = match.payment.amount - given
    gap = Gap.OVERPAID if rest or is_over else Gap.UNDERPAID if lacks else Gap.NONE
    return _decided(match, MatchState.MATCHED, allocations=tuple(allocations), rest=rest, gap=gap, why=None)


def reject(match: Match, reason: str = "") -> Match:
    """It is for none of its candidates: they stay to be seen."""
    return _decided(match, MatchState.UNMATCHED, reason=reason, why=match.why or Why.UNKNOWN_REFERENCE)


def unmatch(match: Match, reason: str = "") -> Match:
    """What was decided was wrong; what it was for becomes its first candidate.

    A duplicate that is none, and a payment that was put aside, come back in the same way.
    """
    if match.state in (MatchState.UNMATCHED, MatchState.SUGGESTED, MatchState.AMBIGUOUS):
        raise Invalid(f"payment {_named(match)} is not matched, so it cannot be un-matched")
    reasons = ("it was matched so before", *match.reasons)
    first = (Candidate(match.allocations, match.score, reasons, match.rest),) if match.allocations else ()
    return _decided(match, MatchState.UNMATCHED, reason=reason, why=match.why or Why.UNKNOWN_REFERENCE,
                    candidates=(first + match.candidates)[:3])


def park(match: Match, reason: str = "") -> Match:
    """Somebody will come back to it."""
    return _decided(match, MatchState.PARKED, reason=reason)


def ignore(match: Match, reason: str = "") -> Match:
    """It is no money for items, such as a transfer between our own accounts."""
    return _decided(match, MatchState.IGNORED, reason=reason)


def _decided(match: Match, state: MatchState, *, reason: str = "", allocations: tuple[Allocation, ...] = (),
             **more: object) -> Match:
    if match.why is Why.PENDING:        # else the money would count twice
        raise Invalid(f"payment {_named(match)} is not booked yet: it comes again when it is")
    fields = {"rest": match.payment.amount, "gap": Gap.NONE, "exchanged": (), **more}
    return replace(match, state=state, allocations=allocations, rule=PERSON, score=1.0,
                   reasons=(reason,) if reason else (), **fields)     # type: ignore[arg-type]


def _sum(match: Match, allocations: Sequence[Allocation]) -> Decimal:
    if not allocations:
        raise Invalid(f"payment {_named(match)}: say for which items it is")
    items = [one.item for one in allocations]
    twice = next((item for item in items if items.count(item) > 1), "")
    if twice:
        raise Invalid(f"item {twice} is there twice: give it one amount")
    for item, amount in allocations:
        if not amount.is_finite() or not amount:
            raise Invalid(f"item {item}: {amount} is no amount")
    given = sum((one.amount for one in allocations), NOUGHT)
    whole = match.payment.amount
    if abs(given) > abs(whole) or (given and (given > 0) != (whole > 0)):
        raise Invalid(f"{given} {match.payment.currency} are for items, but the payment is {whole}")
    return given


def _asked(item: str, left: Mapping[str, Decimal]) -> Decimal:
    if item not in left:
        raise Invalid(f"there is no item {item}")
    return left[item]


def _fits(match: Match, item: str, amount: Decimal, asked: Decimal) -> None:
    if abs(amount) > abs(asked) or (asked and (asked > 0) != (amount > 0)):
        raise Invalid(f"item {item}: {amount} {match.payment.currency} is more than the {asked} that are open")


def _in_currency(payment: Payment, item: OpenItem, amount: Decimal) -> Decimal:
    if item.currency == payment.currency:
        return amount
    if item.currency != payment.original_currency or not payment.original_amount or not payment.rate:
        raise Invalid(f"item {item.id} is in {item.currency}, the payment in {payment.currency}, "
                      f"and the file gives no rate")
    exact = amount * abs(payment.amount) / abs(payment.original_amount)
    return exact.quantize(payment.amount)


def _named(match: Match) -> str:
    payment = match.payment
    return f"{payment.amount} {payment.currency} {payment.reference}".strip()
