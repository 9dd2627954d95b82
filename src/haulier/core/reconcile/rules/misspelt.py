"""References with a wrong check digit: never matched, but the numbers that may have been meant are shown."""
from __future__ import annotations

from ....model.match import Allocation, Candidate, Match, OpenItem, Why
from ..case import Case, misspelt
from ..desk import Desk
from ..references import keys


def slip(case: Case, desk: Desk) -> Match | None:
    """Items whose reference differs in one digit, or in two that changed places."""
    bad = case.bad(desk.rules.scheme)
    if bad is None:
        return None
    near = {item.id: item for text in misspelt(bad, desk.rules.scheme) for item in desk.found.hits(keys(text)[:1])}
    items = [item for item in desk.open(case.payment, near.values())
             if (item.open > 0) == (case.payment.amount > 0)]
    if not items:
        return None
    return desk.suggest(case, "misspelt", [_candidate(case, desk, item) for item in items], Why.BAD_CHECK_DIGIT)


def _candidate(case: Case, desk: Desk, item: OpenItem) -> Candidate:
    amount, left = case.payment.amount, desk.remaining.left(item)
    part = min(amount, left, key=abs)
    if amount == left:
        return Candidate((Allocation(item.id, part),), 0.8, ("one digit is wrong, and the amount is exact",))
    return Candidate((Allocation(item.id, part),), 0.5, ("one digit is wrong, and the amount differs",), amount - part)
