"""References with a wrong check digit: never matched, but the numbers that may have been meant are shown."""
from __future__ import annotations

from collections.abc import Sequence

from ....model.match import Allocation, Candidate, Match, OpenItem, Why
from ..case import Case, Named, misspelt
from ..desk import Desk
from ..references import keys


def slip(case: Case, desk: Desk) -> Match | None:
    """Items whose reference differs in one digit, or in two that changed places."""
    bad = case.bad(desk.rules.scheme)
    return None if bad is None else _suggested(case, desk, _near(case, desk, bad))


def loose(case: Case, desk: Desk) -> Match | None:
    """The same of a number that is no reference of a known kind: the amount is exact, if nobody says how ours end."""
    scheme = desk.rules.scheme
    if (bad := case.loose(scheme)) is None:
        return None
    return _suggested(case, desk, [item for item in _near(case, desk, bad)
                                   if scheme or desk.remaining.left(item) == case.payment.amount])


def _near(case: Case, desk: Desk, bad: Named) -> list[OpenItem]:
    near = {item.id: item for text in misspelt(bad, desk.rules.scheme) for item in desk.found.hits(keys(text)[:1])}
    return [item for item in desk.open(case.payment, near.values())
            if (item.open > 0) == (case.payment.amount > 0)]


def _suggested(case: Case, desk: Desk, items: Sequence[OpenItem]) -> Match | None:
    if not items:
        return None
    return desk.suggest(case, "misspelt", [_candidate(case, desk, item) for item in items], Why.BAD_CHECK_DIGIT)


def _candidate(case: Case, desk: Desk, item: OpenItem) -> Candidate:
    amount, left = case.payment.amount, desk.remaining.left(item)
    part = min(amount, left, key=abs)
    if amount == left:
        return Candidate((Allocation(item.id, part),), 0.8, ("one digit is wrong, and the amount is exact",))
    return Candidate((Allocation(item.id, part),), 0.5, ("one digit is wrong, and the amount differs",), amount - part)
