"""Rejects that a person has put right: only those rows go the whole way again."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from itertools import groupby

from ...model.errors import Malformed, Unsupported
from ...model.files import go_on
from ...model.intake import Intake, Kept
from ...model.names import joined, split
from ...model.record import Batch, Fault, Reject, Row, Stage
from ...ports import FileKey, ImportBook, Sink
from .order import Order
from .passing import Passing, Ready

PAGE = 500


def replay(order: Order, sink: Sink, book: ImportBook, check: Callable[[], None] = go_on) -> int:
    """All of the flow that wait for it; how many were accepted."""
    count = 0
    while page := book.fixed(order.flow, limit=PAGE):
        for intake, kept in groupby(page, key=lambda one: one.intake):
            check()
            count += _Replay(order, sink, book, book.intake(intake), list(kept), check).all()
    return count


class _Replay:
    """Some rejects of one file."""

    def __init__(self, order: Order, sink: Sink, book: ImportBook, intake: Intake, kept: Sequence[Kept],
                 check: Callable[[], None]) -> None:
        self._order, self._sink, self._book = order, sink, book
        self._intake, self._kept, self._check = intake, kept, check
        self._ids = {one.reject.number: one.id for one in kept}

    def all(self) -> int:
        """Those that are good now are put and remembered; the others are open again, with what is wrong now."""
        rows, wrong = self._reread()
        batch = Batch([row for _, row in rows], [one.reject.number for one, _ in rows],
                      [one.reject.line for one, _ in rows], self._intake.mark, raw=lambda at: rows[at][0].reject.raw)
        known = lambda marks: self._book.known(self._order.flow, marks)    # noqa: E731
        ready = Passing(self._order, self._intake.file.digest, known, parsed=False).made(batch)
        if not self._sink.begin(self._file(), self._check):
            try:
                self._put(ready)
                self._sink.commit()
            except BaseException:
                self._sink.abort()
                raise
        self._remember(ready, [*wrong, *ready.rejects])
        return len(ready.rows)

    def _put(self, ready: Ready) -> None:
        if ready.rows:
            refusals = self._sink.put(ready.rows, ready.keys)
            ready.refuse({one.at: (one.fault,) for one in refusals}, Stage.SINK)

    def _remember(self, ready: Ready, wrong: Sequence[Reject]) -> None:
        good = set(ready.batch.numbers)
        again = {reject.number: reject for reject in wrong}
        before = {one.reject.number: one.reject for one in self._kept}
        for number, reject in before.items():
            if number not in good and number not in again:
                again[number] = _with(reject, Fault("duplicate", "a row that says the same was taken before"))
        still = [(self._ids[number], _as_before(before[number], reject)) for number, reject in again.items()]
        self._book.replayed(self._intake.id, [self._ids[number] for number in sorted(good)], ready.marks, still)

    def _reread(self) -> tuple[list[tuple[Kept, Row]], list[Reject]]:
        """The rows as they are meant now, and those whose new text is none."""
        found, wrong = [], []
        for one in self._kept:
            try:
                found.append((one, self._row(one)))
            except (Malformed, Unsupported) as error:
                wrong.append(_with(one.reject, Fault("not_readable", str(error))))
        return found, wrong

    def _row(self, kept: Kept) -> Row:
        reject = kept.reject
        row = reject.row
        if kept.text:
            row = self._order.parser.reread(kept.text, self._intake.mark.state)
        elif row is None:
            raise Malformed("there are no columns to put right: write the whole row anew")
        return {**row, **kept.fixed}

    def _file(self) -> FileKey:
        mark = repr(sorted((one.id, one.at) for one in self._kept)).encode()
        digest = blake2b(mark, digest_size=16).hexdigest()
        folder, name = split(self._intake.file.name)
        stem, dot, end = name.rpartition(".")
        fresh = f"{stem or end}-replayed-{digest[:8]}{dot if stem else ''}{end if stem else ''}"
        return FileKey(self._order.flow, digest, joined(folder, fresh))


def _with(reject: Reject, *faults: Fault) -> Reject:
    return reject._replace(faults=faults)


def _as_before(before: Reject, now: Reject) -> Reject:
    """Still a reject: its own text stays, its values are those that were tried last."""
    return before._replace(faults=now.faults, row=now.row or before.row, stage=now.stage)

