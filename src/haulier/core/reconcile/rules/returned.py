"""Rule 2: payments that came back reopen what they were for."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from ....model.match import Allocation, Gap, Match, MatchState, Why
from ..case import BACK, Case
from ..desk import Desk, Proposal
from ..originals import Original, original_of
from ..policy import NOUGHT
from ..references import keys


def returned(case: Case, desk: Desk) -> Match | None:
    """The allocations of the payment that it takes back, with the other sign."""
    if case.payment.kind not in BACK:
        return None
    original = _found(case, desk)
    if original is None:
        return desk.leave(case, Why.NO_ORIGINAL, "the payment that it takes back is not known")
    if not original.allocations:
        return desk.leave(case, Why.UNKNOWN_REFERENCE, "the payment that it takes back was for no item",
                          original=original.identity)
    allocations = _taken_back(original.allocations, case.payment.amount)
    over = abs(case.payment.amount) - abs(original.amount)
    gap = Gap.FEE if over > 0 else Gap.NONE
    match = desk.decide(case, desk.rules.returned, Proposal(
        "return", allocations, 1.0 if not over else 0.9, (_reason(case),), gap))
    if match is not None and match.state is MatchState.MATCHED:
        for item, _ in allocations:
            desk.remaining.reopen(item)
    return match and replace(match, original=original.identity)


def _found(case: Case, desk: Desk) -> Original | None:
    for origin in case.origins():
        in_file = desk.originals.get(origin)
        earlier = [original_of(match) for match in reversed(desk.found.by_origin.get(keys(origin)[0], ()))
                   if match.payment.kind not in BACK and match.state is not MatchState.DUPLICATE]
        fits = [one for one in (*_some(in_file), *earlier) if _fits(case, one)]
        if fits:
            return max(fits, key=lambda one: one.amount == -case.payment.amount)
    return None


def _fits(case: Case, original: Original) -> bool:
    """The other sign, and as much; what the bank takes for it may come on top, and is told as charges."""
    payment = case.payment
    if original.currency != payment.currency or (original.amount > 0) == (payment.amount > 0):
        return False
    over = abs(payment.amount) - abs(original.amount)
    return over == 0 or over == abs(payment.charges or NOUGHT) or over < 0 or bool(payment.reason)


def _taken_back(allocations: tuple[Allocation, ...], amount: Decimal) -> tuple[Allocation, ...]:
    """As much of them, the last first, as came back."""
    left, back = abs(amount), []
    for item, given in reversed(allocations):
        part = min(left, abs(given))
        if part:
            back.append(Allocation(item, -part.copy_sign(given)))
        left -= part
    return tuple(reversed(back))


def _reason(case: Case) -> str:
    code = case.payment.reason
    return f"a payment came back ({code})" if code else "a payment came back"


def _some(one: Original | None) -> Iterable[Original]:
    return () if one is None else (one,)
