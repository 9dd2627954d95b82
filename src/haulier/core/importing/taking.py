"""A file into a sink: each batch is put, and only then remembered as taken."""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from ...model.errors import Busy, HaulierError, Invalid, Malformed, Stopped
from ...model.files import go_on
from ...model.intake import ENDED, NOUGHT, Counts, Incoming, Intake, IntakeState
from ...model.record import Reject, Stage
from ...ports import Content, FileKey, ImportBook, Progress, Sink
from ..collecting import seldom
from .account import Account, Unfit, merged, prove, told_of, unfit
from .order import Order
from .passing import Known, Passing, Ready
from .slices import sliced


@dataclass
class Rehearsal:
    """What a file would come to. Nothing was told to anybody."""

    counts: Counts = NOUGHT
    account: Account = field(default_factory=Account)
    error: str = ""

    @property
    def rejects(self) -> list[Reject]:
        """The first of them."""
        return self.account.rejects


def rehearsed(order: Order, content: Content, book: ImportBook | None = None, check: Callable[[], None] = go_on,
              but: int = 0) -> Rehearsal:
    """Read, check and map all of it; Malformed if it would not be taken at all, Unfit if its rows are why."""
    found = Rehearsal()
    known = (lambda keys: book.known(order.flow, keys, but)) if book else (lambda keys: set())
    if order.strict:
        prove(order.parser, content)
    try:
        _rehearse(found, order, content, known, check)
    except Malformed as error:
        raise unfit(error, found.account, order.parser, content) from error
    return found


def _rehearse(found: Rehearsal, order: Order, content: Content, known: Known, check: Callable[[], None]) -> None:
    for ready in Passing(order, "", known).batches(content):
        check()
        found.account.add(ready.batch, ready.rejects)
        order.policy.look(content.name, found.counts, ready.rejects)
        found.counts = found.counts.plus(ready.counts)
        order.policy.check(content.name, found.counts, whole=False)
    order.policy.check(content.name, found.counts, whole=True)


def take(order: Order, file: Incoming, content: Content, sink: Sink, book: ImportBook,
         check: Callable[[], None] = go_on) -> Intake:
    """Take a file in, or go on with it; as it is when that is over.

    A file that is no good is REFUSED; an error that may pass leaves it FAILED, and is raised.
    """
    intake = book.begin(file)
    if intake.state in ENDED:
        return intake
    with ending(book, intake, told=sink.is_final), seldom():
        return Taking(sliced(order, sink), content, sink, book, intake, check).all()
    return book.intake(intake.id)


@contextmanager
def ending(book: ImportBook, intake: Intake, *, told: bool = False) -> Iterator[None]:
    """Whatever ends a file is remembered; that the file itself is no good is raised no further. `told`: its rows that
    are noted as taken are with somebody for good."""
    try:
        yield
    except Malformed as error:
        said = told_of(error)
        if told and (taken := book.intake(intake.id).counts.accepted):
            said += f"; {taken:,} of its rows were taken before that and stay"
        report = error.account.of_refused() if isinstance(error, Unfit) else None
        book.become(intake.id, IntakeState.REFUSED, error=said, report=report, tries=intake.tries, told=told)
    except Stopped:
        raise
    except HaulierError as error:
        if isinstance(error, Busy) and not told:    # else two files could wait for each other's rows
            with suppress(Invalid):
                book.give_up(intake.id, intake.tries, str(error))
        book.become(intake.id, IntakeState.FAILED, error=str(error), tries=intake.tries)
        raise


class Taking:
    """One try at one file."""

    def __init__(self, order: Order, content: Content, sink: Sink, book: ImportBook, intake: Intake,
                 check: Callable[[], None]) -> None:
        self._order, self._content, self._sink, self._book = order, content, sink, book
        self._intake, self._check = intake, check
        self._account = Account()

    def all(self) -> Intake:
        """Every row, to the end."""
        intake, file = self._intake, self._intake.file
        is_there = self._sink.begin(FileKey(file.flow, file.digest, file.name), self._check)
        try:
            if not is_there:
                self._rows()
                self._book.become(intake.id, IntakeState.READING, report=self._report(), tries=intake.tries)
                self._sink.commit()
        except BaseException as error:
            self._sink.abort()
            if isinstance(error, Malformed) and not isinstance(error, Unfit):
                raise unfit(error, self._account, self._order.parser, self._content) from error
            raise
        return self._book.become(intake.id, IntakeState.DONE, tries=intake.tries)

    def _report(self) -> dict[str, Any]:
        """Of all tries: what an earlier one found out and did not tell is in its rejects."""
        report = merged(self._intake.report, self._account.report())
        if self._intake.mark.number and self._sink.is_final:
            codes: Counter[str] = Counter()
            after = 0
            while page := self._book.kept(self._intake.id, after=after, limit=500):
                codes.update(fault.code for one in page for fault in one.reject.faults)
                after = page[-1].id
            report["rejects_by_code"] = dict(codes)
        return report

    def _rows(self) -> None:
        order, intake = self._order, self._intake
        if intake.mark.number and not self._sink.is_final:
            intake = self._book.restart(intake.id, intake.tries)  # what an earlier try has put is gone
        if not intake.mark.number:
            self._before()
        counts, unwanted = intake.counts, 0
        is_unsure = not self._sink.is_final     # what others read at the same time may never be there
        known = lambda keys: self._book.known(order.flow, keys, intake.id, settled=is_unsure)   # noqa: E731
        for ready in Passing(order, intake.file.digest, known).batches(self._content, intake.mark):
            self._check()
            self._look(ready, counts)
            unwanted += self._put(ready)
            self._account.add(ready.batch, ready.rejects)
            if ready.batch.after.number <= intake.mark.number:
                continue        # read again, and taken by an earlier try
            counts = counts.plus(ready.counts)
            self._book.advance(intake.id, Progress(ready.batch.after, ready.counts, ready.rejects, ready.marks,
                                                   tries=intake.tries))
            order.policy.check(self._content.name, counts, whole=False)     # also by rows that the far side refused
        order.policy.check(self._content.name, counts, whole=True, unwanted=unwanted)

    def _look(self, ready: Ready, counts: Counts) -> None:
        try:
            self._order.policy.look(self._content.name, counts, ready.rejects)
        except Malformed:
            self._account.add(ready.batch, ready.rejects)
            raise

    def _before(self) -> None:
        """Whatever would have the file refused is found out before any of it is told."""
        if self._order.policy.is_open:
            rehearsed(self._order, self._content, self._book, self._check, self._intake.id)
        elif self._order.strict:
            prove(self._order.parser, self._content)

    def _put(self, ready: Ready) -> int:
        """How many the far side did not want."""
        out = self._sink.put(ready.rows, ready.keys) if ready.rows else ()
        ready.refuse({refusal.at: (refusal.fault,) for refusal in out}, Stage.SINK)
        return len(out)
