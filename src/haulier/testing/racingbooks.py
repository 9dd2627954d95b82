"""What every import book must pass about those who come late, or two at once; part of its suite."""
from __future__ import annotations

from decimal import Decimal

import pytest

from ..model.errors import Held, Invalid, LeaseLost
from ..model.intake import Counts, Incoming, Intake, IntakeState, Money
from ..model.record import START, Mark
from ..model.run import Run, RunState, Start, Totals
from ..ports import Progress
from .books import Books, BooksSuite, at_once
from .paymentbooks import matched

F = "nightly/bank"
S = IntakeState
BESIDE = Start(alone=False)


def beside(books: Books) -> Run:
    """A run that others of its flow go on beside."""
    return books.ledger.start("nightly", source="", target="", how=BESIDE)


def over(books: Books, run: Run) -> None:
    books.ledger.finish(run, RunState.FAILED, Totals())


def begin(books: Books, run: Run, digest: str = "ab", version: str = "1") -> Intake:
    return books.imports.begin(Incoming(F, run.id, f"{digest}.csv", "file:///in", 10, digest, "csv", version))


def step(after: int, intake: Intake, rows: int = 3) -> Progress:
    """So many rows up to that one, as that try of it sees them."""
    keys = [bytes([number]) * 16 for number in range(after - rows, after)]
    return Progress(Mark(after), Counts(rows, rows), keys=keys,
                    bookings=[(after, f"k{after}", matched(f"{after}", "INV"))], tries=intake.tries)


class RacingBookSuite(BooksSuite):
    """Override as BooksSuite wants it."""

    def test_who_was_overtaken_changes_nothing(self, books: Books) -> None:
        """Suspended, given up for dead, and awake again."""
        one, two = beside(books), beside(books)
        late = begin(books, one)
        books.imports.advance(late.id, step(3, late))
        over(books, one)
        now = books.imports.restart(begin(books, two).id, 2)
        assert (late.tries, now.tries, now.mark) == (1, 2, START)
        books.imports.advance(now.id, step(4, now, 4))
        kept, payments = books.imports.intake(now.id), books.imports.bookings(now.id)
        changed = [(payments[0].number, matched("4", "other"))]
        for act in (lambda: books.imports.advance(late.id, step(7, late)),
                    lambda: books.imports.become(late.id, S.MATCHED, tries=1),
                    lambda: books.imports.become(late.id, S.FAILED, tries=1),
                    lambda: books.imports.rebook(late.id, changed, 1), lambda: books.imports.restart(late.id, 1),
                    lambda: books.imports.give_up(late.id, 1, "no")):
            with pytest.raises(LeaseLost, match=r"ab\.csv: another process has gone on with it"):
                act()
        assert books.imports.intake(now.id) == kept and books.imports.bookings(now.id) == payments
        books.imports.become(now.id, S.MATCHED, money={"SEK": Money(Decimal(100), Decimal(100))}, tries=2)
        done = books.imports.become(now.id, S.DONE, tries=2)
        assert books.imports.become(late.id, S.DONE, tries=1) == done

    def test_what_a_dead_run_has_begun_is_given_up(self, books: Books) -> None:
        dead, alive, me = beside(books), beside(books), beside(books)
        assert [begin(books, run, digest).state for run, digest in ((dead, "unread"), (me, "mine unread"))]
        gone, held, mine, matching = (begin(books, run, digest) for run, digest in (
            (dead, "a"), (alive, "b"), (me, "c"), (dead, "d")))
        for at, one in enumerate((gone, held, mine, matching)):
            books.imports.advance(one.id, Progress(Mark(1), Counts(1, 1), keys=[bytes([at]) * 16], tries=1))
        books.imports.become(matching.id, S.MATCHED)
        books.imports.become(mine.id, S.FAILED, error="the API is away")
        assert [one.id for one in books.imports.stranded(F, me.id)] == [mine.id]
        over(books, dead)
        found = books.imports.stranded(F, me.id)
        assert [one.id for one in found] == [matching.id, mine.id, gone.id]
        assert books.imports.stranded("other", me.id) == []
        assert books.imports.stranded(F, me.id, 1) == found[:1]
        for one in found[1:]:
            books.imports.give_up(one.id, one.tries, "its process ended")
        after = [books.imports.intake(one.id) for one in found[1:]]
        assert [(one.state, one.error, one.mark, one.counts) for one in after] == [
            (S.FAILED, "the API is away", START, Counts()), (S.FAILED, "its process ended", START, Counts())]
        assert books.imports.known(F, [bytes([at]) * 16 for at in range(4)]) == {b"\1" * 16, b"\3" * 16}
        with pytest.raises(LeaseLost):
            books.imports.advance(gone.id, Progress(Mark(2), Counts(1, 1), tries=1))
        with pytest.raises(Invalid, match="all of it was read and kept"):
            books.imports.give_up(matching.id, 1, "no")
        assert books.imports.stranded(F, me.id) == found[:1] == [books.imports.intake(matching.id)]
        assert begin(books, me, "a").tries == 2

    def test_one_run_at_a_time_does_what_persons_have_decided(self, books: Books) -> None:
        one, two = beside(books), beside(books)
        assert books.imports.enter(F, one.id) == one.id == books.imports.enter(F, one.id)
        assert books.imports.enter(F, two.id) == one.id and books.imports.enter("other", two.id) == two.id
        books.imports.leave(F, two.id)
        assert books.imports.enter(F, two.id) == one.id
        books.imports.leave(F, one.id)
        assert books.imports.enter(F, two.id) == two.id
        over(books, two)
        assert books.imports.enter(F, one.id) == one.id
        books.imports.leave("none", one.id)

    def test_of_many_who_come_in_one_does(self, books: Books) -> None:
        runs = [beside(books).id for _ in range(4)]
        inside = at_once(*(lambda run=run: books.imports.enter(F, run) for run in runs))
        assert len(set(inside)) == 1 and inside[0] in runs

    def test_a_file_is_held_by_one_run(self, books: Books) -> None:
        one, two = beside(books), beside(books)
        first = begin(books, one)
        with pytest.raises(Held, match=rf"ab\.csv: run {one.id}, which is running, is at this file already"):
            begin(books, two)
        assert books.imports.intake(first.id) == first
