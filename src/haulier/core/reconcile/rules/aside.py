"""Rule 0: what is no money in, or not yet."""
from __future__ import annotations

from ....model.match import Match, MatchState, Why
from ....model.payment import Kind, Status
from ..case import Case
from ..desk import Desk

_REASONS = {Kind.BATCH: "its payments are listed elsewhere", Kind.DETAIL: "it tells of money that is listed elsewhere"}
_BOOKED = Status.BOOKED
NOBODYS = (Kind.FEE, Kind.DIFFERENCE)


def aside(case: Case, desk: Desk) -> Match | None:
    """Entries that are not booked, kinds that are to be ignored, and nought."""
    payment = case.payment
    if payment.status is not _BOOKED:
        if payment.status is Status.PENDING:
            return _ignored(case, "it is not booked yet", Why.PENDING)
        return _ignored(case, "the bank only tells of it")
    if payment.kind in desk.ignore:
        return _ignored(case, _REASONS.get(payment.kind, f"a {payment.kind} is to be ignored"))
    if not payment.amount:
        return _ignored(case, "its amount is nought")
    return None


def standing(case: Case, desk: Desk) -> Match | None:
    """Fees and differences are nobody's payments."""
    if case.payment.kind in NOBODYS:
        return desk.leave(case, Why.NO_REFERENCE, f"it is a {case.payment.kind}, not a payment for an item")
    return None


def _ignored(case: Case, reason: str, why: Why | None = None) -> Match:
    return Match(case.payment, MatchState.IGNORED, rest=case.payment.amount, rule="aside", reasons=(reason,), why=why)
