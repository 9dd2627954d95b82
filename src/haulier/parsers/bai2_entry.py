"""A transaction of a BAI2 file, and the payment that it is."""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import NamedTuple

from ..model.payment import Kind, RefKind, Status
from ..model.record import Row
from .bai2_records import Bad, Record, money, whole

RETURNS = frozenset({"123", "255", "257", "266", "268", "423", "555", "557", "566", "568"})
"""Type codes of what comes back."""
REVERSALS = frozenset({"252", "258", "395", "552", "558", "694"})
FEES = frozenset({"567", "661", "698"})
_FUNDS = frozenset({"", "Z", "0", "1", "2", "S", "V", "D"})
_CURRENCY = re.compile(r"[A-Z]{3}")
_COUNTED = 100_000
"""Entries of one account whose repetitions are counted; beyond that there is no identity."""
Refs = list[list[str | None]]


class Group(NamedTuple):
    """Statements of one day (record 02)."""

    line: int
    sender: str
    status: str             # 1 update, 2 deletion, 3 correction, 4 test
    day: date | None
    currency: str
    modifier: str           # 1, 2 of the day before, 3, 4 of the same day; odd ones are interim

    @property
    def is_money(self) -> bool:
        """Whether it says what was booked: not what is to be deleted, not a test."""
        return self.status not in ("2", "4")


@dataclass(slots=True)
class Account:
    """One account (record 03), with what it sums up."""

    line: int
    number: str
    currency: str
    total: int = 0
    records: int = 0
    entries: int = 0
    moved: int = 0          # by its entries, with signs
    balances: dict[str, int] = field(default_factory=dict)      # status amounts by their type code
    seen: dict[str, int] = field(default_factory=dict)


def group_of(record: Record) -> Group:
    """`02,receiver,originator,status,day,time,currency,modifier`."""
    return Group(record.line, record.at(1), record.at(2), day_of(record.at(3)), record.at(5) or "USD",
                 record.at(6))


def account_of(record: Record, group: Group) -> Account:
    """`03,number,currency,(type,amount,count,funds)…`."""
    number, currency, *fields = [*record.fields, ""]
    account = Account(record.line, number.strip(), currency.strip() or group.currency, records=record.count)
    while fields:
        if not fields[0].strip():       # no summary, or a comma too many at the end of a line
            fields = fields[1:]
            continue
        code, amount = (field.strip() for field in [*fields, ""][:2])
        units = whole(amount, f"the amount of type {code}")
        account.total += units
        if code and amount:
            account.balances.setdefault(code, units)
        fields, _ = _after_funds(_from_funds(fields[2:]))
    return account


def _from_funds(fields: list[str]) -> list[str]:
    """From the type of funds on. What a summary lacks at the end of a line is not written by all banks."""
    count, funds = [*fields, "", ""][:2]
    if funds.strip() in _FUNDS:
        return fields[1:]
    return ["", *(fields if count.startswith("\n") else fields[1:])]


def row(record: Record, group: Group, account: Account) -> Row:
    """A payment, from `16,type,amount,funds…,bank reference,customer reference,text`."""
    if not _CURRENCY.fullmatch(account.currency):
        raise Bad("bad_currency", f"{account.currency[:20]!r} is no currency")
    code, units = record.at(0), whole(record.at(1), "the amount")
    sign = _sign(code)
    tail, valued = _after_funds(record.fields[2:])
    bank, customer, text = _tail(tail)
    account.total += units
    account.entries += 1
    account.moved += sign * units
    return {
        "amount": money(sign * units, account.currency), "currency": account.currency,
        "kind": _kind(code).value, "status": _status(code, group).value, "format": "bai2", "account": account.number,
        "booked": group.day, "valued": valued or group.day, "reference": customer or bank,
        "references": _references(bank, customer, text), "payer_name": "", "payer_account": "", "text": text,
        "bank_reference": bank, "reason": code if code in RETURNS else "",
        "identity": _identity(record, group, account), "line": record.line, "code": code,
        "customer_reference": customer}


def _tells(code: str) -> bool:
    """Whether it only says how things stand: codes of status, and 890, which has no amount."""
    return code == "890" or 700 <= int(code) <= 719 or 900 <= int(code) <= 919


def _status(code: str, group: Group) -> Status:
    if _tells(code) or not group.is_money:
        return Status.INFO
    return Status.PENDING if group.modifier == "3" else Status.BOOKED


def day_of(text: str) -> date | None:
    """YYMMDD, or YYYYMMDD as some write it; None if it is no date."""
    text = text.strip()
    digits = f"{19 if text >= '69' else 20}{text}" if len(text) == 6 else text
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])) if len(digits) == 8 else None
    except ValueError:
        return None


def _after_funds(fields: list[str]) -> tuple[list[str], date | None]:
    """What follows the type of funds and what belongs to it, and the value date if that is said."""
    if not fields:
        return [], None
    kind, rest = fields[0].strip(), fields[1:]
    if kind == "S":
        return rest[3:], None
    if kind == "V":
        return rest[2:], day_of(rest[0]) if rest else None
    if kind == "D":
        pairs = whole(rest[0] if rest else "", "the number of availabilities")
        if pairs < 0:
            raise Bad("bad_amount", f"{pairs} availabilities")
        return rest[1 + 2 * pairs:], None
    return rest, None


def _tail(fields: list[str]) -> tuple[str, str, str]:
    bank, customer, *text = [*fields, "", ""][:max(2, len(fields))]
    lines = ",".join(text).replace(",\n", "\n").split("\n")
    return bank.strip(), customer.strip(), "\n".join(line.strip() for line in lines).strip()


def _sign(code: str) -> int:
    """Whether it adds or takes: type codes have their ranges."""
    if not (len(code) == 3 and code.isascii() and code.isdigit()) or not 100 <= int(code) <= 999:
        raise Bad("bad_code", f"{code[:20]!r} is no type code of a transaction")
    number = int(code)
    is_debit = 400 <= number <= 699 or 760 <= number <= 799 or number >= 960
    return -1 if is_debit else 1


def _kind(code: str) -> Kind:
    if _tells(code):
        return Kind.DETAIL
    if code in RETURNS:
        return Kind.RETURN
    if code in REVERSALS:
        return Kind.REVERSAL
    return Kind.FEE if code in FEES else Kind.PAYMENT


def _references(bank: str, customer: str, text: str) -> Refs:
    found: list[tuple[RefKind, str]] = [(RefKind.INVOICE, customer), (RefKind.BANK, bank), (RefKind.FREE, text)]
    return [[kind.value, one, None] for kind, one in found if one.strip("0 ")]


def _identity(record: Record, group: Group, account: Account) -> str:
    """The same in every report of that day, interim or final; equal ones are counted."""
    own = (group.sender, group.day, account.number, account.currency, record.parts)
    mark = sha256(repr(own).encode()).hexdigest()[:32]
    if len(account.seen) >= _COUNTED and mark not in account.seen:
        return ""
    account.seen[mark] = again = account.seen.get(mark, 0) + 1
    return f"bai2:{mark}:{again}"
