"""Reads the payments of a BgMax file, batch by batch."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..model.record import RAW, SHOWN, Batch, Check, Fault, Mark, Reject, Row, Stage
from . import luhn
from .bgmax_controls import Controls
from .bgmax_payment import Payments, unreadable
from .bgmax_records import ENDS_PAYMENT, EXTRAS, FOLLOWERS, MONEY, MOST_RECORDS, SECTION, WIDTH, Deposited, broken
from .bgmax_scan import count, is_changed
from .lines import Block, is_empty
from .notices import Notices

ROWS = 1000             # from so many on, they are given out
DEPOSITS = 1000         # of a file are told as facts


class Reading:
    """One file that is being read. `deposits`: of each section in turn."""

    def __init__(self, deposits: Iterator[Deposited | None], *, test: bool, length_digit: bool) -> None:
        self._deposits, self._length_digit = deposits, length_digit
        self._notices = Notices()
        self._controls = Controls(self._notices, test=test)
        self._payments = Payments(self._notices)
        self._number = self._line = self._offset = 0
        self._texts = _Texts()
        self._told = 0
        self._totals: dict[str, int] = {}
        self._fresh()

    def _fresh(self) -> None:
        self._rows: list[Row] = []
        self._numbers: list[int] = []
        self._lines: list[int] = []
        self._rejects: list[Reject] = []
        self._checks: list[Check] = []
        self._facts: dict[str, Any] = {}

    @property
    def full(self) -> bool:
        """Whether there are enough rows to be given out."""
        return len(self._rows) + len(self._rejects) >= ROWS or len(self._texts) > MOST_RECORDS

    def take(self, block: Block) -> None:
        """The next lines."""
        self._texts.add(block)
        self._offset = block.offset
        changed = any("\t" in line or len(line) > WIDTH for line in block.lines)
        followers = self._payments.followers
        for number, line in enumerate(block.lines, block.first):
            code = line[:2]
            follow = followers.get(code)
            if follow is not None:
                if code in EXTRAS:
                    self._controls.references += 1
                if changed and is_changed(line):
                    line = self._payments.changed(line, number)
                if self._payments.line:
                    follow(line, number)
                else:
                    self._notices.add("lone_record", f"a record {code} that belongs to no payment", number)
            elif code in MONEY:
                self._payment(code, line, number, changed=changed)
            elif line:
                self._other(code, line, number)
        self._line = block.first + len(block.lines)
        if self._payments.line and self._line - self._payments.line > MOST_RECORDS:
            raise broken("too_many_records", f"a payment with more than {MOST_RECORDS} records", self._payments.line)

    def batch(self) -> Batch:
        """What was read since the last one, up to the payment that is being read."""
        texts = self._texts
        self._digits()
        batch = Batch(self._rows, self._numbers, self._lines, rejects=self._rejects, checks=self._checks,
                      notices=self._notices.take(), facts=self._facts, raw=self._raw(texts, self._lines),
                      after=Mark(self._number - bool(self._payments.line), self._offset,
                                 self._payments.line or self._line))
        self._texts = texts.since(self._payments.line or self._line)
        self._fresh()
        return batch

    def finish(self) -> None:
        """At the end of the file."""
        self._end()
        self._checks += self._controls.finish()
        self._facts |= self._controls.facts
        if self._notices.counts:
            self._facts["notices"] = dict(self._notices.counts)

    def _payment(self, code: str, line: str, number: int, *, changed: bool) -> None:
        self._end()
        controls = self._controls
        controls.inside(code, number)
        self._number += 1
        if changed and is_changed(line):
            fault: Fault | None = Fault("changed_line", "a TAB or more than 80 characters: an editor changed this line",
                                        "", line[:SHOWN])
        else:
            fault = unreadable(line)
            if fault is None or fault.code != "amount":
                count(controls, code, int(line[37:55]))
        if fault is None:
            self._payments.begin(code, line, number)
        else:
            self._payments.unreadable(line, number, fault)

    def _end(self) -> None:
        """The payment that was being read is whole."""
        payments = self._payments
        if not payments.line:
            return
        payments.end()
        if payments.faults:
            raw = self._texts.row(payments.line)
            self._rejects.append(Reject(self._number, payments.line, payments.faults, raw, payments.row or None,
                                        Stage.PARSE))
        else:
            self._rows.append(payments.row)
            self._numbers.append(self._number)
            self._lines.append(payments.line)
        payments.line = 0

    def _other(self, code: str, line: str, number: int) -> None:
        if is_empty(line):
            return
        if code in ENDS_PAYMENT:
            self._end()
        before = self._controls.deposits
        self._checks += self._controls.take(code, line, number)
        if code == SECTION and self._controls.section:
            self._payments.open(self._controls.section, next(self._deposits, None))
        if self._controls.deposits > before:
            self._deposit()

    def _deposit(self) -> None:
        deposit = self._controls.deposit
        if deposit is not None and self._told < DEPOSITS:
            self._told += 1
            self._facts.setdefault("deposits", []).append(
                {"account": deposit.account, "date": deposit.day.isoformat(), "serial": deposit.serial,
                 "amount": str(self._checks[-3].said), "currency": deposit.currency, "count": deposit.count})

    def _digits(self) -> None:
        """Notices of check digits that are wrong."""
        rows = self._rows
        ocr = [row for row in rows if row["reference_code"] == "2"]
        self._wrong("payer_check_digit", "bankgiro", "payer_account", rows, 10)
        self._wrong("org_check_digit", "organisation number", "payer_org", rows, 12)
        self._wrong("ocr_check_digit", "OCR reference", "reference", ocr, 25)
        for row in ocr if self._length_digit else ():
            if (text := row["reference"]) and text[-2:-1] != str(len(text) % 10):
                self._notices.add("length_digit", f"the last but one digit of {text!r} is not its length", row["line"])

    def _wrong(self, code: str, name: str, column: str, rows: list[Row], width: int) -> None:
        for at in luhn.wrong([row[column] for row in rows], width):
            self._notices.add(code, f"{name} {rows[at][column]!r} has a wrong check digit", rows[at]["line"])

    @staticmethod
    def _raw(texts: _Texts, lines: list[int]) -> Any:
        return lambda at: texts.row(lines[at])


class _Texts:
    """The lines of the rows that were not given out yet."""

    def __init__(self, first: int = 1, lines: list[str] | None = None) -> None:
        self._first, self._lines = first, [] if lines is None else lines

    def add(self, block: Block) -> None:
        if not self._lines:
            self._first = block.first
        self._lines += block.lines

    def __len__(self) -> int:
        return len(self._lines)

    def row(self, line: int) -> str:
        """The record that begins there, and those that belong to it."""
        at = line - self._first
        end = at + 1
        while end < len(self._lines) and self._lines[end][:2] in FOLLOWERS:
            end += 1
        return "\n".join(self._lines[at:end])[:RAW]

    def since(self, line: int) -> _Texts:
        """Only those from that line on."""
        return _Texts(line, self._lines[line - self._first:])
