"""Rule 3: a reference that is an item's, with its amount, nearly its amount, less or more."""
from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ....model.match import Allocation, Candidate, Gap, Match, MatchState, OpenItem, Why
from ..case import Case
from ..desk import Desk, Proposal
from ..plain import EXACT
from ..policy import NOUGHT, Mode, oldest_first, rank
from .meaning import by_reference


def exact(case: Case, desk: Desk) -> Match | None:
    """The reference and the amount are those of one item; of several that are equal, the oldest."""
    meaning = by_reference(case, desk.found)
    if not meaning.is_one:
        return None
    found = [item for item in meaning.items if desk.is_whole(case.payment, item)]
    if not found:
        return None
    if len(found) > 1:
        found = oldest_first(found)
        if rank(found[0])[:2] == rank(found[1])[:2]:
            reasons = ("the reference and the amount are those of several items",)
            return desk.suggest(case, "reference", [
                Candidate((Allocation(item.id, case.payment.amount),), 0.9, reasons) for item in found],
                Why.AMBIGUOUS, MatchState.AMBIGUOUS)
    return _whole(case, desk, found[0])


def _whole(case: Case, desk: Desk, item: OpenItem) -> Match | None:
    amount = case.payment.amount
    allocation = Allocation(item.id, amount)
    left = desk.remaining.left(item)
    exchanged = () if item.currency == case.payment.currency else (Allocation(item.id, left),)
    settles = () if amount == left else (item.id,)
    return desk.decide(case, Mode.MATCH, Proposal("reference", (allocation,), 1.0, EXACT, settles=settles,
                                                  exchanged=exchanged))


def split(case: Case, desk: Desk) -> Match | None:
    """The payer says how much is for which reference."""
    parts = [named for named in case.sure if named.reference.amount is not None]
    payment = case.payment
    if len(parts) < 2 or sum((one.reference.amount or NOUGHT for one in parts), NOUGHT) != payment.amount:
        return None
    allocations: list[Allocation] = []
    lacks = False
    for named in parts:
        items, part = desk.open(payment, desk.found.hits(named.keys)), named.reference.amount or NOUGHT
        if len(items) != 1 or any(one.item == items[0].id for one in allocations):
            return None
        left = desk.remaining.left(items[0])
        if not part or (part > 0) != (left > 0) or abs(part) > abs(left):
            return None
        lacks = lacks or part != left
        allocations.append(Allocation(items[0].id, part))
    return desk.decide(case, Mode.MATCH, Proposal(
        "split", tuple(allocations), 1.0, ("the payer says how much is for which number",),
        Gap.UNDERPAID if lacks else Gap.NONE, why=Why.AMOUNT_DIFFERS))


def near(case: Case, desk: Desk) -> Match | None:
    """The reference is an item's, the amount is not."""
    meaning = by_reference(case, desk.found)
    items = desk.open(case.payment, meaning.items)
    if not items or not meaning.is_one:
        return None
    bad = case.bad(desk.rules.scheme)
    is_certain = meaning.is_sure and bad is None
    mode, proposal = nearly(case, desk, items)
    if not is_certain and mode is Mode.MATCH:
        mode = Mode.SUGGEST
    why = Why.BAD_CHECK_DIGIT if bad else Why.AMOUNT_DIFFERS
    return desk.decide(case, Mode.SUGGEST if mode is Mode.OFF else mode, proposal._replace(why=why))


def nearly(case: Case, desk: Desk, items: Sequence[OpenItem]) -> tuple[Mode, Proposal]:
    """What it may be, and whether that may be decided."""
    items = oldest_first(items)
    close = _within(case, desk, items)
    if close is not None:
        return desk.rules.within_tolerance, close
    amount = case.payment.amount
    same = [item for item in items if (desk.remaining.left(item) > 0) == (amount > 0)]
    if not same:
        return Mode.SUGGEST, Proposal("reference", (Allocation(items[0].id, amount),), 0.3,
                                      ("the reference is the item's, but the money goes the other way",))
    total = sum((desk.remaining.left(item) for item in same), NOUGHT)
    allocations = filled(desk, same, amount)
    if abs(amount) < abs(total):
        return desk.rules.partial, Proposal("partial", allocations, 0.8,
                                            (f"the reference is the item's, {abs(total - amount)} of it stays open",),
                                            Gap.UNDERPAID)
    if desk.rules.rest_to_item:
        last = allocations[-1]
        allocations = (*allocations[:-1], Allocation(last.item, last.amount + amount - total))
    return desk.rules.overpaid, Proposal("overpaid", allocations, 0.8,
                                         (f"the reference is the item's, {abs(amount - total)} is too much",),
                                         Gap.OVERPAID)


def _within(case: Case, desk: Desk, items: Sequence[OpenItem]) -> Proposal | None:
    payment = case.payment
    for item in items:
        left = desk.remaining.left(item)
        lack = left - payment.amount
        if payment.charges and lack == abs(payment.charges).copy_sign(payment.amount):
            return Proposal("tolerance", (Allocation(item.id, payment.amount),), 0.95,
                            (f"the bank kept {abs(payment.charges)} of it",), Gap.FEE, (item.id,))
        if lack and abs(lack) <= desk.rules.slack(left) and (left > 0) == (payment.amount > 0):
            given = min(left, payment.amount, key=abs)
            reasons = (f"the amounts differ by {abs(lack)}, which is allowed",)
            return Proposal("tolerance", (Allocation(item.id, given),), 0.95, reasons, desk.rules.tolerance_is,
                            (item.id,))
    return None


def filled(desk: Desk, items: Sequence[OpenItem], amount: Decimal) -> tuple[Allocation, ...]:
    """The amount over the items in their order, each as much as is left of it."""
    allocations, rest = [], amount
    for item in items:
        part = min(desk.remaining.left(item), rest, key=abs)
        if not part:
            break
        allocations.append(Allocation(item.id, part))
        rest -= part
    return tuple(allocations)
