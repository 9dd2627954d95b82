"""One ACH file on its way: batches, entries with their addenda, and what controls say of them."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..model.errors import Malformed
from ..model.record import SHOWN, Check, Fault
from .collected import Collected
from .nacha_entry import Entry, Header, row
from .nacha_records import WIDTH, Record
from .nacha_totals import USUAL, WIDE, Totals

_ADDENDA = 200
"""Addenda of one entry that are kept; a CTX entry may have 9,999, all of which are counted."""


@dataclass(slots=True)
class Reading:
    """One file on its way: the batch that is open, the entry whose addenda may follow."""

    is_ours: bool
    out: Collected = field(default_factory=lambda: Collected(_shown))
    first: Record | None = None     # the file header
    head: Header | None = None      # of the batch
    entry: Entry | None = None
    bad: str = ""                   # why the entry is none
    batch_totals: Totals = field(default_factory=Totals)
    totals: Totals = field(default_factory=Totals)
    control: Record | None = None   # the file control
    count: int = 0                  # records of this file
    width: int = USUAL              # digits of amounts in its controls

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
            self.out.notice("unknown_record", f"a record of type {kind!r}, left out", record.line)
        else:
            read(self, record)

    def end(self) -> None:
        """There are no more."""
        if self.first is None:
            raise Malformed("the file is empty: there is no file header (type 1)")
        self.entered()
        self._batch_ended(None)
        if self.control is None:
            self.out.checks.append(Check("file control", "a record of type 9", "none: the file ends early"))
        else:
            self.out.checks += self.totals.of_file(self.control, self.count, self.width)

    def entered(self) -> None:
        """The entry that waited has all its addenda."""
        entry, self.entry = self.entry, None
        if entry is None:
            return
        head, why, self.bad = self.head, self.bad, ""
        kept = self.first, head, entry
        if why or head is None:
            code, _, text = (why or "no_batch: an entry outside any batch (5)").partition(": ")
            fault = Fault(code, text, "", entry.record.text[:SHOWN])
            self.out.refuse((fault,), entry.record.line, kept)
            return
        if entry.more:
            self.out.notice("long_entry", f"{entry.more} addenda more than are kept", entry.record.line)
        self.out.add(row(entry, head, is_ours=self.is_ours), entry.record.line, kept, WIDTH * (1 + len(entry.addenda)))

    def _file(self, record: Record) -> None:
        if self.first is not None:      # another file behind this one
            self.count -= 1
            self.end()
            self.totals, self.control, self.count, self.width = Totals(), None, 1, USUAL
        self.first = record
        self.out.tell("files", {
            "origin": record.at(14, 23), "destination": record.at(4, 13), "made": record.at(24, 33),
            "origin_name": record.at(64, 86), "destination_name": record.at(41, 63)})

    def _batch(self, record: Record) -> None:
        self._batch_ended(None)
        first = self.first or record
        self.head = Header(record, first.at(14, 23), first.text[23:29])
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
            self.out.notice("stray_addendum", "an addendum (7) without an entry, left out", record.line)
        elif len(self.entry.addenda) < _ADDENDA:
            self.entry.addenda.append(record)
        else:
            self.entry.more += 1

    def _batch_ended(self, control: Record | None) -> None:
        if self.head is None:
            if control is not None:
                self.out.notice("stray_control", "a batch control (8) without a batch", control.line)
            return
        where, self.head = f"batch {self.head.number} {self.head.company}".strip(), None
        self.totals.add_all(self.batch_totals)
        if control is None:
            self.out.checks.append(Check("batch control", "a record of type 8", "none: the batch ends early", 0, where))
        else:
            self.out.checks += self.batch_totals.of_batch(control, where, self.width)

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


def _shown(kept: tuple[Record | None, Header | None, Entry]) -> str:
    """An entry below the headers of its file and batch, so that it can be read again alone."""
    first, head, entry = kept
    heads = [one.text.rstrip() for one in (first, head.record if head else None) if one]
    return "\n".join([*heads, entry.raw])


_TYPES: Mapping[str, Callable[[Reading, Record], None]] = {
    "1": Reading._file, "5": Reading._batch, "6": Reading._entry, "8": Reading._batch_ended,
    "9": Reading._file_ended}
