"""Rows out of any XML: one for each element at a path, with all that is in it."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..model.errors import Malformed
from ..model.record import Batch, Mark, Notice, Row
from .xml_events import Closing, Opening, Place, named
from .xml_reader import DEPTH, LONGEST, Reader

_SIZE = 1000
_BYTES = 4 << 20    # of a batch, about
OWN = "text"        # the column for the text of the record itself


class Rows:
    """Goes through the events of a file."""

    def __init__(self, reader: Reader, matches: Callable[[list[str]], bool], columns: Mapping[str, str]) -> None:
        self._reader, self._matches, self._columns = reader, matches, columns
        self.outermost = ""
        self.number = 0
        self._rows: list[Row] = []
        self._places: list[tuple[Place, str]] = []
        self._path: list[str] = []
        self._row: Row | None = None
        self._inside: list[list[Any]] = []  # path in the record, its texts, their length, whether elements are in it
        self._attributes: list[Any] = []
        self._place: Place = (0, 1)
        self._start = 0     # bytes before this batch, about

    @property
    def is_full(self) -> bool:
        """As many rows as a batch is to have, or as much text, be there no row in it: that is kept until then."""
        return len(self._rows) >= _SIZE or self._reader.fed - self._start > _BYTES

    def run(self, events: list[Any]) -> None:
        """Some more of it."""
        for event in events:
            kind = event.__class__
            if kind is Opening:
                self._open(event.name)
                self._attributes = []
            elif kind is Closing:
                self._close()
            elif kind is str:
                if self._row is not None:
                    self._more(event)
            elif kind is list:
                self._attributes = event
            else:
                self._place = event
        self._reader.progress = self._reader.fed if self._row is None else self._begun[0]

    def batch(self, notices: list[Notice]) -> Batch:
        """What was found since the last one."""
        places, reader, first = self._places, self._reader, self.number - len(self._rows) + 1
        lines = [line for (_, line), _ in places]
        reader.forget(places[0][0][0] if places else reader.progress)
        batch = Batch(self._rows, range(first, self.number + 1), lines,
                      Mark(self.number, places[-1][0][0] if places else 0, lines[-1] if lines else 1),
                      notices=notices, raw=lambda at: reader.text(places[at][0][0], places[at][1]))
        self._rows, self._places, self._start = [], [], reader.fed
        return batch

    def _open(self, name: str) -> None:
        if self._row is not None:
            self._enter(name)
            return
        self._path.append(name)
        self.outermost = self.outermost or name
        if len(self._path) > DEPTH:
            raise self._reader.too_deep()
        if self._matches(self._path):
            self._row, self._inside, self._begun = {}, [["", [], 0, False]], self._place
            self._keep("@")

    def _enter(self, name: str) -> None:
        if len(self._inside) > DEPTH:
            raise self._reader.too_deep()
        around = self._inside[-1]
        around[3] = True
        path = f"{around[0]}/{name}" if around[0] else name
        self._inside.append([path, [], 0, False])
        self._keep(f"{path}/@")

    def _keep(self, before: str) -> None:
        for name, value in named(self._attributes):
            if not name.startswith("xmlns"):
                self._put(before + name.rpartition(":")[2], value)

    def _more(self, piece: str) -> None:
        inside = self._inside[-1]
        inside[1].append(piece)
        inside[2] += len(piece)
        if inside[2] > LONGEST:
            raise self._reader.malformed(f"one text is longer than {LONGEST >> 20} MiB", self._begun)

    def _close(self) -> None:
        if self._row is None:
            self._path.pop()
            return
        path, texts, _, others = self._inside.pop()
        text = "".join(texts).strip()
        if path and (text or not others):
            self._put(path, text)
        elif text:
            self._put(OWN, text)
        if not self._inside:
            self._end(self._row)

    def _end(self, row: Row) -> None:
        if self._columns:
            row = {name: row.get(path) for name, path in self._columns.items()}
        self.number += 1
        row_name = self._path.pop()
        self._rows.append(row)
        self._places.append((self._begun, row_name))
        self._row = None

    def _put(self, column: str, value: str) -> None:
        assert self._row is not None
        if column not in self._row:
            self._row[column] = value
        elif isinstance(self._row[column], list):
            self._row[column].append(value)
        else:
            self._row[column] = [self._row[column], value]


def matcher(record: str) -> Callable[[list[str]], bool]:
    """Whether a path of local names is that of a record."""
    anywhere = record.startswith("//")
    wanted = [part.rpartition(":")[2] for part in record.strip("/").split("/")]
    if anywhere:
        return lambda path: path[-len(wanted):] == wanted
    return lambda path: path == wanted


def missed(record: str, outermost: str) -> Notice:
    """What is said of a file without any record; Malformed if it cannot have one."""
    first = record.split("/", 1)[0].rpartition(":")[2]
    if not record.startswith("/") and first != outermost:
        raise Malformed(f"the outermost element is {outermost[:80]!r}, but records are sought at {record}")
    return Notice("no_record", f"there is no element at {record}", 1)
