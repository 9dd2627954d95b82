"""Rules 6 and 7: who pays, or at least how much."""
from __future__ import annotations

from collections.abc import Sequence

from ....model.match import Allocation, Candidate, Match, MatchState, OpenItem, Why
from ..case import Case
from ..desk import Desk, Proposal
from ..policy import Mode, oldest_first
from ..references import keys
from .names import similarity


def party(case: Case, desk: Desk) -> Match | None:
    """The payer's account is known, the amount is exact and the date is near: matched if that is one item."""
    if desk.rules.party is Mode.OFF or case.is_known:
        return None
    items = [item for item in by_account(case, desk) if _is_near(case, desk, item)]
    if not items:
        return None
    reasons = ("the payer's account is known, and the amount is exact",)
    proposals = [Proposal("party", (Allocation(item.id, case.payment.amount),), 0.85, reasons)
                 for item in oldest_first(items)]
    if len(proposals) > 1:
        return desk.suggest(case, "party", [desk.candidate(case, one) for one in proposals], Why.AMBIGUOUS,
                            MatchState.AMBIGUOUS)
    bad = case.bad(desk.rules.scheme)
    return desk.decide(case, Mode.SUGGEST if bad else desk.rules.party,
                       proposals[0]._replace(why=Why.BAD_CHECK_DIGIT if bad else _why(case)))


def amount(case: Case, desk: Desk) -> Match | None:
    """The only item of that amount, whose name is like the payer's."""
    if desk.rules.amount is Mode.OFF or case.is_known:
        return None
    items = [item for item in of_amount(case, desk) if _is_near(case, desk, item)]
    if len(items) != 1:
        return None
    alike = likeness(case, items[0])
    if alike < desk.rules.similarity:
        return None
    reasons = ("it is the only item of that amount", f"the names are {alike:.0%} alike")
    bad = case.bad(desk.rules.scheme)
    return desk.decide(case, Mode.SUGGEST if bad else desk.rules.amount, Proposal(
        "amount", (Allocation(items[0].id, case.payment.amount),), 0.3 + alike / 2, reasons,
        why=Why.BAD_CHECK_DIGIT if bad else _why(case)))


def unmatched(case: Case, desk: Desk) -> Match:
    """Rule 8: why not, and what is nearest."""
    nearest = sorted((_candidate(case, desk, item) for item in of_amount(case, desk)), key=lambda one: -one.score)
    if case.bad(desk.rules.scheme):
        return desk.leave(case, Why.BAD_CHECK_DIGIT, "the check digit of its reference is wrong", nearest)
    if by_account(case, desk):
        return desk.leave(case, Why.OUTSIDE_WINDOW, "what the payer owes has another date", nearest)
    if case.sure or case.words:
        return desk.leave(case, Why.UNKNOWN_REFERENCE, "its reference is no item's", nearest)
    return desk.leave(case, Why.NO_REFERENCE, "it has no reference", nearest)


def of_amount(case: Case, desk: Desk) -> Sequence[OpenItem]:
    """Items of exactly that amount of which nothing was taken."""
    if case.same is None:
        payment = case.payment
        case.same = [item for item in desk.found.of_amount(payment.currency, payment.amount)
                     if desk.remaining.left(item) == payment.amount]
    return case.same


def by_account(case: Case, desk: Desk) -> list[OpenItem]:
    """Those of them that are the payer's."""
    accounts = (case.payment.payer_account, case.payment.payer_org)
    own = {form for account in accounts if account for form in keys(account)[:1]}
    if not own:
        return []
    return [item for item in of_amount(case, desk) if any(form in own for account in item.accounts
                                                          for form in keys(account)[:1])]


def likeness(case: Case, item: OpenItem) -> float:
    """How alike the payer's name is to the item's."""
    return max((similarity(case.payment.payer_name, name) for name in item.names), default=0.0)


def _candidate(case: Case, desk: Desk, item: OpenItem) -> Candidate:
    is_near, alike = _is_near(case, desk, item), likeness(case, item)
    reasons = ["the amount is exact"]
    if alike >= desk.rules.similarity:
        reasons.append(f"the names are {alike:.0%} alike")
    if not is_near:
        reasons.append("the dates are far apart")
    return Candidate((Allocation(item.id, case.payment.amount),), 0.2 + alike / 5 + is_near / 10, tuple(reasons))


def _is_near(case: Case, desk: Desk, item: OpenItem) -> bool:
    payment = case.payment
    return desk.rules.is_near(payment.booked or payment.valued, item.date)


def _why(case: Case) -> Why:
    return Why.UNKNOWN_REFERENCE if case.sure or case.words else Why.NO_REFERENCE
