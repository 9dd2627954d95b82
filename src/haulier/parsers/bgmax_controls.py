"""Controls of a BgMax file: its order, and its own totals beside those found."""
from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from ..model.record import Check
from . import bgmax_records as records
from . import luhn
from .bgmax_records import Section
from .giro import broken, money, whole
from .lines import is_empty
from .notices import Notices

FIRST = 1000
"""Deposits that are kept."""


class Controls:
    """Follows a file record by record. Payments and references are counted by whoever reads them.

    A check that does not hold is named; what leaves everything behind it unsure is Malformed.
    """

    def __init__(self, notices: Notices, *, test: bool) -> None:
        self.notices, self.test = notices, test
        self.payments = self.deductions = self.references = self.deposits = self.sections = 0
        self.amount = self.paid = self.deducted = 0     # of the section that is open: hundredths, 20s and 21s
        self.section: Section | None = None
        self.deposit: records.Deposited | None = None       # the last one
        self.first: list[records.Deposited] = []            # the first ones
        self.facts: dict[str, Any] = {}
        self._started = self._ended = False
        self._start_line = 0

    def take(self, code: str, line: str, number: int) -> Iterator[Check]:
        """A line that is neither a payment nor a part of one."""
        if is_empty(line):
            return
        if self._ended:
            yield Check("end record", "the last record", f"a record {code!r} behind it", number)
        if not self._started:
            yield from self._begin(code, line, number)
        if code == records.SECTION:
            yield from self._open(line, number)
        elif code == records.DEPOSIT:
            yield from self._close(line, number)
        elif code == records.END:
            yield from self._end(line, number)
        elif code != records.START:
            self.notices.add("unknown_record", f"record {code!r} is not known; it is left out", number)
        elif self._start_line != number:
            raise broken("start_record", "a second start record (01): deliver two files one by one", number)

    def inside(self, code: str, number: int) -> Section:
        """The section that a payment stands in."""
        if self.section is None:
            raise broken("outside", f"a record {code} outside of a section (05 … 15)", number)
        return self.section

    def finish(self) -> Iterator[Check]:
        """At the end of the file."""
        if not self._started:
            raise broken("start_record", "there is nothing in it: no start record (01)")
        yield from self._unclosed("the end of the file", 0)
        if not self._ended:
            yield Check("end record", "70", "the end of the file")

    def _begin(self, code: str, line: str, number: int) -> Iterator[Check]:
        if code == records.START:
            self._start(whole(line, number, "start record (01)"), number)
        elif code == records.SECTION:
            yield Check("start record", "01", code, number)
        else:
            raise broken("start_record", f"this is not BgMax: it begins with {line[:10]!r} instead of 01BGMAX", number)
        self._started = True

    def _start(self, line: str, number: int) -> None:
        name, version, mark = line[2:22].strip(), line[22:24].strip(), line[44:45].strip()
        if name != "BGMAX":
            raise broken("layout", f"this is not BgMax: its layout is called {name!r}", number)
        if version != "01":
            raise broken("version", f"version {version!r} of BgMax is not known, only 01", number)
        if mark == "T" and not self.test:
            raise broken("test_file", "this is a test file (T): no money moved. Say `test: true` to read it", number)
        if mark not in ("T", "P"):
            self.notices.add("mark", f"{mark!r} says neither test (T) nor production (P)", number)
        written: datetime | None = records.written_at(line)
        if written is None:
            self.notices.add("written_at", f"{line[24:44]!r} is no time", number)
        self._start_line = number
        self.facts = {"layout": name, "version": version, "test": mark == "T",
                      "written_at": written.isoformat() if written else line[24:44].strip()}

    def _open(self, line: str, number: int) -> Iterator[Check]:
        yield from self._unclosed("a record 05", number)
        self.sections += 1
        section = self.section = records.section_of(line, number, self.sections)
        self.amount = 0
        for name, ours in (("bankgiro", section.bankgiro), ("plusgiro", section.plusgiro)):
            if ours and not luhn.is_right(ours):
                self.notices.add("receiver_check_digit", f"{name} {ours!r} has a wrong check digit", number)

    def _close(self, line: str, number: int) -> Iterator[Check]:
        section = self.inside(records.DEPOSIT, number)
        deposit = self.deposit = records.deposit_of(line, number)
        where, count = section.where, self.paid + self.deducted
        self.deposits += 1
        if self.deposits <= FIRST:
            self.first.append(deposit)
        self._leave()
        yield Check("section amount", money(deposit.amount), money(self.amount), number, where)
        yield Check("section count", deposit.payments, count, number, where)
        yield Check("section currency", deposit.currency, section.currency, number, where)
        if deposit.day > date.today():
            self.notices.add("future_date", f"a deposit of {deposit.day}, which is to come", number)
        if deposit.type not in records.DEPOSIT_TYPES:
            self.notices.add("deposit_type", f"type {deposit.type!r} of a deposit is not known", number)

    def _end(self, line: str, number: int) -> Iterator[Check]:
        yield from self._unclosed("a record 70", number)
        said = records.counts_of(line, number)
        found = (self.payments, self.deductions, self.references, self.deposits)
        for name, one, other in zip(("payments", "deductions", "references", "deposits"), said, found, strict=True):
            yield Check(f"file {name}", one, other, number)
        self._ended = True

    def _unclosed(self, found: str, number: int) -> Iterator[Check]:
        if self.section is not None:
            yield Check("deposit record", "15", found, number, self.section.where)
            self._leave()

    def _leave(self) -> None:
        self.section = None
        self.payments += self.paid
        self.deductions += self.deducted
        self.paid = self.deducted = 0
