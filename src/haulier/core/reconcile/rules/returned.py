"""Rule 2: payments that came back reopen what they were for."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from ....model.match import Allocation, Candidate, Gap, Match, MatchState, Why
from ....model.payment import RefKind
from ..case import Case, is_back, origins
from ..desk import Desk, Proposal
from ..originals import Original, original_of
from ..policy import NOUGHT, Mode
from ..references import keys


def returned(case: Case, desk: Desk) -> Match | None:
    """The allocations of the payment that it takes back, with the other sign."""
    if not is_back(case.payment):
        return None
    originals = _found(case, desk)
    left = [one for one in originals if _is_left(case, one, desk)]
    if not left:
        return _twice(case, desk, originals[0].original) if originals else _unknown(case, desk)
    return _of(case, max(left, key=lambda one: one.original.amount == -case.payment.amount), desk)


def _of(case: Case, taken: Taken, desk: Desk) -> Match | None:
    original = taken.original
    if not original.allocations:
        return desk.leave(case, Why.UNKNOWN_REFERENCE, "the payment that it takes back was for no item",
                          original=original.identity)
    allocations = _taken_back(original.allocations, case.payment.amount)
    over = _over(case, original)
    is_plain = over <= 0 or over == abs(case.payment.charges or NOUGHT)
    mode = desk.rules.returned if is_plain else Mode.SUGGEST
    match = desk.decide(case, mode, Proposal(
        "return", allocations, 0.9 if over else 1.0, (_reason(case),), Gap.FEE if over > 0 else Gap.NONE,
        exchanged=_exchanged(original, allocations), why=Why.AMOUNT_DIFFERS))
    if match is not None and match.state is MatchState.MATCHED:
        desk.back[taken.key] = desk.back.get(taken.key, NOUGHT) + abs(case.payment.amount)
        for item, _ in allocations:
            desk.remaining.reopen(item)
    return match and replace(match, original=original.identity)


def _twice(case: Case, desk: Desk, original: Original) -> Match:
    """Not by itself: perhaps the bank reports it twice, or it takes back a payment that nobody knows."""
    reason = "the payment that it takes back has come back before"
    if not original.allocations:
        return desk.leave(case, Why.NO_ORIGINAL, reason, original=original.identity)
    allocations = _taken_back(original.allocations, case.payment.amount)
    gap = case.payment.amount - sum((one.amount for one in allocations), NOUGHT)
    match = desk.suggest(case, "return", [Candidate(allocations, 0.3, (reason,), gap)], Why.NO_ORIGINAL)
    return replace(match, original=original.identity)


def _unknown(case: Case, desk: Desk) -> Match:
    """Not without a person: the reference may be an item's, but what paid it is not known."""
    reason = "the payment that it takes back is not known"
    items = {item.id: item for named in case.named for item in desk.found.hits(named.keys)
             if item.currency == case.payment.currency}
    if not items:
        return desk.leave(case, Why.NO_ORIGINAL, reason)
    return desk.suggest(case, "return", [
        Candidate((Allocation(item, case.payment.amount),), 0.5, (reason, "its reference is the item's"))
        for item in items], Why.NO_ORIGINAL)


class Taken(NamedTuple):
    """A payment that may be taken back, and how it is known whether that was done before."""

    original: Original
    key: str
    before: Decimal         # so much of it came back in earlier files


def _found(case: Case, desk: Desk) -> list[Taken]:
    mandates = {one.text for one in case.payment.references if one.kind is RefKind.MANDATE}
    for origin in origins(case.payment):
        matches = desk.found.by_origin.get(keys(origin)[0], ())
        earlier = [original_of(match) for match in reversed(matches)
                   if not is_back(match.payment) and match.state is not MatchState.DUPLICATE]
        fits = [one for one in (*_some(desk.originals.get(origin)), *earlier)
                if _fits(case, one, is_whole=origin in mandates)]
        if fits:
            return [Taken(one, one.identity or keys(origin)[0], _came_back(one, matches)) for one in fits]
    return []


def _came_back(original: Original, matches: Iterable[Match]) -> Decimal:
    return sum((abs(match.payment.amount) for match in matches if is_back(match.payment)
                and match.state is MatchState.MATCHED and match.original == original.identity), NOUGHT)


def _is_left(case: Case, taken: Taken, desk: Desk) -> bool:
    """Whether it, or that part of it, has not come back yet."""
    back = taken.before + desk.back.get(taken.key, NOUGHT)
    return not back or back + abs(case.payment.amount) <= abs(taken.original.amount)


def _fits(case: Case, original: Original, *, is_whole: bool) -> bool:
    """The other sign. `is_whole`: and as much, but for charges, for many payments have one mandate."""
    payment = case.payment
    if original.currency != payment.currency or (original.amount > 0) == (payment.amount > 0):
        return False
    return not is_whole or _over(case, original) in (NOUGHT, abs(payment.charges or NOUGHT))


def _over(case: Case, original: Original) -> Decimal:
    return abs(case.payment.amount) - abs(original.amount)


def _taken_back(allocations: tuple[Allocation, ...], amount: Decimal) -> tuple[Allocation, ...]:
    """As much of them, the last first, as came back."""
    left, back = abs(amount), []
    for item, given in reversed(allocations):
        part = min(left, abs(given))
        if part:
            back.append(Allocation(item, -part.copy_sign(given)))
        left -= part
    return tuple(reversed(back))


def _exchanged(original: Original, back: tuple[Allocation, ...]) -> tuple[Allocation, ...]:
    """The same in the items' own currency, where that is another one."""
    given, own = dict(original.allocations), dict(original.exchanged)
    return tuple(Allocation(item, (own[item] * amount / given[item]).quantize(own[item])) for item, amount in back
                 if item in own)


def _reason(case: Case) -> str:
    code = case.payment.reason
    return f"a payment came back ({code})" if code else "a payment came back"


def _some(one: Original | None) -> Iterable[Original]:
    return () if one is None else (one,)
