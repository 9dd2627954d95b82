"""One SWIFT statement while it is read: its account, its balances, and the rows that its entries become."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import Any

from ..model.payment import Kind, RefKind, Status
from ..model.record import Check, Row
from .mt940_entry import Balance, Entry, Total
from .mt940_german import RETURNS
from .mt940_text import holder_of, is_account, told
from .mt940_told import Told, is_reference

_COUNTED = 100_000
"""Entries of one statement whose repetitions are counted; beyond that there is no identity."""
_REPEATED: dict[str, Kind] = {code: Kind.BATCH for code in ("191", "192", "196")}
_FEES = frozenset({"CHG", "COM"})
_TOTALS = 10    # fields :90D: and :90C: that are looked at
Refs = list[list[str | None]]


@dataclass(slots=True)
class Statement:
    """From one :20: to the next."""

    line: int
    reference: str = ""
    account: str = ""
    number: str = ""
    currency: str = ""
    is_interim: bool = False            # MT942: what happened so far today
    opening: Balance | None = None
    opens: str = ""                     # 60F, or 60M where a page goes on
    closing: Balance | None = None
    closes: str = ""
    closing_line: int = 0
    available: Balance | None = None
    is_broken: bool = False             # a balance could not be read
    debits: tuple[int, Decimal] = (0, Decimal(0))
    credits: tuple[int, Decimal] = (0, Decimal(0))
    head: list[str] = field(default_factory=list)       # its fields before the first entry, as they stand
    checks: list[Check] = field(default_factory=list)
    _seen: dict[bytes, int] = field(default_factory=dict)

    @property
    def where(self) -> str:
        return " ".join(filter(None, (self.account, self.number, self.currency)))

    @property
    def format(self) -> str:
        return "mt942" if self.is_interim else "mt940"

    @property
    def sum(self) -> Decimal:
        return self.credits[1] + self.debits[1]

    def count(self, amount: Decimal) -> None:
        """One more entry."""
        if amount < 0:
            self.debits = self.debits[0] + 1, self.debits[1] + amount
        else:
            self.credits = self.credits[0] + 1, self.credits[1] + amount

    def total(self, tag: str, said: Total, line: int) -> None:
        """What the bank says of all entries of one direction."""
        if len(self.checks) >= 2 * _TOTALS:
            return
        count, amount = self.debits if tag == "90D" else self.credits
        name = "debits" if tag == "90D" else "credits"
        if said.entries is not None:
            self.checks.append(Check(f"number of {name}", said.entries, count, line, self.where))
        self.checks += [Check(f"sum of {name}", said.amount, abs(amount), line, self.where)]

    def ended(self) -> Iterator[Check]:
        """What it says of itself, when all of it was read."""
        yield from self.checks
        if not (self.opening or self.closing or self.is_broken or self.opens or self.closes):
            return
        found = self.opening.amount + self.sum if self.opening else None
        said = self.closing.amount if self.closing else None
        if said is not None or found is not None:
            yield Check("closing balance", said, found, self.closing_line or self.line, self.where)
        else:
            yield Check("closing balance", "a balance", "none that can be read", self.line, self.where)

    def facts(self) -> dict[str, Any]:
        """As JSON, for the report."""
        return {"format": self.format, "reference": self.reference, "account": self.account, "number": self.number,
                "currency": self.currency, "opening": _json(self.opening), "closing": _json(self.closing),
                "available": _json(self.available), "entries": self.debits[0] + self.credits[0],
                "sum": str(self.sum)}

    def row(self, entry: Entry, texts: Sequence[str], details: Sequence[str], line: int, status: Status) -> Row:
        """A payment."""
        says = told(texts, details)
        if is_account(entry.customer):      # some banks write there whose account it was
            says.account = says.account or entry.customer
            says.name = says.name or "".join(details).strip()
            entry = entry._replace(customer="")
        elif holder := holder_of(entry.customer, details, texts):
            says.account, says.name = says.account or holder[0], says.name or holder[1]
            entry = entry._replace(customer="")
        best, references = _references(entry, says)
        original = says.original or ("", None)
        return {
            "amount": entry.amount, "currency": self.currency, "kind": _kind(entry, says).value,
            "status": (Status.PENDING if entry.mark[0] == "E" else status).value, "format": self.format,
            "account": self.account, "booked": entry.booked, "valued": entry.valued, "reference": best,
            "references": references, "payer_name": says.name, "payer_account": says.account,
            "text": "\n".join(filter(None, (says.remittance, says.booking))),
            "bank_reference": entry.bank if is_reference(entry.bank) else "", "reason": says.reason,
            "batch": says.batch, "original_amount": original[1], "original_currency": original[0], "rate": says.rate,
            "charges": says.charges, "identity": self._identity(entry, texts, details), "line": line,
            "statement": self.reference, "number": self.number, "mark": entry.mark, "type": entry.type,
            "code": says.code, "customer_reference": entry.customer}

    def _identity(self, entry: Entry, texts: Sequence[str], details: Sequence[str]) -> str:
        """The same in every delivery of this statement, also of one that has grown; equal entries are counted."""
        opening = (self.opening.amount, self.opening.date) if self.opening else ()
        own = (self.account, self.number, opening, self.currency, entry.valued, entry.booked, entry.mark,
               entry.amount.normalize(), entry.customer, entry.bank, "".join(texts), "".join(details))
        mark = sha256(repr(own).encode()).digest()[:16]
        if len(self._seen) >= _COUNTED and mark not in self._seen:
            return ""
        self._seen[mark] = again = self._seen.get(mark, 0) + 1
        return f"{self.format}:{mark.hex()}:{again}"


def _kind(entry: Entry, says: Told) -> Kind:
    if entry.mark[0] == "R":
        return Kind.REVERSAL
    if says.code in RETURNS or entry.type[1:] == "RTI" or says.reason:
        return Kind.RETURN
    return Kind.FEE if entry.type[1:] in _FEES else _REPEATED.get(says.code, Kind.PAYMENT)


def _references(entry: Entry, says: Told) -> tuple[str, Refs]:
    """The best one for persons, and all, those that are trusted most first."""
    kept: Refs = []
    if says.structured:
        kept.append([_RF if says.structured.startswith("RF") else _STRUCTURED, says.structured, None])
    if is_reference(entry.customer):
        kind = _END_TO_END if entry.amount < 0 else _INVOICE
        kept.append([kind if any(map(str.isdigit, entry.customer)) else _FREE, entry.customer, None])
    kept += [[kind, text, None] for kind, text in (
        (_END_TO_END, says.end_to_end), (_MANDATE, says.mandate), (_BATCH, says.batch), (_BANK, entry.bank),
        (_FREE, says.remittance)) if text and is_reference(text)]
    return next((text or "" for kind, text, _ in kept if kind in _BEST), ""), kept


_RF, _STRUCTURED, _INVOICE, _END_TO_END, _MANDATE, _BATCH, _BANK, _FREE = (kind.value for kind in (
    RefKind.RF, RefKind.STRUCTURED, RefKind.INVOICE, RefKind.END_TO_END, RefKind.MANDATE, RefKind.BATCH, RefKind.BANK,
    RefKind.FREE))
_BEST = frozenset({_RF, _STRUCTURED, _INVOICE, _END_TO_END})


def _json(balance: Balance | None) -> dict[str, str] | None:
    return balance and {"amount": str(balance.amount), "date": balance.date.isoformat()}
