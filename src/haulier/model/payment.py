"""A payment as banks report it, whatever the format."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum, auto
from typing import Any, NamedTuple

from .making import maker


class Kind(StrEnum):
    """What moves the money."""

    PAYMENT = auto()
    DEDUCTION = auto()      # a credit note, taken off what is paid
    RETURN = auto()         # an earlier payment that came back
    REVERSAL = auto()       # an entry that takes an earlier entry back
    FEE = auto()
    BATCH = auto()          # many payments as one entry, whose details are elsewhere
    DETAIL = auto()         # tells of an entry that is elsewhere: no money of its own
    DIFFERENCE = auto()     # what an entry's details lack to its amount


class Status(StrEnum):
    BOOKED = auto()
    PENDING = auto()
    INFO = auto()


class RefKind(StrEnum):
    """What a reference is. The first ones are trusted most."""

    STRUCTURED = auto()     # a creditor reference whose kind is not said: OCR, QRR, KID, viitenumero, RF …
    OCR = auto()
    RF = auto()             # ISO 11649
    QRR = auto()
    KID = auto()
    INVOICE = auto()        # a document number that the payer gives
    END_TO_END = auto()
    MANDATE = auto()
    BATCH = auto()
    BANK = auto()           # the bank's own number
    FREE = auto()           # a text that is to be looked through


class Reference(NamedTuple):
    """A reference as it stands in the file."""

    kind: RefKind
    text: str
    amount: Decimal | None = None   # of the part that it is for, if the payer says


@dataclass(frozen=True, slots=True)
class Payment:
    """One amount that moved. The rows of all parsers of bank files have these names as columns.

    In rows `references` is a list of [kind, text, amount as text or None], `kind` and `status` are texts, and more
    columns of the format's own may follow.
    """

    amount: Decimal                 # as it changes the account: out is negative
    currency: str
    kind: Kind = Kind.PAYMENT
    status: Status = Status.BOOKED
    format: str = ""                # "bgmax", "camt.053" …
    account: str = ""               # ours
    booked: date | None = None
    valued: date | None = None
    reference: str = ""             # the best of them as a text, for persons
    references: tuple[Reference, ...] = ()
    payer_name: str = ""
    payer_account: str = ""         # IBAN, bankgiro or what there is
    payer_org: str = ""             # organisation number, digits as they stand
    payer_address: str = ""         # one line
    text: str = ""                  # what the payer and the bank wrote, lines joined with \n
    bank_reference: str = ""
    reason: str = ""                # of a return, as the format codes it
    batch: str = ""                 # what ties details to their entry
    original_amount: Decimal | None = None
    original_currency: str = ""
    rate: Decimal | None = None
    charges: Decimal | None = None
    identity: str = ""              # the same for the same booking in every delivery; "" if the format has nothing so
    line: int = 0
    more: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def payment_date(self) -> date | None:
        """When it was booked, else when it counts."""
        return self.booked or self.valued

    @staticmethod
    def of(row: Mapping[str, Any]) -> Payment:
        """From a parser's row."""
        own = {name: value for name in _NAMES if (value := row.get(name)) is not None}
        kind, status = row.get("kind", "payment"), row.get("status", "booked")
        own["kind"], own["status"] = _KINDS.get(kind) or Kind(kind), _STATUSES.get(status) or Status(status)
        own["references"] = tuple([
            Reference(_REFERENCES.get(kind) or RefKind(kind), text, None if amount is None else Decimal(amount))
            for kind, text, amount in row.get("references", ())])
        return make(**own, more={name: value for name, value in row.items() if name not in _FIELDS})


make = maker(Payment)
# To ask an enum for the member of a value takes ten times as long.
_KINDS, _STATUSES = {one.value: one for one in Kind}, {one.value: one for one in Status}
_REFERENCES = {one.value: one for one in RefKind}
_FIELDS = frozenset(Payment.__dataclass_fields__)
_NAMES = tuple(name for name in Payment.__dataclass_fields__ if name not in ("kind", "status", "references", "more"))
