"""Rows on their way from a parser: read, checked, told apart and mapped, a batch at a time."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ...model.intake import Counts
from ...model.record import RAW, START, Batch, Fault, Mark, Reject, Row, Stage
from ...ports import Content
from .keys import FileKeys, Keys, RowKeys
from .order import Duplicates, Order

Known = Callable[[Sequence[bytes]], set[bytes]]
"""Which of these keys were taken before."""


@dataclass(slots=True)
class Ready:
    """What one batch came to. `rows`, `keys`, `marks` (if rows are remembered) and the batch's numbers go together."""

    rows: list[Row]
    keys: list[str]
    marks: list[bytes]
    batch: Batch        # those rows before they were mapped
    rejects: list[Reject] = field(default_factory=list)
    duplicates: int = 0

    @property
    def counts(self) -> Counts:
        """As if all rows that are left were accepted."""
        left, out = len(self.rows), len(self.rejects)
        return Counts(left + out + self.duplicates, left, out, self.duplicates)

    def refuse(self, out: Mapping[int, tuple[Fault, ...]], stage: Stage) -> None:
        """Take these rows out again, by their place: they become rejects."""
        if not out:
            return
        self.rejects += refused(self.batch, out, stage)
        self._keep([at for at in range(len(self.rows)) if at not in out])

    def leave(self, out: set[int]) -> None:
        """Take these out again: they came before."""
        self.duplicates += len(out)
        self._keep([at for at in range(len(self.rows)) if at not in out])

    def _keep(self, kept: list[int]) -> None:
        self.rows = [self.rows[at] for at in kept]
        self.keys = [self.keys[at] for at in kept]
        self.marks = [self.marks[at] for at in kept] if self.marks else []
        self.batch = chosen(self.batch, kept)


def keys(order: Order, digest: str) -> Keys:
    """What tells the rows of this file apart."""
    return RowKeys(order.flow, order.key) if order.duplicates is Duplicates.ROWS else FileKeys(order.flow, digest)


def passing(order: Order, content: Content, digest: str, known: Known, after: Mark = START) -> Iterator[Ready]:
    """All batches behind that mark."""
    telling = keys(order, digest)
    for batch in _read(order, content, telling, after):
        yield made(order, batch, telling, known)


def made(order: Order, batch: Batch, telling: Keys, known: Known) -> Ready:
    """One batch that was read, made ready to go on."""
    rejects = batch.rejects
    if order.checked_by and batch.rows:
        batch = order.checked_by.check(batch)
        rejects = batch.rejects
    names, marks = telling.of(batch.rows, batch.numbers)
    ready = Ready(batch.rows, names, marks, batch, list(rejects))
    if marks and (found := known(marks)):
        ready.leave({at for at, mark in enumerate(marks) if mark in found})
    if order.mapper:
        rows, faults = order.mapper.rows(ready.rows)
        ready.refuse(faults, Stage.MAP)
        ready.rows = rows
    return ready


def chosen(batch: Batch, kept: Sequence[int]) -> Batch:
    """The batch with only those of its rows; what else it says stays."""
    raw = batch.raw
    return Batch([batch.rows[at] for at in kept], [batch.numbers[at] for at in kept], [batch.lines[at] for at in kept],
                 batch.after, batch.rejects, batch.checks, batch.notices, batch.facts, lambda at: raw(kept[at]))


def refused(batch: Batch, out: Mapping[int, tuple[Fault, ...]], stage: Stage) -> list[Reject]:
    """Rows of a batch as rejects."""
    return [Reject(batch.numbers[at], batch.lines[at], faults, batch.raw(at)[:RAW], batch.rows[at], stage)
            for at, faults in out.items()]


def _read(order: Order, content: Content, telling: Keys, after: Mark) -> Iterator[Batch]:
    """What the parser gives; where it cannot go on in the middle, or rows have to be counted from the first, what is
    before the mark is read again and left out."""
    parser = order.parser
    columns = order.columns if parser.casts else None
    if parser.seeks and not isinstance(telling, RowKeys):
        yield from parser.parse(content, after=after, columns=columns)
        return
    for batch in parser.parse(content, columns=columns):
        yield _behind(batch, after.number, telling, order)


def _behind(batch: Batch, number: int, telling: Keys, order: Order) -> Batch:
    """The part of a batch behind the row of that number."""
    kept = [at for at, own in enumerate(batch.numbers) if own > number]
    if len(kept) == len(batch.rows):
        return batch
    before = chosen(batch, range(len(batch.rows) - len(kept)))
    if isinstance(telling, RowKeys):    # how often a row was there before counts
        checked = order.checked_by.check(before) if order.checked_by else before
        telling.of(checked.rows, checked.numbers)
    found = chosen(batch, kept)
    found.rejects = [reject for reject in batch.rejects if reject.number > number]
    return found
