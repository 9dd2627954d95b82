"""Rejects that persons have put right, as rows on their way again."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import groupby
from typing import Any

from ...model.errors import Malformed, Unsupported
from ...model.files import go_on
from ...model.intake import Intake, Kept
from ...model.match import Match
from ...model.record import Batch, Fault, Reject, Row, Stage
from ...ports import ImportBook
from .order import Order
from .passing import Passing, Ready

PAGE = 500
Correct = Callable[[Row | None, Mapping[str, str]], Row]
"""A row with the values that a person gives instead."""


def by_file(book: ImportBook, flow: str, check: Callable[[], None] = go_on, most: int = 0
            ) -> Iterator[tuple[Intake, list[Kept]]]:
    """All of a flow that wait, of one file after the other, and at most so many at a time; whoever takes them remembers
    that before he goes on."""
    while page := book.fixed(flow, limit=most or PAGE):
        for intake, kept in groupby(page, key=lambda one: one.intake):
            check()
            yield book.intake(intake), list(kept)


class Reread:
    """Some rejects of one file. `ready`: those that are rows now; whatever is taken out of it becomes a reject."""

    def __init__(self, order: Order, book: ImportBook, intake: Intake, kept: Sequence[Kept], correct: Correct) -> None:
        self._order, self._book, self._intake, self._kept = order, book, intake, kept
        rows, self._wrong = self._rows(correct)
        batch = Batch([row for _, row in rows], [one.reject.number for one, _ in rows],
                      [one.reject.line for one, _ in rows], intake.mark, raw=lambda at: rows[at][0].reject.raw)
        known = lambda marks: book.known(order.flow, marks)    # noqa: E731
        self.ready: Ready = Passing(order, intake.file.digest, known, parsed=False).made(batch)

    @property
    def keys(self) -> list[str]:
        """Of the rows in `ready`, for the far side. What it refused, and says something else now, is another row for
        it: under the key of then it may have kept its answer."""
        changed = {one.reject.number: _change(one) for one in self._kept if one.reject.stage is Stage.SINK}
        return [key + changed.get(number, "")
                for key, number in zip(self.ready.keys, self.ready.batch.numbers, strict=True)]

    def remember(self, bookings: Sequence[tuple[int, str, Match]] = ()) -> int:
        """Those that are left in `ready` were taken; the others are open again, with what is wrong now."""
        ready, ids = self.ready, {one.reject.number: one.id for one in self._kept}
        good = set(ready.batch.numbers)
        again = {reject.number: reject for reject in [*self._wrong, *ready.rejects]}
        before = {one.reject.number: one.reject for one in self._kept}
        for number, reject in before.items():
            if number not in good and number not in again:
                again[number] = _with(reject, Fault("duplicate", "a row that says the same was taken before"))
        still = [(ids[number], _as_before(before[number], reject)) for number, reject in again.items()]
        self._book.replayed(self._intake.id, [ids[number] for number in sorted(good)], ready.marks, still, bookings)
        return len(good)

    def _rows(self, correct: Correct) -> tuple[list[tuple[Kept, Row]], list[Reject]]:
        """The rows as they are meant now, and those whose new text is none."""
        found, wrong = [], []
        for one in self._kept:
            try:
                row = self._order.parser.reread(one.text, self._intake.mark.state) if one.text else one.reject.row
                found.append((one, correct(row, one.fixed)))
            except (Malformed, Unsupported) as error:
                wrong.append(_with(one.reject, Fault("not_readable", str(error))))
        return found, wrong


def _change(one: Kept) -> str:
    """The same for the same change."""
    row = one.reject.row or {}
    values = sorted((name, value) for name, value in one.fixed.items() if value != _text(row.get(name)))
    text = one.text if one.text != one.reject.raw else ""
    if not (values or text):
        return ""
    return f"-{blake2b(repr((values, text)).encode(errors='replace'), digest_size=4).hexdigest()}"


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _with(reject: Reject, *faults: Fault) -> Reject:
    return reject._replace(faults=faults)


def _as_before(before: Reject, now: Reject) -> Reject:
    """Still a reject: its own text stays, its values are those that were tried last."""
    return before._replace(faults=now.faults, row=now.row or before.row, stage=now.stage)
