"""Rows of a file until they are given out, numbered as they come, with what was checked and what was odd."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol, TypeVar

from ..core.calm import calmly
from ..model.errors import Malformed
from ..model.record import RAW, Batch, Check, Fault, Mark, Notice, Reject, Row

MOST = 1000         # of all that a batch has, about
HELD = 4 << 20      # characters of their texts, about


class Item(Protocol):
    """A record, or a field."""

    @property
    def line(self) -> int:
        """Where it begins."""


T = TypeVar("T", bound=Item, contravariant=True)


class Reading(Protocol[T]):
    """One file that is being read."""

    out: Collected

    def take(self, item: T) -> None:
        """The next one."""

    def end(self) -> None:
        """There are no more."""


class Collected:
    """What was found since the last batch. `shown`: the text of a row, from what was kept of it."""

    def __init__(self, shown: Callable[[Any], str] = str) -> None:
        self._shown = shown
        self._number = 0
        self._clear()

    def _clear(self) -> None:
        self.checks: list[Check] = []
        self.facts: dict[str, Any] = {}
        self._rows: list[Row] = []
        self._numbers: list[int] = []
        self._lines: list[int] = []
        self._kept: list[Any] = []
        self._rejects: list[Reject] = []
        self._notices: list[Notice] = []
        self._told = self._held = 0

    def add(self, row: Row, line: int, kept: Any, size: int, faults: tuple[Fault, ...] = ()) -> None:
        """One more row, or a reject if there are faults; `size`: characters of what is kept of it, about."""
        if faults:
            self.refuse(faults, line, kept, row)
            return
        self._number += 1
        self._held += size
        self._rows.append(row)
        self._numbers.append(self._number)
        self._lines.append(line)
        self._kept.append(kept)

    def refuse(self, faults: tuple[Fault, ...], line: int, kept: Any, row: Row | None = None) -> None:
        """One more that is no good."""
        self._number += 1
        self._rejects.append(Reject(self._number, line, faults, self._shown(kept)[:RAW], row))

    def notice(self, code: str, text: str, line: int = 0) -> None:
        """Something odd."""
        self._notices.append(Notice(code, text, line))

    def tell(self, name: str, fact: Any) -> None:
        """One more of the things that the file says of itself."""
        self._told += 1
        self.facts.setdefault(name, []).append(fact)

    @property
    def is_full(self) -> bool:
        """Whether there is enough to be given out."""
        return (len(self._rows) + len(self._rejects) + len(self.checks) + len(self._notices) + self._told >= MOST
                or self._held > HELD)

    def batch(self, line: int) -> Batch:
        """All of it. `line`: the next one."""
        kept, shown = self._kept, self._shown
        batch = Batch(self._rows, self._numbers, self._lines, Mark(self._number, 0, line), self._rejects, self.checks,
                      self._notices, self.facts, lambda at: shown(kept[at])[:RAW])
        self._clear()
        return batch

    def only(self, what: str) -> Row:
        """The one row that there is; Malformed if it is no good, or there are more or none. `what` it is to be."""
        if self._rejects:
            raise Malformed(self._rejects[0].faults[0].reason)
        if len(self._rows) != 1:
            raise Malformed(f"there is to be {what}, not {len(self._rows)}")
        return self._rows[0]


def batches(reading: Reading[T], items: Iterable[T]) -> Iterator[Batch]:
    """All that it finds."""
    return calmly(_batches(reading, items))


def _batches(reading: Reading[T], items: Iterable[T]) -> Iterator[Batch]:
    out = reading.out
    for item in items:
        reading.take(item)
        if out.is_full:
            yield out.batch(item.line)
    reading.end()
    yield out.batch(0)
