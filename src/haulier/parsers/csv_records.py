"""Lines of a CSV file as records, with the line that each begins on; a record may be several lines."""
from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

from ..model.errors import Malformed
from ..ports import Content
from .text import Decoding, Piece, lines_of, pieces

_END = ("\n",)
"""An empty line: read as a record of its own if nothing is open, and else as part of what is."""


_CAREFUL = 8
"""Pieces of a file that are not tried quickly after one that had records of several lines."""


class Dialect(NamedTuple):
    """How values stand in a line."""

    delimiter: str = ","
    quote: str = '"'
    escape: str = ""
    doubled: bool = True
    skip_space: bool = False
    strict: bool = True
    comment: str = ""

    def reader(self, lines: Iterable[str]) -> Any:
        """The records of those lines."""
        return csv.reader(lines, delimiter=self.delimiter, quotechar=self.quote or None,
                          quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
                          escapechar=self.escape or None, doublequote=self.doubled,
                          skipinitialspace=self.skip_space, strict=self.strict)


class Place(NamedTuple):
    """Where a record begins."""

    offset: int = 0
    line: int = 1


class Records(NamedTuple):
    """What some lines are. Records without values are blank lines, comments and broken ones."""

    values: list[list[str]]
    starts: Sequence[int]       # the line that each begins on, from 0
    broken: dict[int, str]      # what is wrong with a record, by its place
    rest: int                   # lines at the end that are no whole record yet


@dataclass(slots=True)
class Stretch:
    """Some whole records of a file. `is_quick`: each line seems to be one, and nobody has split them yet; whoever
    finds that it is not so says that the stretch is spoilt, and gets the same lines again, with care."""

    lines: list[str]
    records: Records
    line: int
    offset: int
    end: int                    # bytes of the file up to its end
    is_odd: bool = False        # a NUL, or a byte that is no text
    is_quick: bool = False
    is_spoilt: bool = False

    def text(self, at: int) -> str:
        """The record at that place as it stands in the file."""
        starts = self.records.starts
        end = starts[at + 1] if at + 1 < len(starts) else len(self.lines)
        return "".join(self.lines[starts[at]:end]).rstrip("\r\n")


def with_end(lines: list[str]) -> Iterator[str]:
    """Behind the last record there is then one more, which is empty, unless that last one is still open."""
    return chain(lines, _END)


def records(lines: list[str], dialect: Dialect) -> Records:
    """All at once where each line is a record, and else one by one."""
    comment = dialect.comment
    if not comment or not any(line.startswith(comment) for line in lines):
        try:
            values = list(dialect.reader(with_end(lines)))
        except csv.Error:
            return _one_by_one(lines, dialect)
        if not values.pop() and len(values) == len(lines):
            return Records(values, range(len(lines)), {}, 0)
    return _one_by_one(lines, dialect)


def _one_by_one(lines: list[str], dialect: Dialect) -> Records:
    source = with_end(lines)
    reader = dialect.reader(source)
    found = Records([], [], {}, 0)
    values: list[str]
    at = 0
    while at < len(lines):
        if dialect.comment and lines[at].startswith(dialect.comment):
            next(source)
            values, wrong, used = [], "", 1
        else:
            values, wrong, used = _next(reader)
        if at + used > len(lines):
            return found._replace(rest=len(lines) - at)
        if wrong:
            found.broken[len(found.values)] = wrong
        found.values.append(values)
        found.starts.append(at)     # type: ignore[attr-defined]
        at += used
    return found


def _next(reader: Any) -> tuple[list[str], str, int]:
    before = reader.line_num
    try:
        values, wrong = next(reader), ""
    except csv.Error as error:
        values, wrong = [], str(error)
    return values, wrong, reader.line_num - before


def stretches(content: Content, how: Decoding, dialect: Dialect, begin: Place, longest: int, *,
              quick: bool = False) -> Iterator[Stretch]:
    """The records from that place on; Malformed if one is too long or a quote is never closed, with the line where it
    opens. `quick`: some are given unsplit."""
    waiting = _Open(how, dialect, begin, longest)
    careful = 0
    quick = quick and not dialect.escape and not dialect.comment
    for piece in pieces(content, how, offset=begin.offset, line=begin.line, longest=longest):
        careful -= 1
        if quick and careful < 0 and not waiting.lines and not piece.is_odd:
            whole = Records([], range(len(piece.lines)), {}, 0)
            stretch = Stretch(piece.lines, whole, waiting.place.line, piece.offset, piece.end, is_quick=True)
            yield stretch
            if not stretch.is_spoilt:
                waiting.place = Place(piece.end, waiting.place.line + len(piece.lines))
                continue
            careful = _CAREFUL
        yield from waiting.add(piece)
    yield from waiting.end()


class _Open:
    """Lines that are no whole records yet, and where they begin."""

    def __init__(self, how: Decoding, dialect: Dialect, begin: Place, longest: int) -> None:
        self.lines: list[str] = []
        self.place = begin
        self._how = how
        self._dialect = dialect
        self._longest = longest
        self._is_odd = False
        self._enough = 0

    def add(self, piece: Piece) -> Iterator[Stretch]:
        """The records that are whole with it. A record of many lines is only tried again when it is twice as long, or
        that would never end."""
        if not self.lines:
            self.place, self._is_odd, self._enough = Place(piece.offset, self.place.line), False, 0
        self.lines += piece.lines
        self._is_odd |= piece.is_odd
        if len(self.lines) >= self._enough:
            yield from self._closed()
            if self.lines and sum(map(len, self.lines)) > self._longest:
                raise self._unclosed(f"is still open after {self._longest} characters")

    def end(self) -> Iterator[Stretch]:
        """The last records; Malformed if one is never closed."""
        if self.lines:
            yield from self._closed()
        if self.lines:
            raise self._unclosed("is never closed")

    def _closed(self) -> Iterator[Stretch]:
        found = records(self.lines, self._dialect)
        self._no_giants(found)
        many = len(self.lines) - found.rest
        closed, self.lines = self.lines[:many], self.lines[many:]
        place = self.place
        self.place = Place(place.offset + self._how.size("".join(closed)), place.line + many)
        self._enough = 2 * len(self.lines)
        if closed:
            yield Stretch(closed, found, place.line, place.offset, self.place.offset, self._is_odd)

    def _no_giants(self, found: Records) -> None:
        for at, wrong in found.broken.items():
            if wrong.startswith("field larger"):
                line = self.place.line + found.starts[at]
                raise Malformed(f"a value that begins on line {line} is longer than {self._longest} characters: a "
                                "quote that is not closed?", line=line)

    def _unclosed(self, why: str) -> Malformed:
        try:
            *_, last = self._dialect._replace(strict=False).reader(self.lines)
            # A value that ends with the end of a line is as many lines as it has ends, and else one more.
            inside = len(lines_of(last[-1])) if last else 1
        except csv.Error:
            inside = len(self.lines)
        line = self.place.line + max(0, len(self.lines) - max(inside, 1))
        return Malformed(f"the quote that opens on line {line} {why}", line=line,
                         offset=self.place.offset if line == self.place.line else None)
