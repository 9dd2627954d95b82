"""A parser whose batches are small, so that it is remembered often how far a file is."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import dropwhile
from typing import Any

from ...model.record import Batch, Check, Mark, Notice, Reject, Row
from ...ports import START, Columns, Content, Parser, Sink
from .gathering import gathered
from .order import Order
from .passing import chosen

_FROM = "sliced"


def sliced(order: Order, sink: Sink) -> Order:
    """The same, read in batches of as many rows as are put into the sink before that is noted."""
    return replace(order, parser=Slices(order.parser, sink.checkpoint)) if sink.checkpoint else order


class Slices(Parser):
    """Batches of at most so many rows. A mark between two of the inside's own marks says from which of them to read,
    and the rows before it are left out."""

    def __init__(self, inside: Parser, size: int) -> None:
        self._inside, self._size = inside, max(1, size)
        self.seeks, self.casts = inside.seeks, inside.casts

    def parse(self, content: Content, *, after: Mark = START, columns: Columns | None = None) -> Iterator[Batch]:
        base = _base(after)
        found = self._inside.parse(content, after=base, columns=columns)
        for batch in gathered(found) if self._inside.lasts else found:
            for part in self._parts(batch, base):
                if part.after.number > after.number or (part is batch and not batch.rows):
                    yield _behind(part, after.number)
            base = batch.after

    def checks(self, content: Content) -> Iterator[Check | Notice]:
        return self._inside.checks(content)

    def reread(self, text: str, state: Mapping[str, Any]) -> Row:
        return self._inside.reread(text, state[_FROM][3] if _FROM in state else state)

    def _parts(self, batch: Batch, base: Mark) -> Iterator[Batch]:
        if len(batch.rows) <= self._size:
            yield batch
            return
        state = {_FROM: [base.number, base.offset, base.line, dict(base.state)]}
        rejects = list(batch.rejects)
        for start in range(0, len(batch.rows), self._size):
            end = min(start + self._size, len(batch.rows))
            part = chosen(batch, range(start, end))
            if end == len(batch.rows):
                yield replace(part, rejects=rejects)
                return
            number = batch.numbers[end - 1]
            own = [one for one in rejects if one.number <= number]
            rejects = [one for one in rejects if one.number > number]
            mark = Mark(number, base.offset, batch.lines[end], state)
            yield replace(part, after=mark, rejects=own, checks=[], notices=[], facts={})


def _base(mark: Mark) -> Mark:
    """Where the inside goes on."""
    if _FROM not in mark.state:
        return mark
    number, offset, line, state = mark.state[_FROM]
    return Mark(number, offset, line, state)


def _behind(batch: Batch, number: int) -> Batch:
    """The part behind the row of that number."""
    if not batch.numbers or batch.numbers[0] > number:
        return batch if all(one.number > number for one in batch.rejects) else replace(
            batch, rejects=_later(batch.rejects, number))
    kept = [at for at, own in enumerate(batch.numbers) if own > number]
    return replace(chosen(batch, kept), rejects=_later(batch.rejects, number))


def _later(rejects: list[Reject], number: int) -> list[Reject]:
    return list(dropwhile(lambda one: one.number <= number, rejects))
