"""Rows checked against their columns: quick for good rows, and with every fault of those that are not."""
from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from ..model.column import Column
from ..model.errors import Invalid, Malformed
from ..model.record import RAW, Batch, Fault, Reject, Row, Stage
from . import columncode
from .cell import Cell
from .columncode import Slot
from .seen import Seen
from .spelling import nearest

_MANY = 256
"""Records whose numbers are looked at together; they stay in the cache of a processor."""
_PAUSE = 8
"""As many of these that are taken one by one after some that had a number which is not like most."""


class Compiled:
    """Columns made ready. One for each file: `unique` remembers what was there.

    Parsers that have mappings (JSON, XML, spreadsheets: texts, numbers, dates) leave the columns to whoever runs
    the import, who calls check() with each batch. Parsers that have lists of texts (`casts`) ask for reading() once
    they know the header, and give it many records at a time.

    The columns are what comes out, in this order; `others`: what else a file has comes out too, as it is.
    """

    def __init__(self, columns: Sequence[Column], *, others: bool = False) -> None:
        self.names = tuple(column.name for column in columns)
        twice = [name for name, count in Counter(self.names).items() if count > 1]
        if twice or not all(self.names):
            raise Invalid(f"columns need names, each once: {', '.join(sorted(twice)) or 'one has none'}")
        self.cells = tuple(map(Cell, columns))
        self.others = others
        self.remembers = any(column.unique for column in columns)
        """Whether a row depends on those before it: then a file is read from its start, not from a mark."""
        self._slots = self._fresh({})
        self._own = columncode.own_names(self._slots)
        self._take = columncode.of_mappings(self._slots, others=others)

    def check(self, batch: Batch) -> Batch:
        """The rows that are good, in their types; the others are among its rejects, with all their faults."""
        lost: dict[int, Reject] = {}

        def mend(at: int, row: Row) -> Row | None:
            found = _careful(self._slots, [row.get(slot.cell.source) for slot in self._slots])
            if isinstance(found, dict):
                return found | self._rest(row)
            lost[at] = Reject(batch.numbers[at], batch.lines[at], found, batch.raw(at)[:RAW], row, Stage.VALIDATE)
            return None

        rows = self._take(batch.rows, mend)
        if not lost:
            return dataclasses.replace(batch, rows=rows)
        kept = [at for at in range(len(batch.rows)) if at not in lost]
        rejects = sorted([*batch.rejects, *lost.values()], key=lambda reject: reject.number)
        return dataclasses.replace(batch, rows=rows, rejects=rejects, numbers=[batch.numbers[at] for at in kept],
                                   lines=[batch.lines[at] for at in kept], raw=lambda at: batch.raw(kept[at]))

    def reading(self, header: Sequence[str], places: Sequence[slice] = ()) -> Reading:
        """For the records of a file with that header, as lists of texts, or as lines with texts at these `places`;
        Malformed if it lacks what is required."""
        found = {name: at for at, name in enumerate(header)}
        missing = [cell.source for cell in self.cells
                   if cell.source not in found and cell.column.required and cell.default is None]
        if missing:
            hint = nearest(missing[0], [name for name in header if name])
            raise Malformed(f"columns missing in the file: {', '.join(missing)}; {hint}", line=1)
        extras = {name: at for name, at in found.items() if self.others and name not in self._own}
        return Reading(self._fresh(found), len(header), extras, places)

    def absent(self, header: Sequence[str]) -> tuple[str, ...]:
        """The columns that a file with that header does not have: their rows have the default, or None."""
        return tuple(cell.source for cell in self.cells if cell.source not in header)

    def _fresh(self, places: Mapping[str, int]) -> tuple[Slot, ...]:
        return tuple(Slot(cell, places.get(cell.source), Seen() if cell.column.unique else None)
                     for cell in self.cells)

    def _rest(self, row: Row) -> Row:
        return {key: value for key, value in row.items() if key not in self._own} if self.others else {}


class Reading:
    """The columns of one file whose records are lists of texts, or lines."""

    def __init__(self, slots: Sequence[Slot], width: int, extras: Mapping[str, int],
                 places: Sequence[slice] = ()) -> None:
        self._slots = slots
        self._extras = extras
        self._in_lines = bool(places)
        self._take = columncode.of_lists(slots, width, extras, places)
        self._proofs = [(places[slot.place] if places else slot.place,
                         columncode.proof(slot.cell.column, padded=bool(places))) for slot in slots
                        if slot.place is not None and columncode.is_provable(slot.cell.column)]
        self._quick = columncode.of_lists(slots, width, extras, places, proved=True) if self._proofs else None
        self._waiting = 0

    def take(self, records: Iterable[Sequence[str] | None], mend: Callable[[int, Any], Row | None]) -> list[Row]:
        """The rows, in order. What the quick way does not take, also of another length, and None, is given to mend()
        with its place; it gives the row, or None if there is none. Lines must be long enough."""
        rows: list[Row] = []
        if not self._quick:
            rows = self._take(records, mend)
            return rows
        source, begun = iter(records), 0
        while some := list(islice(source, _MANY)):
            take = self._quick if self._are_proved(some) else self._take
            rows += take(some, lambda at, record, before=begun: mend(before + at, record))
            begun += len(some)
        return rows

    def _are_proved(self, some: Sequence[Any]) -> bool:
        if self._waiting:
            self._waiting -= 1
            return False
        try:
            if all(proof([record[place] for record in some]) for place, proof in self._proofs):
                return True
        except (LookupError, TypeError):    # a record that is too short, or None
            pass
        self._waiting = _PAUSE
        return False

    def row(self, record: Sequence[str]) -> Row | tuple[Fault, ...]:
        """The row that a record of the right length is, the careful way, or all its faults."""
        found = _careful(self._slots, [None if slot.place is None else record[slot.place] for slot in self._slots])
        if isinstance(found, dict):
            return found | {name: record[at].strip() if self._in_lines else record[at]
                            for name, at in self._extras.items()}
        return found


def texts(header: Sequence[str], places: Sequence[slice] = ()) -> Reading:
    """For records whose columns are not said: every value is the text that it is; those of lines without blanks around
    them."""
    columns = (Column(name, nulls=(), trim=bool(places)) for name in header)
    return Reading([Slot(Cell(column), at) for at, column in enumerate(columns)], len(header), {}, places)


def _careful(slots: Sequence[Slot], values: Sequence[Any]) -> Row | tuple[Fault, ...]:
    faults: list[Fault] = []
    row = {slot.cell.column.name: slot.cell.value(value, faults, slot.seen)
           for slot, value in zip(slots, values, strict=True)}
    if faults:
        return tuple(faults)
    for slot in slots:
        if slot.seen:
            slot.seen.add(row[slot.cell.column.name])
    return row
