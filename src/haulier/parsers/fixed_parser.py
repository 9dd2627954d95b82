"""Lines whose values stand at fixed places, as batches of rows."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from ..core.columns import texts
from ..model.errors import Malformed
from ..model.record import SHOWN, Batch, Check, Fault, Mark, Notice, Row, Stage
from ..model.words import count
from ..ports import START, Columns, Content, Parser
from ..ports.parser import Reading
from .csv_records import Place, Records, Stretch
from .text import Decoding, decoding, pieces
from .text_batch import SKIPPED, Lost, batch_of, decoding_of, odd_faults, resumed, shown, state_of


class Layout(NamedTuple):
    """Where the values of one kind of line are."""

    name: str                               # of that kind; "" if there is only one
    key: str                                # what such lines have at the place that tells; "" for all
    columns: tuple[str, ...]
    places: tuple[tuple[int, int], ...]     # from, to: characters before, as Python counts
    width: int                              # characters of a line
    taken: bool = True                      # its lines are rows

    def slices(self) -> list[slice]:
        """The places, as they cut a line that is long enough."""
        return [slice(start, end) for start, end in self.places]


class FixedRules(NamedTuple):
    """How files are read."""

    layouts: tuple[Layout, ...]
    tells: slice = slice(0, 0)      # the place that says what kind of line it is
    encoding: str | None = None
    fallback: str | None = None
    skip: int = 0
    short: str = "error"
    long: str = "error"
    comment: str = ""
    record: str = "record"          # the column with the kind of line, where there are several
    longest: int = 1 << 20


class FixedParser(Parser):
    """One slicing function for each kind of line; lines that are not as they should be are looked at with care."""

    seeks = True
    lasts = True

    def __init__(self, rules: FixedRules) -> None:
        self._rules = rules
        self._kinds = {layout.key: layout for layout in rules.layouts}
        # With several kinds of lines, columns can only be asked of rows that are known to be of one.
        self.casts = len(rules.layouts) == 1

    def parse(self, content: Content, *, after: Mark = START, columns: Columns | None = None) -> Iterator[Batch]:
        return resumed(lambda mark: self._batches(content, mark, columns), after, columns)

    def checks(self, content: Content) -> Iterator[Check | Notice]:
        """Nothing but whether it is text in one encoding."""
        self._decoding(content)
        yield from ()

    def reread(self, text: str, state: Mapping[str, Any]) -> Row:
        line = text.rstrip("\r\n")
        found = self._careful(line, self._readings(None), "text")
        if not isinstance(found, dict):
            raise Malformed("; ".join(fault.reason for fault in found.faults) or "there is no row in it")
        return found

    def _decoding(self, content: Content) -> Decoding:
        return decoding(content, self._rules.encoding, self._rules.fallback)

    def _batches(self, content: Content, after: Mark, columns: Columns | None) -> Iterator[Batch]:
        how = decoding_of(after.state) if after.state else self._decoding(content)
        readings = self._readings(columns)
        place = Place(after.offset, after.line) if after.state else Place(how.start, 1)
        skip = 0 if after.state else self._rules.skip
        mark = Mark(after.number, *place, state_of(how))
        for piece in pieces(content, how, offset=place.offset, line=place.line, longest=self._rules.longest):
            skipped, skip = min(skip, len(piece.lines)), max(0, skip - len(piece.lines))
            offset = piece.offset + how.size("".join(piece.lines[:skipped]))
            lines = piece.lines[skipped:]
            stretch = Stretch(lines, Records([], range(len(lines)), {}, 0), mark.line + skipped, offset, piece.end,
                              piece.is_odd)
            batch = self._batch(stretch, readings, how, mark)
            mark = batch.after
            yield batch
        if mark.number == after.number:
            yield Batch([], [], [], mark)

    def _readings(self, columns: Columns | None) -> dict[str, tuple[Layout, Reading]]:
        made = columns.reading if columns else texts
        return {layout.key: (layout, made(layout.columns, layout.slices())) for layout in self._rules.layouts}

    def _batch(self, stretch: Stretch, readings: Mapping[str, tuple[Layout, Reading]], how: Decoding,
               before: Mark) -> Batch:
        lost: dict[int, Lost] = {}
        if self._are_even(stretch):
            run = _Run(stretch.lines, 0, self._rules.layouts[0].key, stretch.is_odd, how.encoding)
            rows = readings[run.key][1].take(run.lines, self._mender(run, readings, lost))
            return batch_of(rows, lost, stretch, how, before)
        rows = []
        begun = 0
        for key, some in self._runs(_without_ends(stretch.lines)):
            rows += self._run(_Run(some, begun, key, stretch.is_odd, how.encoding), readings, lost)
            begun += len(some)
        return batch_of(rows, lost, stretch, how, before)

    def _are_even(self, stretch: Stretch) -> bool:
        """Whether all lines are rows and have the right length: then not even their ends need to be taken off."""
        layout, lines = self._rules.layouts[0], stretch.lines
        if not self.casts or layout.name or self._rules.comment or stretch.is_odd:
            return False
        if set(map(len, lines)) != {layout.width + 1} or not lines[-1].endswith("\n"):
            return False
        text = "".join(lines)
        return "\t" not in text and "\r" not in text and " " * layout.width + "\n" not in lines

    def _runs(self, lines: list[str]) -> Iterator[tuple[str, list[str]]]:
        """Lines of one kind that follow each other."""
        if len(self._rules.layouts) == 1:
            yield self._rules.layouts[0].key, lines
            return
        tells = self._rules.tells
        for key, some in groupby(lines, lambda line: line[tells]):
            yield key, list(some)

    def _run(self, run: _Run, readings: Mapping[str, tuple[Layout, Reading]], lost: dict[int, Lost]) -> list[Row]:
        mend = self._mender(run, readings, lost)
        if run.key not in readings or not readings[run.key][0].taken:
            for at in range(len(run.lines)):
                mend(at, ())
            return []
        layout, reading = readings[run.key]
        rows = reading.take(_records(run, layout, self._rules.comment), mend)
        if layout.name:
            for row in rows:
                row[self._rules.record] = layout.name
        return rows

    def _mender(self, run: _Run, readings: Mapping[str, tuple[Layout, Reading]],
                lost: dict[int, Lost]) -> Callable[[int, Any], Row | None]:
        def mend(at: int, _: Any) -> Row | None:
            found = self._careful(run.lines[at].rstrip("\r\n"), readings, run.encoding)
            if isinstance(found, dict):
                return found
            lost[run.begun + at] = found
            return None
        return mend

    def _careful(self, line: str, readings: Mapping[str, tuple[Layout, Reading]], encoding: str) -> Row | Lost:
        rules = self._rules
        if not line.strip() or (rules.comment and line.startswith(rules.comment)):
            return SKIPPED
        key = line[rules.tells] if len(rules.layouts) > 1 else rules.layouts[0].key
        if odd := odd_faults((), (line,), encoding) or self._unknown(key):
            return odd
        layout, reading = readings[key]
        if not layout.taken:
            return SKIPPED
        fitted = self._fitted(line, layout)
        return Lost((fitted,)) if isinstance(fitted, Fault) else self._row(layout, reading, fitted)

    def _unknown(self, key: str) -> Lost | None:
        if key in self._kinds:
            return None
        kind = shown(key, SHOWN)
        return Lost((Fault("unknown_record", f"no kind of line has {kind!r} there", "", kind),))

    def _row(self, layout: Layout, reading: Reading, line: str) -> Row | Lost:
        values = [line[place] for place in layout.slices()]
        row = reading.row(values)
        if not isinstance(row, dict):
            return Lost(row, Stage.VALIDATE, dict(zip(layout.columns, map(str.strip, values), strict=True)))
        return row | {self._rules.record: layout.name} if layout.name else row

    def _fitted(self, line: str, layout: Layout) -> str | Fault:
        """The line as long as it should be, or why it is not to be trusted."""
        if "\t" in line:
            return Fault("tab", "has a TAB, so what stands behind it is not where it should be", "", "")
        has, should = len(line), layout.width
        if has < should and self._rules.short == "error":
            return Fault("too_short_line", f"has {count(has, 'character')}, and must have {should}")
        if has > should and self._rules.long == "error" and line[should:].strip():
            return Fault("too_long_line", f"has {count(has, 'character')}, and must have {should}", "",
                         line[should:][:SHOWN])
        return line.ljust(should)


def _without_ends(lines: list[str]) -> list[str]:
    text = "".join(lines)
    if "\r" in text:
        return [line.rstrip("\r\n") for line in lines]
    return text.removesuffix("\n").split("\n") if lines else []


class _Run(NamedTuple):
    """Lines of one kind that follow each other, and the place of the first in its batch."""

    lines: list[str]
    begun: int
    key: str
    is_odd: bool
    encoding: str


def _records(run: _Run, layout: Layout, comment: str) -> Sequence[str | None]:
    """The lines; None for each of those that need care."""
    width, lines = layout.width, run.lines
    if run.is_odd or comment:
        return [None] * len(lines)
    blank = " " * width
    if set(map(len, lines)) == {width} and "\t" not in "".join(lines) and blank not in lines:
        return lines
    return [line if len(line) == width and "\t" not in line and line != blank else None for line in lines]
