"""Rule 4: several references, or numbers in the text, whose items make the amount."""
from __future__ import annotations

from collections.abc import Sequence

from ....model.match import Allocation, Candidate, Match, MatchState, OpenItem, Why
from ..case import Case, Meaning
from ..desk import Desk, Proposal
from ..policy import NOUGHT, Mode, oldest_first
from .meaning import by_all, by_reference
from .reference import nearly
from .subsets import subsets


def all_of_them(case: Case, desk: Desk) -> Match | None:
    """All that is left of all items that are named makes the amount."""
    meant = by_all(case, desk.found).items
    items = desk.open(case.payment, meant)
    if not items or sum((desk.remaining.left(item) for item in items), NOUGHT) != case.payment.amount:
        return None
    # A number of a paid item beside it: perhaps it is that one which is meant.
    is_paid = len(items) < len(meant)
    mode = min(desk.rules.message, Mode.SUGGEST, key=_caution) if is_paid else desk.rules.message
    return desk.decide(case, mode, Proposal("message", _all(desk, items), 0.95, (_reason(items),),
                                            why=Why.ALREADY_PAID if is_paid else None))


def some(case: Case, desk: Desk) -> Match | None:
    """Some of them make the amount."""
    meant = by_all(case, desk.found)
    items = oldest_first(desk.open(case.payment, meant.items))[:desk.rules.most_items]
    if len(items) < 2 or desk.rules.sums is Mode.OFF or _is_shared(case, desk, meant):
        return None
    found = subsets([desk.remaining.left(item) for item in items], case.payment.amount, desk.rules.most_candidates + 1)
    reasons = (f"it is the exact sum of some of the {len(items)} items that are named",)
    proposals = [Proposal("sums", _all(desk, [items[at] for at in places]), 0.7, reasons, why=Why.AMOUNT_DIFFERS)
                 for places in found]
    if len(proposals) == 1:
        return desk.decide(case, desk.rules.sums, proposals[0])
    if proposals:
        return desk.suggest(case, "sums", [desk.candidate(case, one) for one in proposals], Why.AMBIGUOUS,
                            MatchState.AMBIGUOUS)
    return None


def _is_shared(case: Case, desk: Desk, meant: Meaning) -> bool:
    """Whether one reference stands for all of them: then the oldest is paid first, not some that fit."""
    meaning = by_reference(case, desk.found)
    return meaning.is_one and len(meaning.items) == len(meant.items)


def differs(case: Case, desk: Desk) -> Match | None:
    """Items are named, but the amount is another one."""
    items = desk.open(case.payment, by_all(case, desk.found).items)
    if not items:
        return None
    mode, proposal = nearly(case, desk, items)
    is_close = len(items) == 1 and proposal.rule == "tolerance" and desk.rules.message is Mode.MATCH
    reasons = tuple(reason.replace("the reference is the item's", "a number in the text is the item's")
                    for reason in proposal.reasons)
    return desk.decide(case, mode if is_close and mode is Mode.MATCH else Mode.SUGGEST, proposal._replace(
        score=proposal.score - 0.2, reasons=reasons, why=Why.AMOUNT_DIFFERS))


def closed(case: Case, desk: Desk) -> Match | None:
    """Items are named of which nothing is left, or whose currency is another one."""
    payment = case.payment
    named = {item.id: item for one in case.named for item in desk.found.hits(one.keys)}
    items = list((named | {item.id: item for item in by_all(case, desk.found).items}).values())
    if not items:
        return None
    paid = [item for item in items if desk.in_currency(payment, item) is not None and not desk.remaining.left(item)]
    if paid:
        return desk.leave(case, Why.ALREADY_PAID, "what it is for is paid already", [
            Candidate((Allocation(item.id, payment.amount),), 0.4, ("the number is the item's, which is paid",))
            for item in paid])
    foreign = [item for item in items if item.currency != payment.currency]
    why = (Why.CURRENCY_DIFFERS if any(desk.in_currency(payment, item) is None for item in foreign)
           else Why.AMOUNT_DIFFERS)
    return desk.leave(case, why, "what it is for is in another currency", [
        Candidate((Allocation(item.id, payment.amount),), 0.4,
                  (f"the number is the item's: {desk.remaining.left(item)} {item.currency}",)) for item in foreign])


def _all(desk: Desk, items: Sequence[OpenItem]) -> tuple[Allocation, ...]:
    return tuple(Allocation(item.id, desk.remaining.left(item)) for item in items)


def _reason(items: Sequence[OpenItem]) -> str:
    if len(items) == 1:
        return "its number is in the text, and the amount is exact"
    return f"it is the exact sum of the {len(items)} items that are named"


def _caution(mode: Mode) -> int:
    return (Mode.OFF, Mode.SUGGEST, Mode.MATCH).index(mode)
