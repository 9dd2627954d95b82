"""What files of Bankgirot share: fields, amounts and dates of their records, controls, rows that are collected."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from ..model.errors import Malformed
from ..model.record import RAW, Batch, Check, Fault, Mark, Reject, Row
from .lines import EMPTY
from .notices import Notices

Layout: TypeAlias = Mapping[str, tuple[int, int]]
"""Fields of a record, each from its first place (from 0) to the one behind it."""
ROWS = 1000
WIDTH = 80      # of a record
CHANGED = Fault("changed_line", "a TAB or more than 80 characters: an editor changed this line")


def fields(line: str, layout: Layout) -> dict[str, str]:
    """Each without the blanks around it."""
    return {name: line[start:end].strip() for name, (start, end) in layout.items()}


def whole(line: str, number: int, record: str = "line", width: int = WIDTH) -> str:
    """A record that nobody changed: blanks behind it are none of it, all else must be as it is."""
    line = line.rstrip(EMPTY)
    if "\t" in line:
        raise broken("tab", f"a TAB in a {record}: an editor changed this file, get it anew from the bank", number)
    if len(line) > width:
        raise broken("long_line", f"a {record} of {len(line)} characters instead of {width}", number)
    return line


def is_changed(line: str) -> bool:
    """Whether an editor changed it, so that nobody knows where its fields stand."""
    return "\t" in line or len(line) > WIDTH


def broken(code: str, text: str, line: int = 0) -> Malformed:
    """The error of a file that breaks that control."""
    return Malformed(f"{f'line {line}: ' if line else ''}{text} ({code})", line=line)


def refuse(check: Check) -> None:
    """Malformed if it does not hold."""
    if not check.holds:
        where = f" of {check.where}" if check.where else ""
        raise broken(check.name.replace(" ", "_"),
                     f"{check.name}{where}: the file says {check.said}, found is {check.found}", check.line)


def money(minor: int) -> Decimal:
    """Hundredths as an amount."""
    return Decimal(minor).scaleb(-2)


def minor(text: str) -> int | None:
    """Hundredths; None if it is no number."""
    return int(text) if text.isascii() and text.isdecimal() else None


def amount(text: str) -> Decimal | None:
    """An amount in hundredths; None if it is none."""
    value = minor(text)
    return None if value is None else money(value)


def day(text: str) -> date | None:
    """YYYYMMDD or YYMMDD; None if it is no date."""
    if len(text) not in (6, 8):
        return None
    try:
        return datetime.strptime(text, "%Y%m%d" if len(text) == 8 else "%y%m%d").date()
    except ValueError:
        return None


class Collected:
    """Rows of a file until they are given out, numbered as they come."""

    def __init__(self) -> None:
        self.notices = Notices()
        self.facts: dict[str, Any] = {}
        self.checks: list[Check] = []
        self._number = 0
        self._clear()

    def _clear(self) -> None:
        self._rows: list[Row] = []
        self._numbers: list[int] = []
        self._lines: list[int] = []
        self._raws: list[str] = []
        self._rejects: list[Reject] = []

    def add(self, row: Row, line: int, raw: str, faults: tuple[Fault, ...] = ()) -> None:
        """One more row; a reject if there are faults."""
        self._number += 1
        if faults:
            self._rejects.append(Reject(self._number, line, faults, raw[:RAW], row))
            return
        self._rows.append(row)
        self._numbers.append(self._number)
        self._lines.append(line)
        self._raws.append(raw[:RAW])

    @property
    def full(self) -> bool:
        """Whether there are enough to be given out."""
        return len(self._rows) + len(self._rejects) + len(self.checks) >= ROWS

    def batch(self, line: int) -> Batch:
        """All of them. `line`: the next one."""
        batch = Batch(self._rows, self._numbers, self._lines, Mark(self._number, 0, line), self._rejects, self.checks,
                      self.notices.take(), self.facts, self._raws.__getitem__)
        self.checks, self.facts = [], {}
        self._clear()
        return batch
