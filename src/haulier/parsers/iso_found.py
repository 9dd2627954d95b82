"""Rows, rejects and checks of a message on their way to the next batch."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..model.errors import Malformed
from ..model.record import Batch, Check, Mark, Notice, Reject, Row
from .iso_cells import Bad
from .xml_events import Place
from .xml_reader import Reader

_SIZE = 1000
_BYTES = 1 << 20


class Found:
    """What was found in records of one name since the last batch."""

    def __init__(self, reader: Reader, name: str, *, strict: bool) -> None:
        self._reader, self._name, self._strict = reader, name, strict
        self.rows: list[Row] = []
        self.rejects: list[Reject] = []
        self._notices: list[Notice] = []
        self.number = 0
        self._checks: list[Check] = []
        self._numbers: list[int] = []
        self._lines: list[int] = []
        self._places: list[tuple[int, str]] = []    # bytes before the record of each row, and its name
        self._last: Place = (0, 1)
        self._begun = 0     # bytes before this batch, about

    @property
    def is_full(self) -> bool:
        """As many rows as a batch is to have, or as much text, be there no row in it: that is kept until then."""
        return len(self.rows) + len(self.rejects) >= _SIZE or self._reader.fed - self._begun > _BYTES

    def add(self, row: Row, place: Place, name: str = "") -> None:
        """A row that was made of the record there."""
        self.number += 1
        row["line"] = place[1]
        self.rows.append(row)
        self._numbers.append(self.number)
        self._lines.append(place[1])
        self._places.append((place[0], name or self._name))
        self._last = place

    def refuse(self, error: Bad, place: Place, name: str = "") -> None:
        """The record there cannot be taken."""
        self.number += 1
        offset, line = self._last = place
        self.rejects.append(Reject(self.number, line, (error.fault,), self._reader.text(offset, name or self._name),
                                   offset=offset))

    def check(self, check: Check) -> None:
        """A total; Malformed if it does not hold and must."""
        self._checks.append(check)
        if self._strict and not check.holds:
            raise Malformed(f"line {check.line}: {check.name} of {check.where}: the file says {check.said}, it comes "
                            f"to {check.found}", line=check.line)

    def unreadable(self, error: Bad, line: int) -> None:
        """A balance or total that cannot be checked."""
        self.notice("unreadable_total", "a balance or total cannot be read, so it is not checked: "
                                        f"{error.fault.reason}", line)

    def notice(self, code: str, text: str, line: int) -> None:
        """Something odd."""
        self._notices.append(Notice(code, text, line))

    def batch(self, facts: Mapping[str, Any]) -> Batch:
        """All of it."""
        reader, places, last = self._reader, self._places, self._last
        reader.forget(min(places)[0] if places else reader.progress)     # the last may be around all others
        batch = Batch(self.rows, self._numbers, self._lines, Mark(self.number, *last), self.rejects, self._checks,
                      self._notices, facts, lambda at: reader.text(*places[at]))
        self.rows, self.rejects, self._checks, self._notices = [], [], [], []
        self._numbers, self._lines, self._places = [], [], []
        self._begun = reader.fed
        return batch
