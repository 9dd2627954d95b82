"""An entry of an ACH file with its addenda, and the payment that it is."""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from hashlib import sha256

from ..model.payment import Kind, RefKind, Status
from ..model.record import Row
from .nacha_records import Record

_CENT = Decimal("0.01")
_REMITTED = re.compile(r"RMR\*[A-Z0-9]{2}\*([^*\\~]+)(?:\*[^*\\~]*\*(\d+(?:\.\d+)?))?")
Refs = list[list[str | None]]
_Place = tuple[int, int]
_OWN: dict[str, tuple[_Place | None, tuple[_Place, ...]]] = {
    "CIE": ((40, 54), ((55, 76),)), "POP": ((55, 76), ((40, 48),)), "SHR": (None, ((44, 54),)),
    "TRC": (None, ((40, 54), (61, 76))), "XCK": (None, ((40, 54), (61, 76)))}
"""Where the receiver's name and own references of an entry stand, in classes in which that is not as usual. SHR has
the number of a card where others have a name."""
_USUAL: tuple[_Place | None, tuple[_Place, ...]] = ((55, 76), ((40, 54),))
_COUNTED = frozenset({"CTX", "ATX", "TRX", "ENR"})
"""Classes whose name has the number of addenda before it."""


@dataclass(slots=True)
class Header:
    """A batch as it says itself."""

    record: Record
    origin: str = ""        # of the file: who it comes from
    made: str = ""          # of the file: the day

    @property
    def kind(self) -> str:
        """PPD, CCD, CTX, IAT …"""
        return self.record.at(51, 53)

    @property
    def number(self) -> str:
        return self.record.at(88, 94)

    @property
    def is_abroad(self) -> bool:
        return self.kind == "IAT"

    @property
    def is_advice(self) -> bool:
        """Of the bank's own accounting: ADV."""
        return self.kind == "ADV"

    @property
    def company(self) -> str:
        return "" if self.is_abroad else self.record.at(5, 20)

    @property
    def company_id(self) -> str:
        return self.record.at(41, 50)

    @property
    def foreign(self) -> str:
        """The currency in which an IAT arrives, if that is not dollars: amounts are in dollars all the same."""
        found = self.record.at(67, 69) if self.is_abroad else ""
        return found if len(found) == 3 and found.isalpha() and found != "USD" else ""


@dataclass(slots=True)
class Entry:
    """Record 6 and the 7s that follow."""

    record: Record
    amount: int             # cents, as in the file
    addenda: list[Record] = field(default_factory=list)
    more: int = 0           # addenda that are counted but not kept

    @property
    def code(self) -> str:
        """The transaction code."""
        return self.record.at(2, 3)

    @property
    def is_debit(self) -> bool:
        """Whether it takes money from the account that it is for."""
        is_advice = self.record.text[1] == "8"
        return self.record.text[2] in ("2468" if is_advice else "56789")

    @property
    def raw(self) -> str:
        """It and its addenda as they stand."""
        return "\n".join(one.text.rstrip() for one in (self.record, *self.addenda))

    def of(self, kind: str) -> list[Record]:
        """Its addenda of that type."""
        return [one for one in self.addenda if one.text[1:3] == kind]


def row(entry: Entry, head: Header, *, is_ours: bool) -> Row:
    """A payment. `is_ours`: we sent the file to the bank, so credits go out."""
    record, returned, change = entry.record, entry.of("99"), entry.of("98")
    kind, status = _kind(entry, head)
    came_back = kind is Kind.RETURN     # to who had sent it: a debit takes money from there again
    is_ours = is_ours and not head.is_advice
    goes_out = entry.is_debit != (is_ours and not came_back)
    is_ours = is_ours or came_back
    amount = Decimal(entry.amount) * _CENT
    references = _references(entry, head)
    name, account = _receiver(entry, head)
    return {
        "amount": -amount if goes_out else amount, "currency": "USD", "kind": kind.value,
        "status": status.value, "format": "nacha", "account": head.company_id if is_ours else account,
        "booked": head.record.day(70), "valued": head.record.day(70),
        "reference": next((text or "" for _, text, _ in references), ""), "references": references,
        "payer_name": name if is_ours else _sender(entry, head),
        "payer_account": account if is_ours else head.company_id,
        "text": "\n".join(filter(None, (head.record.at(54, 63), *_texts(entry)))),
        "bank_reference": record.at(80, 94),
        "reason": (returned or change)[0].at(4, 6) if returned or change else "", "batch": head.number,
        **_original(entry, head, -1 if goes_out else 1), "identity": _identity(entry, head),
        "line": record.line, "name": name, "company": head.company,
        "company_id": head.company_id, "entry_class": head.kind, "code": entry.code,
        "routing": record.text[3:12], "corrected": change[0].at(36, 64) if change else "",
        "original_trace": (returned or change)[0].at(7, 21) if returned or change else ""}


def _original(entry: Entry, head: Header, sign: int) -> Row:
    """What an IAT is in the currency in which it arrives."""
    said = next((one.at(7, 24) for one in entry.of("10")), "") if head.foreign else ""
    if not (said.isascii() and said.isdecimal() and int(said)):
        return {"original_amount": None, "original_currency": ""}
    return {"original_amount": sign * int(said) * _CENT, "original_currency": head.foreign}


def _kind(entry: Entry, head: Header) -> tuple[Kind, Status]:
    if head.is_advice or entry.of("98"):
        return Kind.DETAIL, Status.INFO
    if entry.of("99") or entry.record.text[2] in "16":
        return Kind.RETURN, Status.BOOKED
    asks, tells = entry.record.text[2] in "38", entry.record.text[2] in "49"
    if asks or (tells and not entry.amount):    # whether the account is there; what is to be known
        return Kind.DETAIL, Status.INFO
    if head.record.at(54, 63).upper() == "REVERSAL":
        return Kind.REVERSAL, Status.BOOKED
    return Kind.PAYMENT, Status.BOOKED


def _sender(entry: Entry, head: Header) -> str:
    return next((one.at(4, 38) for one in entry.of("11")), "") if head.is_abroad else head.company


def _receiver(entry: Entry, head: Header) -> tuple[str, str]:
    """The name and the account at the receiver's bank."""
    record = entry.record
    if head.is_abroad:
        name = next((one.at(47, 81) for one in entry.of("10")), "")
        return name, record.at(40, 74)
    account = record.at(13, 27 if head.is_advice else 29)
    if head.kind in _COUNTED and (record.text[54:58].isdigit() or not record.at(55, 58)):
        return record.at(59, 74), account
    place, _ = _OWN.get(head.kind, _USUAL)
    return record.at(*place) if place else "", account


def _texts(entry: Entry) -> list[str]:
    return [_terminal(one) if one.text[1:3] == "02" else one.at(4, 83) for one in entry.addenda
            if one.text[1:3] in ("02", "05", "17")]


def _terminal(addendum: Record) -> str:
    """Where a card was used."""
    return " ".join(filter(None, (addendum.at(36, 62), addendum.at(63, 77), addendum.at(78, 79))))


def _references(entry: Entry, head: Header) -> Refs:
    """Those that are trusted most first."""
    texts = _texts(entry)
    found: Refs = [[RefKind.INVOICE.value, number.strip(), _exact(amount)]
                   for number, amount in _REMITTED.findall("".join(texts))]
    _, places = _OWN.get(head.kind, _USUAL)
    if not (head.is_abroad or head.is_advice):
        found += [[RefKind.INVOICE.value, own, None] for own in (entry.record.at(*place) for place in places) if own]
    found += [[RefKind.BANK.value, one.at(7, 21), None] for one in entry.of("99") if one.at(7, 21)]
    found.append([RefKind.BANK.value, entry.record.at(80, 94), None])
    return found + [[RefKind.FREE.value, text, None] for text in texts if text]


def _exact(amount: str) -> str | None:
    try:
        return str(Decimal(amount)) if amount else None
    except InvalidOperation:
        return None


def _identity(entry: Entry, head: Header) -> str:
    """Traces ascend within a batch, so no two entries of one are the same. A file that is sent again may have been
    made anew: when does not count, unless nothing says when the money moves."""
    record = head.record
    own = (head.origin, head.company_id, head.number, record.at(70, 75) or head.made, entry.record.text)
    return f"nacha:{sha256(repr(own).encode()).hexdigest()[:32]}"
