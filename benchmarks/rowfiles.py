"""Files with rows, for imports: tables of ten columns, and what banks send."""
from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain
from pathlib import Path

from haulier.testing.banks import Deposit, Paid, bgmax_lines, check_digit
from haulier.testing.iso20022 import Detail, Entry, Head, streamed

NAMES = ("id", "day", "amount", "currency", "name", "street", "city", "reference", "text", "paid")
WIDTHS = (10, 10, 14, 3, 20, 20, 15, 12, 30, 5)
START = date(2024, 1, 1)
PER_STATEMENT = 100
UNKNOWN = 20        # every so many payments is for nothing that is known


def table(count: int) -> Iterator[tuple[str, ...]]:
    """Rows as texts: a number, a date, an amount, a currency, five texts, yes or no."""
    for number in range(count):
        yield (str(number), str(START + timedelta(number % 700)), f"{number * 7 % 1_000_000}.{number % 100:02}",
               "SEK", f"Kund {number % 1000}", f"Storgatan {number % 90}", "Göteborg",
               f"{number * 31 % 10**9:09}", f"order {number}, tack", "true" if number % 3 else "false")


def csv_file(path: Path, count: int) -> Path:
    rows = (",".join([*row[:8], f'"{row[8]}"', row[9]]) for row in table(count))
    return written(path, chain([",".join(NAMES)], rows))


def jsonl_file(path: Path, count: int) -> Path:
    """Numbers and yes or no are as JSON has them."""
    def line(row: tuple[str, ...]) -> str:
        made = dict(zip(NAMES, row, strict=True)) | {"id": int(row[0]), "amount": float(row[2]),
                                                      "paid": row[9] == "true"}
        return json.dumps(made, ensure_ascii=False)
    return written(path, map(line, table(count)))


def fixed_file(path: Path, count: int) -> Path:
    return written(path, ("".join(value.ljust(width) for value, width in zip(row, WIDTHS, strict=True))
                          for row in table(count)))


def reference(number: int) -> str:
    """The payment number of an invoice."""
    return check_digit(str(1_000_000 + number))


def amount(number: int) -> Decimal:
    return Decimal(10_000 + number * 7 % 5_000_000) / 100


def paid(number: int) -> tuple[Decimal, str]:
    """What the payment of that number is of, and its reference; some have one that nobody knows."""
    return amount(number), reference(number if number % UNKNOWN else 90_000_000 + number)


def bgmax_file(path: Path, count: int) -> Path:
    """Payments with the names of their payers."""
    payments = (Paid(*paid(number), name=f"KUND {number}") for number in range(count))
    return written(path, bgmax_lines([(Deposit(), payments)]), end="\r\n", encoding="latin-1")


def camt_file(path: Path, count: int) -> Path:
    """camt.053.001.08, one transaction in each entry."""
    entries = (Entry(money, (Detail(money, f"E2E{number}", text, payer=f"Kund {number}",
                                    payer_account="SE3550000000054910000003"),), f"B{number:09}")
               for number, (money, text) in ((number, paid(number)) for number in range(count)))
    opening = Decimal(1000)
    total = opening + sum((paid(number)[0] for number in range(count)), Decimal(0))
    if not path.exists():
        with path.open("wb") as file:
            file.writelines(streamed(entries, Head(opening=opening), total))
    return path


def mt940_file(path: Path, count: int) -> Path:
    """Statements of a hundred entries each."""
    return written(path, (line for first in range(0, count, PER_STATEMENT)
                          for line in _statement(first, min(count, first + PER_STATEMENT))), end="\r\n")


def _statement(first: int, end: int) -> Iterator[str]:
    opening = Decimal(1000)
    closing = opening + sum((paid(number)[0] for number in range(first, end)), Decimal(0))
    yield from (f":20:ST{first:09}", ":25:SE4550000000058398257466", f":28C:{first // PER_STATEMENT % 99999:05}/001",
                f":60F:C250314EUR{_comma(opening)}")
    for number in range(first, end):
        money, text = paid(number)
        yield f":61:2503140314C{_comma(money)}NTRF{text}//B{number:09}"
        yield f":86:KUND {number} FAKTURA {text}"
    yield from (f":62F:C250314EUR{_comma(closing)}", "-")


def _comma(money: Decimal) -> str:
    return f"{money:.2f}".replace(".", ",")


def items_file(path: Path, count: int) -> Path:
    """An invoice for each payment that is for one, and for the others too."""
    rows = (f"inv{number},{reference(number)},{amount(number)},SEK,2025-03-14" for number in range(count))
    return written(path, chain(["id,references,due,currency,date"], rows))


def written(path: Path, lines: Iterable[str], *, end: str = "\n", encoding: str = "utf-8") -> Path:
    """A file of these lines; made once."""
    if not path.exists():
        with path.open("w", encoding=encoding, newline="") as file:
            file.writelines(line + end for line in lines)
    return path
