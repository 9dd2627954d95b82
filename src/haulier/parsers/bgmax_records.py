"""Records of BgMax: where their fields stand and what their codes mean (Bankgirot's technical manual)."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from .giro import broken, whole

START, SECTION, PAYMENT, DEDUCTION, EXTRA, EXTRA_NEGATIVE = "01", "05", "20", "21", "22", "23"
INFORMATION, NAME, ADDRESS, CITY, ORGANISATION, DEPOSIT, END = "25", "26", "27", "28", "29", "15", "70"
MONEY = frozenset({PAYMENT, DEDUCTION})
EXTRAS = frozenset({EXTRA, EXTRA_NEGATIVE})
ENDS_PAYMENT = frozenset({START, SECTION, DEPOSIT, END})
FOLLOWERS = frozenset({EXTRA, EXTRA_NEGATIVE, INFORMATION, NAME, ADDRESS, CITY, ORGANISATION})
MOST_TEXTS = 90         # records 25 of a payment
MOST_RECORDS = 100_000  # of a payment: more are none

REFERENCES: Mapping[str, str] = {
    "0": "none, or several that follow",
    "1": "none: a slip, the receiver reads no others",
    "2": "a correct OCR reference",
    "3": "wrong, free, or several",
    "4": "correct, of a slip that was read in full",
    "5": "wrong, of a slip that was read in full",
}
KINDS = {"2": "ocr", "4": "structured"}     # of references; all others are free texts
CHANNELS: Mapping[str, str] = {"1": "from a bank", "2": "supplier payments (LB)", "3": "slip of paper", "4": "Autogiro"}
IMAGES: Mapping[str, str] = {"0": "none", "1": "in the file of images"}
DEDUCTIONS: Mapping[str, str] = {"0": "in full", "1": "in part, a rest remains", "2": "the last part"}
DEPOSIT_TYPES = frozenset({"", "K", "D", "S"})

USUAL = {code + channel: (KINDS.get(code, "free"), code, channel) for code in REFERENCES for channel in CHANNELS}
"""Codes of reference and channel, together, that need no notice: the kind of the reference, and each by itself."""


class Section(NamedTuple):
    """What a record 05 says."""

    number: int
    line: int
    bankgiro: str
    plusgiro: str
    currency: str

    @property
    def where(self) -> str:
        return f"section {self.number}, bankgiro {self.bankgiro}, {self.currency}"


class Deposited(NamedTuple):
    """What a record 15 says."""

    account: str
    day: date
    serial: str
    amount: int     # in hundredths
    currency: str
    payments: int
    type: str


def section_of(line: str, number: int, ordinal: int) -> Section:
    """Of a record 05."""
    line = whole(line, number, "section record (05)")
    currency = line[22:25]
    if not (currency.isascii() and currency.isalpha() and len(currency) == 3):
        raise broken("currency", f"{currency!r} is no currency", number)
    return Section(ordinal, number, line[2:12].lstrip("0").strip(), line[12:22].strip().lstrip("0"), currency)


def deposit_of(line: str, number: int) -> Deposited:
    """Of a record 15."""
    line = whole(line, number, "deposit record (15)")
    amount, count = line[50:68], line[71:79]
    if not (_is_number(amount, 18) and _is_number(count, 8)):
        raise broken("deposit_totals", "the amount and the number of payments of a deposit must be digits", number)
    return Deposited(line[2:37].lstrip("0").strip(), _day(line[37:45], number), line[45:50].strip(), int(amount),
                     line[68:71].strip(), int(count), line[79:80].strip())


def counts_of(line: str, number: int) -> list[int]:
    """Of a record 70: how many 20, 21, 22 with 23, and 15."""
    line = whole(line, number, "end record (70)")
    fields = [line[at:at + 8] for at in (2, 10, 18, 26)]
    if not all(_is_number(field, 8) for field in fields):
        raise broken("file_totals", "the numbers of records in the end record must be digits", number)
    return [int(field) for field in fields]


def written_at(line: str) -> datetime | None:
    """When a record 01 says that the file was written."""
    try:
        return datetime.strptime(line[24:44], "%Y%m%d%H%M%S%f")
    except ValueError:
        return None


def _day(text: str, number: int) -> date:
    try:
        return datetime.strptime(text, "%Y%m%d").date()
    except ValueError:
        raise broken("deposit_date", f"{text!r} is no date", number) from None


def _is_number(text: str, digits: int) -> bool:
    return len(text) == digits and text.isascii() and text.isdecimal()
