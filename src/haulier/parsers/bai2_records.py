"""Records of BAI2 files: fields between commas, and what goes on in records 88."""
from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from ..ports import Content
from .bank_lines import decoded, lines

_MOST, _LONGEST = 1000, 1 << 20
"""Lines and characters of one record that are kept, about."""
_BEGINS = re.compile(r"\d\d(?:[,/]|$)")
_AFTER = re.compile(r"/\s+(?=(?:01|02|03|16|49|88|98|99),)")
_AFTER_TEXT = re.compile(r"/\s+(?=16,[1-9]\d\d,[+-]?\d*,|88,|49,[+-]?\d+,\d+/)")
"""Where another record begins in the same line; behind a text it must look like one."""
_UNITS = {"JPY": 0, "KRW": 0, "CLP": 0, "VND": 0, "ISK": 0, "XAF": 0, "XOF": 0, "XPF": 0, "UGX": 0, "PYG": 0,
          "BHD": 3, "KWD": 3, "JOD": 3, "OMR": 3, "TND": 3, "IQD": 3, "LYD": 3}
"""Decimals of amounts, which have no point; two where nothing is said."""


class Bad(ValueError):
    """What is wrong with a record: `code` for programs."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(slots=True)
class Record:
    """One record with all that goes on with it."""

    code: str           # 01, 02, 03, 16, 49, 98, 99
    line: int
    parts: list[str]    # what follows the code, line by line, without the end of a record
    raw: str            # as it stands in the file
    count: int = 1      # records that it is made of, those that go on with it too
    lines: int = 1      # that are kept
    cut: int = 0        # lines that were too many

    @property
    def is_long(self) -> bool:
        """Whether no more of it is kept."""
        return self.lines >= _MOST or len(self.raw) > _LONGEST

    @property
    def fields(self) -> list[str]:
        """All its fields; one that begins a line has a line end before it, for texts."""
        return ",\n".join(self.parts).split(",")

    def at(self, place: int) -> str:
        """One field; "" if there are not so many."""
        fields = self.fields
        return fields[place].strip() if place < len(fields) else ""


def records(content: Content) -> Iterator[Record]:
    """All records, in order; empty lines are left out."""
    current: Record | None = None
    for number, line in _lines(content):
        code, body = line[:2], line[2:].removeprefix(",")
        if code == "88" and current is not None:
            _go_on(current, body, line)
            continue
        if current is not None and not current.raw.endswith("/") and not _BEGINS.match(line):
            _mend(current, line)
            continue
        if current is not None:
            yield current
        current = Record(code, number, [body.removesuffix("/")], line)
    if current is not None:
        yield current


def _lines(content: Content) -> Iterator[tuple[int, str]]:
    """Lines that are not empty; some banks put several records into one, with blanks between them."""
    for number, raw in lines(content.read()):
        line = decoded(raw).strip()
        if not line:
            continue
        at = 0
        while found := (_AFTER_TEXT if line[at:at + 2] in ("16", "88") else _AFTER).search(line, at):
            yield number, line[at:found.start() + 1]
            at = found.end()
        yield number, line[at:]


def _mend(record: Record, line: str) -> None:
    """The rest of a line that was broken in two."""
    if record.is_long:
        record.cut += 1
        return
    record.lines += 1
    record.parts[-1] = f"{record.parts[-1]} {line.removesuffix('/')}"
    record.raw = f"{record.raw}\n{line}"


def _go_on(record: Record, body: str, line: str) -> None:
    record.count += 1
    if record.is_long:
        record.cut += 1
        return
    record.lines += 1
    if not record.raw.endswith("/"):    # a comma there has ended a field, as the line does
        record.parts[-1] = record.parts[-1].removesuffix(",")
    record.parts.append(body.removesuffix("/"))
    record.raw = f"{record.raw}\n{line}"


def whole(text: str, what: str) -> int:
    """A number with or without a sign; none is 0."""
    text = text.strip()
    if not text:
        return 0
    digits = text[1:] if text[0] in "+-" else text
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 30):
        raise Bad("bad_amount", f"{what} is no whole number: {text[:40]!r}")
    return int(text)


def money(units: int, currency: str) -> Decimal:
    """So many of the smallest units as an amount."""
    return Decimal(units).scaleb(-_UNITS.get(currency, 2))
