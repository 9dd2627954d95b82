"""Rule 1: payments that came before."""
from __future__ import annotations

from ....model.match import Match, MatchState, Why
from ....model.payment import Payment
from ..case import Case
from ..desk import Desk


def duplicate(case: Case, desk: Desk) -> Match | None:
    """The same booking, in this file or an earlier one. Equal payments that the bank tells apart are none."""
    return repeated(case.payment, desk)


def repeated(payment: Payment, desk: Desk) -> Match | None:
    """The same of a payment without more."""
    identity = payment.identity
    if not identity:
        return None
    if identity in desk.seen:
        return _again(payment, "it stands in this file before")
    earlier = desk.found.by_identity
    if earlier and any(counts(match) for match in earlier.get(identity, ())):
        return _again(payment, "an earlier file had it")
    desk.seen.add(identity)
    return None


def counts(match: Match) -> bool:
    """Whether the money of that payment was taken: not while it was pending or told of beforehand."""
    return match.why is not Why.PENDING and not (match.state is MatchState.IGNORED and match.rule == "aside")


def _again(payment: Payment, reason: str) -> Match:
    return Match(payment, MatchState.DUPLICATE, rest=payment.amount, rule="duplicate", score=1.0, reasons=(reason,),
                 original=payment.identity)
