"""ACH files as NACHA has them (United States): payments, returns (99) and notices of change (98)."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from ..model.errors import Malformed
from ..model.record import RAW, SHOWN, START, Batch, Check, Fault, Mark, Notice, Reject, Row
from ..ports import Columns, Content, Guess, Parser
from ..settings.spec import Env, ParserSpec
from .nacha_entry import Entry, Header, row
from .nacha_records import WIDTH, Record, records
from .nacha_totals import USUAL, WIDE, Totals

_SIZE = 1000
_ADDENDA = 200
"""Addenda of one entry that are kept; a CTX entry may have 9,999, all of which are counted."""


class NachaSpec(ParserSpec):
    """NACHA (ACH)

    Files of 94 characters a record, one row for each entry. Hashes, counts and totals of each batch and of the file
    are checked.
    """

    money: ClassVar[bool] = True
    type: Literal["nacha"] = "nacha"
    side: Literal["receiver", "originator"] = "receiver"
    """Whose file it is. receiver: the entries are for our accounts, credits come in. originator: we sent it to our
    bank, credits go out. Entries that come back (returns) are the originator's either way."""

    def build(self, env: Env) -> Nacha:
        return Nacha(self.side == "originator")

    @classmethod
    def guess(cls, name: str, head: bytes) -> Guess | None:
        first = head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")[:WIDTH]
        if first[:2] != b"10" or not {10, 13}.isdisjoint(first[:40]):
            return None
        sure = first[34:37] == b"094" and first[23:29].isdigit()
        return Guess(0.97 if sure else 0.3, {}, "a file header of 94 characters")


@dataclass(frozen=True, slots=True)
class Nacha(Parser):
    """Reads batch by batch."""

    is_ours: bool = False

    def parse(self, content: Content, *, after: Mark = START, columns: Columns | None = None) -> Iterator[Batch]:
        reading = _Reading(self.is_ours)
        for record in records(content):
            reading.take(record)
            if reading.size >= _SIZE:
                yield reading.batch(record.line)
        reading.end()
        yield reading.batch(0)

    def reread(self, text: str, state: Mapping[str, Any]) -> Row:
        from ..core.content import BytesContent
        reading = _Reading(self.is_ours)
        for record in records(BytesContent(text.encode())):
            reading.take(record)
        reading.entered()
        if reading.rejects:
            raise Malformed(reading.rejects[0].faults[0].reason)
        if len(reading.rows) != 1:
            raise Malformed(f"there is to be one entry (6) below records 1 and 5, not {len(reading.rows)}")
        return reading.rows[0]


@dataclass(slots=True)
class _Reading:
    """One file on its way: the batch that is open, the entry whose addenda may follow."""

    is_ours: bool
    rows: list[Row] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    raws: list[tuple[Header, Entry]] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    number: int = 0
    first: Record | None = None     # the file header
    head: Header | None = None      # of the batch
    entry: Entry | None = None
    bad: str = ""                   # why the entry is none
    batch_totals: Totals = field(default_factory=Totals)
    totals: Totals = field(default_factory=Totals)
    control: Record | None = None   # the file control
    count: int = 0                  # records of this file
    width: int = USUAL              # digits of amounts in its controls

    @property
    def size(self) -> int:
        """How much was found since the last batch."""
        return len(self.rows) + len(self.rejects) + len(self.notices) + len(self.checks)

    def take(self, record: Record) -> None:
        """The next record."""
        kind = record.text[0]
        if self.first is None and kind != "1":
            raise Malformed("the first record is no file header (type 1): this is no ACH file", line=record.line)
        self.count += 1
        if self.control is not None and kind == "9":
            return
        if kind == "7":
            self._addendum(record)
            return
        self.entered()
        if (read := _TYPES.get(kind)) is None:
            self.notices.append(Notice("unknown_record", f"a record of type {kind!r}, left out", record.line))
        else:
            read(self, record)

    def end(self) -> None:
        """There are no more."""
        if self.first is None:
            raise Malformed("the file is empty: there is no file header (type 1)")
        self.entered()
        self._batch_ended(None)
        if self.control is None:
            self.checks.append(Check("file control", "a record of type 9", "none: the file ends early"))
        else:
            self.checks += self.totals.of_file(self.control, self.count, self.width)

    def batch(self, line: int) -> Batch:
        """What was found since the last one."""
        raws, first = self.raws, self.first
        done = Batch(self.rows, self.numbers, self.lines, Mark(self.number, 0, line), self.rejects, self.checks,
                     self.notices, self.facts, lambda at: _raw(first, *raws[at]))
        self.rows, self.numbers, self.lines, self.raws = [], [], [], []
        self.rejects, self.checks, self.notices, self.facts = [], [], [], {}
        return done

    def entered(self) -> None:
        """The entry that waited has all its addenda."""
        entry, self.entry = self.entry, None
        if entry is None:
            return
        self.number += 1
        why = self.bad or ("" if self.head else "no_batch: an entry outside any batch (5)")
        self.bad = ""
        if why or not self.head:
            self._refuse(entry, why)
            return
        if entry.more:
            self.notices.append(Notice("long_entry", f"{entry.more} addenda more than are kept", entry.record.line))
        self.rows.append(row(entry, self.head, is_ours=self.is_ours))
        self.numbers.append(self.number)
        self.lines.append(entry.record.line)
        self.raws.append((self.head, entry))

    def _refuse(self, entry: Entry, why: str) -> None:
        code, _, text = why.partition(": ")
        fault = Fault(code, text, "", entry.record.text[:SHOWN])
        self.rejects.append(Reject(self.number, entry.record.line, (fault,), _raw(self.first, self.head, entry)))

    def _file(self, record: Record) -> None:
        if self.first is not None:      # another file behind this one
            self.count -= 1
            self.end()
            self.totals, self.control, self.count, self.width = Totals(), None, 1, USUAL
        self.first = record
        self.facts = {**self.facts, "files": [*self.facts.get("files", []), {
            "origin": record.at(14, 23), "destination": record.at(4, 13), "made": record.at(24, 33),
            "origin_name": record.at(64, 86), "destination_name": record.at(41, 63)}]}

    def _batch(self, record: Record) -> None:
        self._batch_ended(None)
        first = self.first or record
        self.head = Header(record.line, record, first.at(14, 23), first.text[23:29])
        self.batch_totals = Totals()
        self.width = WIDE if self.head.is_advice else USUAL

    def _entry(self, record: Record) -> None:
        try:
            self.entry = Entry(record, record.number(28 if self.head and self.head.is_advice else 30, 39))
            self.bad = _wrong(record, self.head)
        except ValueError as error:
            self.entry, self.bad = Entry(record, 0), f"bad_amount: {error}"
        self.batch_totals.add(record, self.entry.amount, is_debit=self.entry.is_debit)

    def _addendum(self, record: Record) -> None:
        self.batch_totals.entries += 1
        if self.entry is None:
            self.notices.append(Notice("stray_addendum", "an addendum (7) without an entry, left out", record.line))
        elif len(self.entry.addenda) < _ADDENDA:
            self.entry.addenda.append(record)
        else:
            self.entry.more += 1

    def _batch_ended(self, control: Record | None) -> None:
        if self.head is None:
            if control is not None:
                self.notices.append(Notice("stray_control", "a batch control (8) without a batch", control.line))
            return
        where, self.head = f"batch {self.head.number} {self.head.company}".strip(), None
        self.totals.add_all(self.batch_totals)
        if control is None:
            self.checks.append(Check("batch control", "a record of type 8", "none: the batch ends early", 0, where))
        else:
            self.checks += self.batch_totals.of_batch(control, where, self.width)

    def _file_ended(self, record: Record) -> None:
        self._batch_ended(None)
        self.control = record


def _wrong(record: Record, head: Header | None) -> str:
    """What makes an entry none, with its code; "" if it is one."""
    if "\t" in record.text:
        return "changed_line: a TAB in it: an editor changed this line"
    if record.was < WIDTH - 15:
        return f"short_record: the entry has {record.was} characters, not {WIDTH}"
    if record.was > WIDTH:
        return f"long_record: the entry has {record.was} characters, not {WIDTH}"
    if not (record.text[1] in ("8" if head and head.is_advice else "2345") and record.text[2].isdigit()):
        return f"bad_code: {record.text[1:3]!r} is no transaction code"
    return ""


def _raw(first: Record | None, head: Header | None, entry: Entry) -> str:
    """An entry below the headers of its file and batch, so that it can be read again alone."""
    heads = [one.text.rstrip() for one in (first, head.record if head else None) if one]
    return "\n".join([*heads, entry.raw])[:RAW]


_TYPES: Mapping[str, Callable[[_Reading, Record], None]] = {
    "1": _Reading._file, "5": _Reading._batch, "6": _Reading._entry, "8": _Reading._batch_ended,
    "9": _Reading._file_ended}
