"""Payments, and what they are for."""
from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel

from ...model import match
from ...model.intake import Booking, Deed
from ...model.match import Gap, MatchState, OpenItem
from ...model.payment import Kind, RefKind, Status
from .moment import Moment, told
from .naming import Naming
from .told import Said, amount


class Allocation(BaseModel):
    """So much of a payment for that open item."""

    item: Said
    amount: str


class Candidate(BaseModel):
    """What a payment might be for, from 0 to 1 how surely, and why. `gap`: of the payment for no item."""

    allocations: list[Allocation]
    score: float
    reasons: list[Said]
    gap: str


class Payer(BaseModel):
    """Who paid, as far as the file says."""

    name: Said
    account: Said
    org: Said
    address: Said


class Reference(BaseModel):
    """A reference as it stands in the file; `amount`: of the part that it is for, if the payer says."""

    kind: RefKind
    text: Said
    amount: str | None


class Payment(Naming):
    """One payment and what became of it. `rest`: of it for no item; `why`: the reason code if it was not matched.

    `posted`: those who are to know were told. `version` rises with each decision.
    """

    id: int
    import_: int
    number: int
    version: int
    posted: bool
    state: MatchState
    amount: str
    currency: Said
    rest: str
    gap: Gap
    rule: str
    score: float
    reasons: list[Said]
    why: str
    allocations: list[Allocation]
    candidates: list[Candidate]
    payer: Payer
    reference: Said
    references: list[Reference]
    text: Said
    booked: str | None
    valued: str | None
    account: Said
    bank_reference: Said
    kind: Kind
    status: Status
    line: int
    identity: Said
    original: Said


class Line(BaseModel):
    """A line of a payment's trail: `by` is a person or a rule, `before` and `after` are what it was for."""

    at: Moment
    by: Said
    word: Said
    before: Said
    after: Said
    text: Said


class PaymentTrail(Payment):
    """One payment with all that was decided about it, oldest first."""

    trail: list[Line]


class Payments(BaseModel):
    """Some of them; `next`: give it back as `after` for those that follow, if there are any."""

    items: list[Payment]
    next: int | None


class Item(BaseModel):
    """An open item; `open`: what of it is not paid yet."""

    id: Said
    references: list[Said]
    due: str
    open: str
    currency: Said
    date: str | None
    party: Said
    names: list[Said]


class Items(BaseModel):
    """Open items that a person may choose from."""

    items: list[Item]


def shown(one: Booking) -> Payment:
    """For the wire."""
    return Payment(**_fields(one))


def with_trail(one: Booking, trail: Sequence[Deed]) -> PaymentTrail:
    """The same with its trail."""
    lines = [Line(at=told(deed.at), by=deed.by, word=deed.word, before=deed.before, after=deed.after, text=deed.text)
             for deed in trail]
    return PaymentTrail(**_fields(one), trail=lines)


def item(one: OpenItem) -> Item:
    """For the wire."""
    return Item(id=one.id, references=[*one.references], due=amount(one.due), open=amount(one.open),
                currency=one.currency, date=one.date.isoformat() if one.date else None, party=one.party,
                names=[*one.names])


def _fields(one: Booking) -> dict[str, object]:
    found, paid = one.match, one.match.payment
    return {
        "id": one.id, "import_": one.intake, "number": one.number, "version": one.version, "posted": one.posted,
        "state": found.state, "amount": amount(paid.amount), "currency": paid.currency, "rest": amount(found.rest),
        "gap": found.gap, "rule": found.rule, "score": found.score, "reasons": found.reasons, "why": found.reason,
        "allocations": _allocations(found.allocations), "candidates": [_candidate(each) for each in found.candidates],
        "payer": Payer(name=paid.payer_name, account=paid.payer_account, org=paid.payer_org,
                       address=paid.payer_address),
        "reference": paid.reference, "references": [
            Reference(kind=kind, text=text, amount=None if part is None else amount(part))
            for kind, text, part in paid.references],
        "text": paid.text, "booked": paid.booked and paid.booked.isoformat(),
        "valued": paid.valued and paid.valued.isoformat(), "account": paid.account,
        "bank_reference": paid.bank_reference, "kind": paid.kind, "status": paid.status, "line": paid.line,
        "identity": paid.identity, "original": found.original}


def _allocations(found: Sequence[match.Allocation]) -> list[Allocation]:
    return [Allocation(item=one.item, amount=amount(one.amount)) for one in found]


def _candidate(one: match.Candidate) -> Candidate:
    return Candidate(allocations=_allocations(one.allocations), score=one.score, reasons=[*one.reasons],
                     gap=amount(one.gap))
