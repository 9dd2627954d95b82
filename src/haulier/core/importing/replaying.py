"""Rejects that a person has put right: only those rows go the whole way again."""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b

from ...model.errors import Malformed
from ...model.files import go_on
from ...model.intake import Intake, Kept
from ...model.match import Match
from ...model.names import joined, split
from ...model.record import Row, Stage
from ...ports import FileKey, ImportBook, Sink
from ..reconcile.memory import BookMemory
from ..reconcile.reconciler import Reconciler
from .matching import Matching
from .order import Order
from .passing import Ready
from .payments import corrected, payments_of
from .rereading import Reread, by_file


def replay(order: Order, sink: Sink, book: ImportBook, check: Callable[[], None] = go_on) -> int:
    """All of the flow that wait for it, into a sink; how many were accepted."""
    count = 0
    for intake, kept in by_file(book, order.flow, check, sink.checkpoint):
        again = Reread(order, book, intake, kept, _plainly)
        if not sink.begin(_file(order.flow, intake, kept), check):
            try:
                _put(sink, again)
                sink.commit()
            except BaseException:
                sink.abort()
                raise
        count += again.remember()
    return count


def replay_payments(order: Order, matching: Matching, book: ImportBook, check: Callable[[], None] = go_on) -> int:
    """All of the flow that wait for it, matched and kept; how many. They are told of with what persons decided."""
    count = 0
    matching.items.heed(check)
    for intake, kept in by_file(book, order.flow, check):
        again = Reread(order, book, intake, kept, _payment)
        count += again.remember(_matched(again.ready, Reconciler(
            matching.items, matching.rules, BookMemory(book, order.flow))))
    return count


def _put(sink: Sink, again: Reread) -> None:
    ready = again.ready
    if ready.rows:
        refusals = sink.put(ready.rows, again.keys)
        ready.refuse({one.at: (one.fault,) for one in refusals}, Stage.SINK)


def _matched(ready: Ready, reconciler: Reconciler) -> Sequence[tuple[int, str, Match]]:
    """What all that are payments are for, seen together: nobody is told of one of them yet."""
    payments, wrong = payments_of(ready.rows, cast=True)
    ready.refuse(wrong, Stage.MATCH)
    numbers = ready.batch.numbers
    found = dict(zip(numbers, reconciler.match(payments, numbers), strict=True))
    found |= dict(reconciler.finish())
    return [(number, key, found[number]) for number, key in zip(numbers, ready.keys, strict=True)]


def _plainly(row: Row | None, fixed: Mapping[str, str]) -> Row:
    if row is None:
        raise Malformed("there are no columns to put right: write the whole row anew")
    return {**row, **fixed}


def _payment(row: Row | None, fixed: Mapping[str, str]) -> Row:
    """Of one that could not be read at all a person gives all columns."""
    return corrected(row or {}, fixed)


def _file(flow: str, intake: Intake, kept: Sequence[Kept]) -> FileKey:
    mark = repr(sorted((one.id, one.at) for one in kept)).encode()
    digest = blake2b(mark, digest_size=16).hexdigest()
    folder, name = split(intake.file.name)
    stem, dot, end = name.partition(".")
    fresh = f"{stem or end}-replayed-{digest[:8]}{dot if stem else ''}{end if stem else ''}"
    return FileKey(flow, digest, joined(folder, fresh), gathered=True)
