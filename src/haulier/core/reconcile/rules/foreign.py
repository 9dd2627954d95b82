"""Rule 3 for items in another currency: only with the rate that the bank used."""
from __future__ import annotations

from ....model.match import Allocation, Gap, Match, Why
from ..case import Case
from ..desk import Desk, Proposal
from .meaning import by_reference


def foreign(case: Case, desk: Desk) -> Match | None:
    """The amount before it was exchanged is nearly the item's."""
    payment = case.payment
    for item in by_reference(case, desk.found).items:
        amount, left = desk.in_currency(payment, item), desk.remaining.left(item)
        if item.currency == payment.currency or amount is None or not left or (amount > 0) != (left > 0):
            continue
        if abs(left - amount) <= desk.rules.slack(left):
            reasons = (f"{amount} {item.currency} before it was exchanged, {left} was asked",)
            return desk.decide(case, desk.rules.within_tolerance, Proposal(
                "foreign", (Allocation(item.id, payment.amount),), 0.9, reasons,
                Gap.NONE if amount == left else Gap.FX, (item.id,), (Allocation(item.id, left),), Why.AMOUNT_DIFFERS))
    return None

