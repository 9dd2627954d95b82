"""Fields of SWIFT statements that are numbers: balances, and the line of an entry."""
from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from decimal import Decimal
from typing import NamedTuple

_BALANCE = re.compile(r"(?P<mark>[CDcd])(?P<date>\d{6})(?P<currency>[A-Z]{3})?\s*(?P<amount>[\d,.]+)\s*$")
_ENTRY = re.compile(
    r"\s*(?P<valued>\d{6})\s*(?:(?P<booked>\d{4})\s*)?(?P<mark>[REre]?[CDcd])(?P<funds>[A-Z]?)\s*(?P<amount>[\d,.]+)"
    r" ?(?P<type>[A-Z][A-Z0-9 ]{3})?(?P<rest>.*)$")
_TOTAL = re.compile(r"(?P<count>\d{1,9})?(?P<currency>[A-Z]{3})(?P<amount>[\d,.]+)\s*$")
_FLOOR = re.compile(r"(?P<currency>[A-Z]{3}) ?[CD]?[\d,.]+\s*$")
_AMOUNT = re.compile(r"(?=.*\d)\d{0,18}(?:[,.]\d{0,5})?")
_HALF_A_YEAR = 183
OUT = frozenset({"D", "RC", "ED"})
"""Marks of what takes money off the account: RC takes a credit back."""


class Bad(ValueError):
    """What is wrong with a field: `code` for programs."""

    def __init__(self, code: str, text: str, value: str) -> None:
        super().__init__(text)
        self.code, self.value = code, value


class Balance(NamedTuple):
    amount: Decimal         # what is owed is negative
    currency: str
    date: date


class Total(NamedTuple):
    """How many entries there are of one direction, and their sum."""

    entries: int | None     # some banks give no number where there are none
    currency: str
    amount: Decimal


class Entry(NamedTuple):
    valued: date
    booked: date
    mark: str               # C, D, RC, RD, EC, ED
    amount: Decimal         # signed
    type: str               # "NTRF" …
    customer: str           # reference for the owner of the account
    bank: str               # reference of the bank
    clipped: bool           # a day that there is not, such as 30 February


def balance_of(text: str) -> Balance:
    """`C110522EUR3236,28`; some banks leave out the currency, which is the account's."""
    found = _BALANCE.match(text.strip())
    if not found:
        raise Bad("bad_balance", f"no balance like C231231EUR12,34: {text[:60]!r}", text)
    amount = amount_of(found["amount"])
    return Balance(-amount if found["mark"].upper() == "D" else amount, found["currency"] or "", _day(found["date"])[0])


def total_of(text: str) -> Total:
    """`12EUR345,60`, or `EUR,00`."""
    found = _TOTAL.match(text.strip())
    if not found:
        raise Bad("bad_total", f"no number and sum like 12EUR345,60: {text[:60]!r}", text)
    return Total(int(found["count"]) if found["count"] else None, found["currency"], amount_of(found["amount"]))


def currency_of(text: str) -> str:
    """Of a floor limit, `EURD0,00`; "" if there is none."""
    found = _FLOOR.match(text.strip())
    return found["currency"] if found else ""


def entry_of(text: str) -> Entry:
    """`1105240524D9,N192NONREF//55555`."""
    found = _ENTRY.match(text)
    if not found:
        raise Bad("bad_entry", f":61: is not date, C or D, amount, type and reference: {text[:60]!r}", text)
    amount = amount_of(found["amount"])
    valued, clipped = _day(found["valued"])
    booked = valued
    if found["booked"]:
        booked, also = _near(found["booked"], valued)
        clipped |= also
    customer, _, bank = found["rest"].partition("//")
    mark = found["mark"].upper()
    return Entry(valued, booked, mark, -amount if mark in OUT else amount, found["type"] or "", customer.strip(),
                 bank.strip(), clipped)


def amount_of(text: str) -> Decimal:
    """`3236,28`, `9,` or `000000000025,00`."""
    if not _AMOUNT.fullmatch(text):
        raise Bad("bad_amount", f"{text[:40]!r} is no amount", text)
    return Decimal(text.replace(",", ".").rstrip(".") or "0")


def _day(text: str) -> tuple[date, bool]:
    """The date, and whether its day had to be made one that there is: months of 30 days are counted so by banks."""
    year, month, day = int(text[:2]), int(text[2:4]), int(text[4:6])
    return _real(year + (2000 if year < 80 else 1900), month, day, text)


def _near(text: str, valued: date) -> tuple[date, bool]:
    """A day without its year: of the year that brings it nearest to the value date."""
    month, day = int(text[:2]), int(text[2:])
    found = _real(valued.year, month, day, text)
    apart = (found[0] - valued).days
    if abs(apart) <= _HALF_A_YEAR:
        return found
    return _real(valued.year + (1 if apart < 0 else -1), month, day, text)


def _real(year: int, month: int, day: int, text: str) -> tuple[date, bool]:
    try:
        return date(year, month, day), False
    except ValueError:
        if not (1 <= month <= 12 and 1 <= day <= 31):
            raise Bad("bad_date", f"{text!r} is no date", text) from None
        return date(year, month, monthrange(year, month)[1]), True
