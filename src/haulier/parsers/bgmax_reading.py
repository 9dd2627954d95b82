"""Reads the payments of a BgMax file, batch by batch."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..model.record import Batch, Check, Mark, Reject, Row
from .bgmax_controls import Controls
from .bgmax_digits import Digits
from .bgmax_payment import CHANGED, Payments, unreadable
from .bgmax_records import DEDUCTION, ENDS_PAYMENT, FOLLOWERS, MONEY, MOST_RECORDS, PAYMENT, SECTION, Deposited
from .bgmax_row import MOST, RECORDS
from .bgmax_scan import any_changed, is_amount, mended
from .bgmax_texts import Texts
from .giro import broken
from .lines import Block, is_empty
from .notices import Notices

ROWS = 200              # from so many on, they are given out: a block or two, while a processor's cache has them
DEPOSITS = 1000         # of a file are told as facts


class Reading:
    """One file that is being read. `deposits`: of each section in turn."""

    def __init__(self, deposits: Iterator[Deposited | None], *, test: bool, length_digit: bool) -> None:
        self._deposits = deposits
        self._notices = Notices()
        self._digits = Digits(self._notices, length=length_digit)
        self._controls = Controls(self._notices, test=test)
        self._payments = Payments(self._notices)
        self._texts = Texts([])
        self._first, self._line, self._offset = 1, 1, 0     # number of the next row; what was read
        self._told = 0
        self._fresh([])

    def _fresh(self, rows: list[Row]) -> None:
        self._rows = rows       # the last one may go on
        self._checked = 0       # of them, whose digits are
        self._rejects: list[Reject] = []
        self._checks: list[Check] = []
        self._facts: dict[str, Any] = {}

    @property
    def full(self) -> bool:
        """Whether there are enough rows to be given out."""
        return len(self._rows) + len(self._rejects) >= ROWS or self._line - self._texts.first > MOST_RECORDS

    def take(self, block: Block) -> None:
        """The next lines."""
        self._texts.add(block)
        text = self._mended(block) if any_changed(block) else block.text
        found, at, number = RECORDS.findall(f"\n{text}"), 0, block.first
        lines: list[str] = []
        payers = [*[fields[0] for fields in found], ""]     # "" of other lines
        while at < len(found):
            if payers[at] and self._is_open:
                end = payers.index("", at)
                number = self._usual(found[at:end], number)
                at = end
                continue
            lines = lines or text.split("\n")
            for line in lines[number - block.first:number - block.first + _records(found[at])]:
                self._record(line, number)
                number += 1
            at += 1
        self._check()
        self._line, self._offset = number, block.offset
        begun = self._payments.line
        if begun and number - begun > MOST_RECORDS:
            raise broken("too_many_records", f"a payment with more than {MOST_RECORDS} records", begun)

    def _usual(self, found: Sequence[Sequence[str]], number: int) -> int:
        """Payments that follow one another; the line behind them."""
        if self._payments.faults or self._payments.parts:
            self._end()
        amount, number = self._payments.usual(found, number, self._rows)
        self._controls.amount += amount
        self._controls.paid += len(found)
        return number

    @property
    def _is_open(self) -> bool:
        """Whether payments may stand here, and are sound."""
        return self._controls.section is not None and self._payments.are_sound

    def batch(self) -> Batch:
        """What was read since the last one, up to the payment that is being read."""
        self._check()
        pending = [self._rows.pop()] if self._payments.row else []
        texts, rows = self._texts, self._rows
        lines = [row["line"] for row in rows]
        count = len(rows) + len(self._rejects)
        next_line = self._payments.line or self._line
        batch = Batch(rows, self._numbers(count), lines, rejects=self._rejects, checks=self._checks,
                      notices=self._notices.take(), facts=self._facts, raw=lambda at: texts.row(lines[at]),
                      after=Mark(self._first + count - 1, self._offset, next_line))
        self._first += count
        self._texts = texts.since(next_line)
        self._fresh(pending)
        return batch

    def finish(self) -> None:
        """At the end of the file."""
        self._end()
        self._check()
        self._checks += self._controls.finish()
        self._facts |= self._controls.facts
        if self._notices.counts:
            self._facts["notices"] = dict(self._notices.counts)

    def _check(self) -> None:
        """Digits of the rows that are whole, while they are in a processor's cache."""
        whole = len(self._rows) - bool(self._payments.row)
        self._digits.check(self._rows[self._checked:whole])
        self._checked = whole

    def _numbers(self, count: int) -> Sequence[int]:
        numbers = range(self._first, self._first + count)
        if not self._rejects:
            return numbers
        refused = {reject.number for reject in self._rejects}
        return [number for number in numbers if number not in refused]

    def _mended(self, block: Block) -> str:
        whole = mended(block.lines)
        for number, (line, other) in enumerate(zip(block.lines, whole, strict=True), block.first):
            if line != other and line[:2] in FOLLOWERS:
                self._notices.add("changed_line", "a TAB or more than 80 characters: read with TABs of 8", number)
        return "\n".join(whole)

    def _record(self, line: str, number: int) -> None:
        """One line by itself."""
        code = line[:2]
        if code in MONEY:
            self._money(code, line, number)
        elif follow := self._payments.followers.get(code):
            follow(line, number)
        elif not is_empty(line):
            self._other(code, line, number)

    def _other(self, code: str, line: str, number: int) -> None:
        if code in ENDS_PAYMENT:
            self._end()
        controls = self._controls
        before, controls.references = controls.deposits, self._payments.references
        self._checks += controls.take(code, line, number)
        if code == SECTION and controls.section:
            self._payments.open(controls.section, next(self._deposits, None))
        if controls.deposits > before:
            self._deposit()

    def _money(self, code: str, line: str, number: int) -> None:
        self._end()
        payments, controls = self._payments, self._controls
        controls.inside(code, number)
        fault = unreadable(line)
        if fault and fault.code == CHANGED:
            payments.unreadable(number, fault)
            return
        minor = None
        if is_amount(line[37:55]):
            minor = int(line[37:55]) * (-1 if code == DEDUCTION else 1)
            controls.amount += minor
            controls.paid += code == PAYMENT
            controls.deducted += code == DEDUCTION
        self._rows.append((payments.begin if code == PAYMENT else payments.deduct)(line, number, minor))
        if fault:
            payments.faults += (fault,)

    def _end(self) -> None:
        """The payment that was being read is whole."""
        payments = self._payments
        payments.end()
        if payments.line and payments.faults:
            if payments.row:
                self._rows.pop()
            number = self._first + len(self._rows) + len(self._rejects)
            self._rejects.append(Reject(number, payments.line, payments.faults, self._texts.row(payments.line),
                                        payments.row or None))
        payments.row, payments.line, payments.faults = {}, 0, ()

    def _deposit(self) -> None:
        deposit = self._controls.deposit
        if deposit is not None and self._told < DEPOSITS:
            self._told += 1
            self._facts.setdefault("deposits", []).append(
                {"account": deposit.account, "date": deposit.day.isoformat(), "serial": deposit.serial,
                 "amount": str(self._checks[-3].said), "currency": deposit.currency, "count": deposit.payments})


def _records(fields: Sequence[str]) -> int:
    """How many there are in what bgmax_row.RECORDS found."""
    return MOST - fields.count("") if fields[0] else 1
