"""CSV files as batches of rows."""
from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from ..core.columns import texts
from ..model.errors import Malformed
from ..model.record import Batch, Check, Fault, Mark, Notice, Row, Stage
from ..model.words import count as words
from ..ports import START, Columns, Content, Parser
from ..ports.parser import Reading
from . import csv_header
from .csv_header import Header, Wanted
from .csv_records import Dialect, Place, Stretch, records, stretches, with_end
from .text import Decoding, decoding, lines_of, pieces
from .text_batch import SKIPPED, Lost, batch_of, decoding_of, odd_faults, resumed, state_of


class Rules(NamedTuple):
    """How files are read."""

    dialect: Dialect = Dialect()
    wanted: Wanted = Wanted()
    encoding: str | None = None
    fallback: str | None = None
    ragged: str = "error"
    longest: int = 1 << 20


class CsvParser(Parser):
    """Python's csv reader over blocks of whole lines. A mark keeps the header, so that one can go on at any row."""

    seeks = True
    lasts = True
    casts = True

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        # The limit is the whole process's, so it is only ever raised.
        csv.field_size_limit(max(csv.field_size_limit(), rules.longest))

    def parse(self, content: Content, *, after: Mark = START, columns: Columns | None = None) -> Iterator[Batch]:
        return resumed(lambda mark: self._batches(content, mark, columns), after, columns)

    def checks(self, content: Content) -> Iterator[Check | Notice]:
        """Nothing but whether it is text in one encoding and has a header."""
        self._header(content, self._decoding(content), None)
        yield from ()

    def reread(self, text: str, state: Mapping[str, Any]) -> Row:
        found = records(lines_of(text), self._rules.dialect)
        header = tuple(state["header"])
        if found.rest or found.broken or len(found.values) != 1:
            raise Malformed(f"that is not one row: {next(iter(found.broken.values()), 'a quote is open, or lines')}")
        if "\0" in text:
            raise Malformed("there is a NUL byte in it")
        values = _fitted(found.values[0], len(header), self._rules.ragged)
        if isinstance(values, Fault):
            raise Malformed(values.reason)
        return dict(zip(header, values, strict=True))

    def _batches(self, content: Content, after: Mark, columns: Columns | None) -> Iterator[Batch]:
        how = decoding_of(after.state) if after.state else self._decoding(content)
        header = (Header(tuple(after.state["header"]), Place(after.offset, after.line)) if after.state
                  else self._header(content, how, columns))
        reading = _reading(header, columns)
        mark = Mark(after.number, *header.rows, state_of(how, header=list(header.names)))
        notices = [] if after.state or not columns else _notices(header, columns)
        quick = not (columns and columns.remembers)     # what was seen cannot be taken back
        for stretch in self._stretches(content, how, header.rows, quick=quick):
            if (batch := _Taking(self._rules, header.names, reading, stretch, how).batch(mark)) is None:
                continue
            batch.notices, notices = notices, []
            mark = batch.after
            yield batch
        if mark.number == after.number:
            yield Batch([], [], [], mark, notices=notices)

    def _decoding(self, content: Content) -> Decoding:
        return decoding(content, self._rules.encoding, self._rules.fallback)

    def _header(self, content: Content, how: Decoding, columns: Columns | None) -> Header:
        wanted = self._rules.wanted
        if columns and not wanted.header and not wanted.names:
            wanted = wanted._replace(names=columns.absent(()))
        begin = _skipped(content, how, wanted.skip, self._rules.longest)
        return csv_header.found(wanted, self._stretches(content, how, begin), how, begin)

    def _stretches(self, content: Content, how: Decoding, begin: Place, *, quick: bool = False) -> Iterator[Stretch]:
        return stretches(content, how, self._rules.dialect, begin, self._rules.longest, quick=quick)


def _skipped(content: Content, how: Decoding, skip: int, longest: int) -> Place:
    """The place behind so many lines."""
    offset, line = how.start, 1
    for piece in pieces(content, how, longest=longest) if skip else ():
        some = piece.lines[:skip + 1 - line]
        offset, line = piece.offset + how.size("".join(some)), line + len(some)
        if line > skip:
            break
    return Place(offset, line)


def _reading(header: Header, columns: Columns | None) -> Reading:
    if columns is None:
        return texts(header.names)
    try:
        return columns.reading(header.names)
    except Malformed as error:
        raise Malformed(str(error), line=max(1, header.rows.line - 1)) from None


def _notices(header: Header, columns: Columns) -> list[Notice]:
    absent = columns.absent(header.names)
    found = [Notice("missing_columns", f"the file does not have {', '.join(absent)}", header.rows.line - 1)]
    return found if absent else []


class _Taking:
    """One stretch of a file becoming a batch."""

    def __init__(self, rules: Rules, names: Sequence[str], reading: Reading, stretch: Stretch, how: Decoding) -> None:
        self._rules = rules
        self._names = names
        self._reading = reading
        self._stretch = stretch
        self._how = how
        self._lost: dict[int, Lost] = {}

    def batch(self, before: Mark) -> Batch | None:
        """None if the stretch is spoilt."""
        stretch = self._stretch
        values = stretch.records.values
        if stretch.is_quick:
            rows = self._quick()
        elif stretch.is_odd:    # the quick way does not look for what is odd
            rows = [row for at, record in enumerate(values) if (row := self._mend(at, record)) is not None]
        else:
            rows = self._reading.take(values, self._mend)
        return None if stretch.is_spoilt else batch_of(rows, self._lost, stretch, self._how, before)

    def _quick(self) -> list[Row]:
        """Records are never held together, which is quicker than all else; afterwards it shows whether each was a
        line."""
        lines = self._stretch.lines
        reader = self._rules.dialect.reader(with_end(lines))
        try:
            rows = self._reading.take(islice(reader, len(lines)), self._mend)
            self._stretch.is_spoilt = list(reader) != [[]]
        except csv.Error:
            rows, self._stretch.is_spoilt = [], True
        return rows

    def _mend(self, at: int, record: Sequence[str]) -> Row | None:
        found = self._careful(at, record)
        if isinstance(found, Lost):
            self._lost[at] = found
            return None
        return found

    def _careful(self, at: int, record: Sequence[str]) -> Row | Lost:
        if at in self._stretch.records.broken:
            return Lost((_broken(self._stretch.records.broken[at]),))
        if not record or (len(record) == 1 < len(self._names) and not record[0].strip()):
            return SKIPPED
        if self._stretch.is_odd and (odd := odd_faults(self._names, record, self._how.encoding)):
            return odd
        values = _fitted(record, len(self._names), self._rules.ragged)
        if isinstance(values, Fault):
            return Lost((values,))
        row = self._reading.row(values)
        if isinstance(row, dict):
            return row
        return Lost(row, Stage.VALIDATE, dict(zip(self._names, values, strict=True)))


def _broken(wrong: str) -> Fault:
    if "expected after" in wrong:
        wrong = "there is text behind a closing quote; a quote inside a quoted value is written twice"
    return Fault("bad_quoting", wrong)


def _fitted(record: Sequence[str], width: int, ragged: str) -> Sequence[str] | Fault:
    """As many values as there are columns, or what is wrong. `pad` loses nothing: only what is empty is left out."""
    count = len(record)
    if count < width and ragged != "error":
        return [*record, *[""] * (width - count)]
    if count > width and (ragged == "truncate" or (ragged == "pad" and not any(record[width:]))):
        return record[:width]
    if count == width:
        return record
    code = "too_few_values" if count < width else "too_many_values"
    return Fault(code, f"has {words(count, 'value')}, and there are {words(width, 'column')}")
