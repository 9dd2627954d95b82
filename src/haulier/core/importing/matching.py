"""Payments of a file and what they are for: all of them are matched and kept, and only then is anybody told."""
from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ...model.errors import Held, Malformed
from ...model.files import go_on
from ...model.intake import ENDED, NOUGHT, Incoming, Intake, IntakeState
from ...model.match import Match
from ...model.record import Stage
from ...ports import Content, ImportBook, Items
from ..collecting import seldom
from ..reconcile.memory import BookMemory
from ..reconcile.policy import Rules
from ..reconcile.proof import Proof
from ..reconcile.reconciler import Reconciler
from .account import Account, prove, unfit
from .order import Order
from .passing import Passing, Ready
from .payments import payments_of
from .posting import Outlets, post
from .storing import Steps
from .taking import ending, rehearsed


@dataclass(frozen=True, slots=True)
class Matching:
    """What payments are matched with, and who is told."""

    items: Items
    rules: Rules
    outlets: Outlets


def match_and_tell(order: Order, matching: Matching, file: Incoming, content: Content, book: ImportBook,
                   check: Callable[[], None] = go_on) -> Intake:
    """A file of payments to its end, or on with it; as it is when that is over.

    Nobody is told before all payments are matched and kept: a try that ends before that is begun anew, one that ends
    after it goes on with those that nobody was told of.
    """
    intake = book.begin(file)
    if intake.state in ENDED:
        return intake
    with ending(book, intake), seldom():
        if intake.state is not IntakeState.MATCHED:
            intake = _Try(order, matching, content, book, intake, check).all()
        return _told(matching, intake, book, check)
    return book.intake(intake.id)


def tell_on(matching: Matching, intake: Intake, run: int, book: ImportBook, check: Callable[[], None] = go_on) -> None:
    """Go on telling of a file that is matched: its bytes are not needed any more, and may be gone."""
    with suppress(Held):
        intake = book.begin(intake.file._replace(run=run))
        if intake.state is IntakeState.MATCHED:
            with ending(book, intake):
                _told(matching, intake, book, check)


def _told(matching: Matching, intake: Intake, book: ImportBook, check: Callable[[], None]) -> Intake:
    post(matching.outlets, intake, book, check)
    return book.become(intake.id, IntakeState.DONE, tries=intake.tries)


def trial(order: Order, items: Items, rules: Rules, content: Content, check: Callable[[], None] = go_on,
          book: ImportBook | None = None) -> dict[str, Any]:
    """What matching would come to; nothing is kept, nobody is told. `book`: what came before counts."""
    items.heed(check)
    reconciler, proof = Reconciler(items, rules, BookMemory(book, order.flow) if book else None), Proof()
    known = (lambda keys: book.known(order.flow, keys)) if book else (lambda keys: set())
    for ready in Passing(order, "", known).batches(content):
        check()
        payments, wrong = payments_of(ready.rows)
        ready.refuse(wrong, Stage.MATCH)
        proof.all(reconciler.match(payments, ready.batch.numbers))
    for _, before, after in reconciler.changes():
        proof.change(before, after)
    return proof.report()


class _Try:
    """One go at matching one file."""

    def __init__(self, order: Order, matching: Matching, content: Content, book: ImportBook, intake: Intake,
                 check: Callable[[], None]) -> None:
        self._order, self._content, self._book, self._check = order, content, book, check
        matching.items.heed(check)
        self._intake = book.restart(intake.id, intake.tries) if intake.mark.number else intake
        memory = BookMemory(book, order.flow, intake.id)
        self._reconciler = Reconciler(matching.items, matching.rules, memory)
        self._account, self._proof = Account(), Proof()

    def all(self) -> Intake:
        """Every payment; the intake is MATCHED then, and its money proved."""
        self._before()
        steps = Steps(self._book, self._intake)
        try:
            self._read(steps)
        except Malformed as error:      # what was wrong with its rows is kept
            steps.store()
            raise unfit(error, self._account, self._order.parser, self._content) from error
        steps.finish()
        self._rest()
        report = {**self._account.report(), **self._proof.report()}
        return self._book.become(self._intake.id, IntakeState.MATCHED, report=report, money=self._proof.money(),
                                 tries=self._intake.tries)

    def _read(self, steps: Steps) -> None:
        counts, policy = NOUGHT, self._order.policy
        known = lambda keys: self._book.known(self._order.flow, keys, self._intake.id, settled=True)    # noqa: E731
        for ready in Passing(self._order, self._intake.file.digest, known).batches(self._content):
            self._check()
            bookings = self._match(ready)
            self._account.add(ready.batch, ready.rejects)
            policy.look(self._content.name, counts, ready.rejects)
            counts = counts.plus(ready.counts)
            steps.add(ready, bookings)
            policy.check(self._content.name, counts, whole=False)
        policy.check(self._content.name, counts, whole=True)

    def _before(self) -> None:
        if self._order.policy.is_open:
            rehearsed(self._order, self._content, self._book, self._check, self._intake.id)
        elif self._order.strict:
            prove(self._order.parser, self._content)

    def _match(self, ready: Ready) -> list[tuple[int, str, Match]]:
        payments, wrong = payments_of(ready.rows)
        ready.refuse(wrong, Stage.MATCH)
        matches = self._reconciler.match(payments, ready.batch.numbers)
        self._proof.all(matches)
        return list(zip(ready.batch.numbers, ready.keys, matches, strict=True))

    def _rest(self) -> None:
        """What only all payments together can say."""
        changed = list(self._reconciler.changes())
        for start in range(0, len(changed), 500):
            part = changed[start:start + 500]
            self._book.rebook(self._intake.id, [(number, after) for number, _, after in part],
                              self._intake.tries)
            for _, before, after in part:
                self._proof.change(before, after)
