"""Rows on their way from a parser: read, checked, told apart and mapped, a batch at a time."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ...model.intake import Counts
from ...model.record import RAW, START, Batch, Fault, Mark, Reject, Row, Stage
from ...ports import Content
from ..calm import calmly
from ..columns import Compiled
from .gathering import gathered
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


class Passing:
    """One go at one file, from its first row or from a mark. `parsed`: rows come from its parser, which casts them if
    it does; else from a person."""

    def __init__(self, order: Order, digest: str, known: Known = lambda keys: set(), *, parsed: bool = True) -> None:
        self._order, self._known = order, known
        self._keys: Keys = (RowKeys(order.flow, order.key) if order.duplicates is Duplicates.ROWS
                            else FileKeys(order.flow, digest))
        compiled = Compiled(order.columns, others=order.others) if order.columns else None
        casts = parsed and order.parser.casts
        self._columns = compiled if casts else None
        self._validator = order.validator or (None if casts else compiled)
        self._remembers = isinstance(self._keys, RowKeys) or bool(compiled and compiled.remembers)

    def batches(self, content: Content, after: Mark = START) -> Iterator[Ready]:
        """All that is behind that mark. Where a row depends on those before it, these are read again and left out."""
        seeks = self._order.parser.seeks and not self._remembers
        for batch in self._parsed(content, after if seeks else START):
            yield self.made(batch if seeks else self._behind(batch, after.number))

    def _parsed(self, content: Content, after: Mark) -> Iterator[Batch]:
        parser = self._order.parser
        found = parser.parse(content, after=after, columns=self._columns)
        return calmly(gathered(found)) if parser.lasts else found

    def made(self, batch: Batch) -> Ready:
        """One batch that was read, made ready to go on."""
        if self._validator and batch.rows:
            batch = self._validator.check(batch)
        names, marks = self._keys.of(batch.rows, batch.numbers)
        ready = Ready(batch.rows, names, marks, batch, list(batch.rejects))
        if marks and (found := self._known(marks)):
            ready.leave({at for at, mark in enumerate(marks) if mark in found})
        if self._order.mapper:
            rows, faults = self._order.mapper.rows(ready.rows)
            ready.refuse(faults, Stage.MAP)
            ready.rows = rows
        return ready

    def _behind(self, batch: Batch, number: int) -> Batch:
        """The part of a batch behind the row of that number."""
        kept = [at for at, own in enumerate(batch.numbers) if own > number]
        if len(kept) == len(batch.rows):
            return batch
        before = chosen(batch, range(len(batch.rows) - len(kept)))
        if self._remembers:
            checked = self._validator.check(before) if self._validator else before
            self._keys.of(checked.rows, checked.numbers)
        found = chosen(batch, kept)
        found.rejects = [reject for reject in batch.rejects if reject.number > number]
        return found


def chosen(batch: Batch, kept: Sequence[int]) -> Batch:
    """The batch with only those of its rows; what else it says stays."""
    raw = batch.raw
    return Batch([batch.rows[at] for at in kept], [batch.numbers[at] for at in kept], [batch.lines[at] for at in kept],
                 batch.after, batch.rejects, batch.checks, batch.notices, batch.facts, lambda at: raw(kept[at]))


def refused(batch: Batch, out: Mapping[int, tuple[Fault, ...]], stage: Stage) -> list[Reject]:
    """Rows of a batch as rejects."""
    return [Reject(batch.numbers[at], batch.lines[at], faults, batch.raw(at)[:RAW], batch.rows[at], stage)
            for at, faults in out.items()]
