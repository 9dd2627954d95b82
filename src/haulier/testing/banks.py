"""Makes files as banks send them, for tests and benchmarks: BgMax with correct totals."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Paid:
    """One payment of a BgMax file; a negative amount is a deduction."""

    amount: Decimal
    reference: str = ""
    code: str = ""          # of the reference; "": 2 for digits whose check digit is right, 3 for others, 0 for none
    payer: str = "0"        # bankgiro
    channel: str = "1"
    extra: Sequence[tuple[str, Decimal]] = ()   # references of records 22, and 23 where the amount is negative
    texts: Sequence[str] = ()
    name: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    org: str = ""
    serial: int | None = None   # None: counted through the file


@dataclass(frozen=True, slots=True)
class Deposit:
    """What a section of payments says of itself."""

    bankgiro: str = "9912346"
    currency: str = "SEK"
    account: str = "5841000001009823"
    deposited: date = date(2025, 3, 14)
    serial: int = 1


def check_digit(digits: str) -> str:
    """The same with its Luhn digit behind it."""
    twice = [int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(digits))]
    return digits + str(-sum(value - 9 * (value > 9) for value in twice) % 10)


def bgmax(payments: Iterable[Paid], deposit: Deposit | None = None, *, newline: str = "\r\n",
          encoding: str = "latin-1") -> bytes:
    """A whole file with these payments in one deposit."""
    return bgmax_file([(deposit or Deposit(), payments)], newline=newline, encoding=encoding)


def bgmax_file(sections: Iterable[tuple[Deposit, Iterable[Paid]]], *, newline: str = "\r\n",
               encoding: str = "latin-1", mark: str = "P") -> bytes:
    """A whole file with these deposits."""
    lines = bgmax_lines(sections, mark=mark)
    return "".join(line + newline for line in lines).encode(encoding)


def bgmax_lines(sections: Iterable[tuple[Deposit, Iterable[Paid]]], *, mark: str = "P",
                created: datetime = datetime(2025, 3, 14, 17, 30, 35, 10331)) -> Iterator[str]:
    """The lines of such a file, one after the other: for files that are too long for memory."""
    counts = dict.fromkeys(("20", "21", "22", "15"), 0)
    yield f"01{'BGMAX':<20}01{created:%Y%m%d%H%M%S%f}{mark}".ljust(80)
    for deposit, payments in sections:
        yield f"05{deposit.bankgiro:0>10}{'':10}{deposit.currency}".ljust(80)
        for line in _section(deposit, payments, counts):
            yield line.ljust(80)
    yield f"70{counts['20']:08}{counts['21']:08}{counts['22']:08}{counts['15']:08}".ljust(80)


def _section(deposit: Deposit, payments: Iterable[Paid], counts: dict[str, int]) -> Iterator[str]:
    total, before = 0, counts["20"] + counts["21"]
    for paid in payments:
        total += _minor(paid.amount)
        counts["21" if paid.amount < 0 else "20"] += 1
        counts["22"] += len(paid.extra)
        yield from _payment(paid, counts["20"] + counts["21"])
    counts["15"] += 1
    yield (f"15{deposit.account:0>35}{deposit.deposited:%Y%m%d}{deposit.serial:05}{total:018}{deposit.currency}"
           f"{counts['20'] + counts['21'] - before:08}")


def _payment(paid: Paid, number: int) -> Iterator[str]:
    serial = f"{paid.serial or number:012}"
    ends = "0" + ("0" if paid.amount < 0 else "")
    yield _money("21" if paid.amount < 0 else "20", paid, (paid.reference, paid.amount), paid.code) + serial + ends
    for extra in paid.extra:
        yield _money("23" if extra[1] < 0 else "22", paid, extra) + serial + "0"
    for text in paid.texts:
        yield f"25{text:<50}"
    if paid.name:
        yield f"26{paid.name:<35}"
    if paid.street or paid.postal_code:
        yield f"27{paid.street:<35}{paid.postal_code:<9}"
    if paid.city:
        yield f"28{paid.city:<35}"
    if paid.org:
        yield f"29{paid.org:0>12}"


def _money(record: str, paid: Paid, part: tuple[str, Decimal], code: str = "") -> str:
    reference, amount = part
    code = code or ("0" if not reference else "2" if _is_ocr(reference) else "3")
    field = f"{reference:>25}" if code == "2" else f"{reference:<25}"
    return f"{record}{paid.payer:0>10}{field}{abs(_minor(amount)):018}{code}{paid.channel}"


def _is_ocr(reference: str) -> bool:
    return reference.isdecimal() and check_digit(reference[:-1]) == reference


def _minor(amount: Decimal) -> int:
    return int(amount * 100)
