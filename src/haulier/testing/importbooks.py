"""The suite every import book must pass, together with the books that it belongs to."""
from __future__ import annotations

import time
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ..model.errors import Busy, Corrupt, Invalid, LeaseLost, NotFound
from ..model.history import Keep
from ..model.intake import Counts, Intake, IntakeState, Money
from ..model.record import START, Mark
from ..model.run import Run, RunState, Totals
from ..ports import Progress
from .books import Books, at_once
from .paymentbooks import PaymentBookSuite, keep, matched
from .racingbooks import RacingBookSuite
from .rejectbooks import FILE, F, RejectBookSuite, S, done, further, key, reject


def start(books: Books, flow: str = F) -> Run:
    return books.ledger.start(flow, source="", target="")


def finish(books: Books, run: Run, state: RunState = RunState.DONE) -> None:
    books.ledger.finish(run, state, Totals())


def told(books: Books, run: int = 0) -> list[tuple[str, str]]:
    """What events say of imports."""
    return [(event.kind, event.text) for event in books.reader.events(0, run=run) if event.kind.startswith("import.")]


class ImportBookSuite(RacingBookSuite, RejectBookSuite, PaymentBookSuite):
    """Files, rows and rejects; and what the others ask."""

    # Files

    def test_a_file_from_its_beginning_to_its_end(self, books: Books) -> None:
        run = start(books)
        file = FILE._replace(run=run.id)
        intake = books.imports.begin(file)
        assert intake == Intake(intake.id, file, S.READING, started=intake.started) and intake.started
        further(books, intake, 3, rejects=1)
        further(books, intake, 2, duplicates=1, first=10)
        found = books.imports.intake(intake.id)
        assert (found.counts, found.mark) == (Counts(5, 3, 1, 1), Mark(5, 50, 6, {"quote": "ä"}))
        report = {"checks": [{"said": Decimal("1.50"), "on": date(2026, 1, 2)}], "å\0": 1.5}
        assert books.imports.become(intake.id, S.READING, report=report).report == report
        done = books.imports.become(intake.id, S.DONE)
        assert done == books.imports.intake(intake.id) and done.finished and done.finished >= done.started
        assert (done.state, done.counts, done.mark, done.report) == (S.DONE, found.counts, found.mark, report)
        assert told(books, run.id) == [
            ("import.begun", "in/å.csv: 1234 bytes to be read as csv"),
            ("import.done", "in/å.csv: 5 rows: 3 accepted, 1 rejected, 1 duplicates"),
            ("import.rejects", "in/å.csv: 1 row to be put right")]

    def test_the_same_bytes_are_noted_and_not_taken_again(self, books: Books) -> None:
        first = done(books)
        again = books.imports.begin(FILE._replace(name="copy.csv", version="2"))
        assert (again.state, again.origin, again.counts) == (S.DUPLICATE, first.id, Counts()) and again.finished
        third = books.imports.begin(FILE)
        assert (third.state, third.origin) == (S.DUPLICATE, first.id) and len({first.id, again.id, third.id}) == 3
        for other in (FILE._replace(flow="other"), FILE._replace(digest="cd" * 32)):
            assert books.imports.begin(other).state is S.READING
        assert books.imports.become(first.id, S.DONE) == first == books.imports.intake(first.id)

    def test_one_that_failed_is_gone_on_with(self, books: Books) -> None:
        intake = books.imports.begin(FILE)
        further(books, intake, 5, rejects=1)
        failed = books.imports.become(intake.id, S.FAILED, error="the API is away\0" + "x" * 9000)
        assert failed.finished and failed.error.startswith("the API is away") and len(failed.error) < 2100
        again = books.imports.begin(FILE._replace(name="moved.csv"))
        assert (again.id, again.state, again.tries, again.error, again.finished) == (intake.id, S.READING, 2, "", None)
        assert (again.counts, again.mark.number, again.file.name) == (Counts(5, 4, 1), 5, "moved.csv")
        assert len(books.imports.kept(intake.id)) == 1
        assert books.imports.known(F, [key(1)]) == {key(1)}

    @pytest.mark.parametrize("state", [S.READING, S.FAILED])
    def test_with_other_settings_it_begins_anew(self, books: Books, state: IntakeState) -> None:
        intake = books.imports.begin(FILE)
        further(books, intake, 5, rejects=1)
        keep(books, intake, matched("1", "INV"), row=6)
        books.imports.become(intake.id, state, error="no")
        again = books.imports.begin(FILE._replace(version="2"))
        assert (again.id, again.tries, again.counts, again.mark) == (intake.id, 2, Counts(), START)
        assert books.imports.kept(intake.id) == []
        assert books.imports.bookings(intake.id) == []
        assert books.imports.known(F, [key(number) for number in range(9)]) == set()
        assert books.imports.allocated(F, ["INV"]) == {} and books.imports.earlier(F, ["id 1"], []) == []

    def test_what_was_read_to_its_end_is_not_read_again(self, books: Books) -> None:
        intake = books.imports.begin(FILE)
        keep(books, intake, matched("1", "INV"))
        books.imports.become(intake.id, S.MATCHED)
        for state in (S.MATCHED, S.FAILED, S.REFUSED):
            books.imports.become(intake.id, state, error="no")
            again = books.imports.begin(FILE._replace(version="2"))
            assert (again.state, again.file.version, again.counts.rows) == (S.MATCHED, "1", 1)
        assert len(books.imports.bookings(intake.id)) == 1 and again.tries == 4
        with pytest.raises(Invalid, match=r"in/å\.csv: all of it was read and kept"):
            books.imports.restart(intake.id)

    def test_one_that_was_refused_begins_anew(self, books: Books) -> None:
        intake = books.imports.begin(FILE)
        further(books, intake, 3, rejects=1)
        keep(books, intake, matched("1", "INV"), row=4)
        refused = books.imports.become(intake.id, S.REFUSED, error="the totals are wrong")
        assert refused.finished and refused.counts.rows == 4 and len(books.imports.kept(intake.id)) == 1
        assert books.imports.known(F, [key(1)]) == set(), "nothing of it counts as taken"
        assert books.imports.allocated(F, ["INV"]) == {} and books.imports.bookings(intake.id) == []
        assert books.imports.totals() == {"open": 0, "review": 0}
        again = books.imports.begin(FILE)
        assert (again.id, again.state, again.tries, again.counts, again.mark) == (intake.id, S.READING, 2, Counts(),
                                                                                  START)
        assert books.imports.kept(intake.id) == []

    def test_a_file_in_the_hands_of_another_run(self, books: Books) -> None:
        one, two = start(books), start(books, "other")
        intake = books.imports.begin(FILE._replace(run=one.id))
        assert books.imports.begin(FILE._replace(run=one.id)).tries == 2
        with pytest.raises(Busy, match=rf"in/å\.csv: run {one.id}, which is running, is at this file already"):
            books.imports.begin(FILE._replace(run=two.id))
        finish(books, one, RunState.FAILED)
        again = books.imports.begin(FILE._replace(run=two.id))
        assert (again.id, again.file.run, again.tries) == (intake.id, two.id, 3)
        with pytest.raises(Busy):
            books.imports.begin(FILE._replace(run=start(books).id))

    def test_of_many_who_begin_one_does(self, books: Books) -> None:
        runs = [start(books, f"flow {number}").id for number in range(4)]

        def begin(run: int) -> bool:
            try:
                return bool(books.imports.begin(FILE._replace(run=run)))
            except Busy:
                return False

        assert sum(at_once(*(lambda run=run: begin(run) for run in runs))) == 1
        assert len(books.imports.intakes(F)) == 1

    def test_counts_and_money_must_balance_before_it_is_done(self, books: Books) -> None:
        intake = books.imports.begin(FILE)
        books.imports.advance(intake.id, Progress(Mark(3), Counts(3, 1, 1, 0)))
        with pytest.raises(Corrupt, match=r"in/å\.csv: 3 rows in it, but 1 accepted, 1 rejected and 0 duplicates"):
            books.imports.become(intake.id, S.DONE)
        books.imports.advance(intake.id, Progress(Mark(3), Counts(0, 1)))
        wrong = {"SEK": Money(Decimal(10), Decimal(4), Decimal(5))}
        with pytest.raises(Corrupt, match="10 SEK in it, but 4 matched, 5 unmatched"):
            books.imports.become(intake.id, S.DONE, money=wrong)
        assert books.imports.become(intake.id, S.MATCHED, money=wrong).money == wrong
        with pytest.raises(Corrupt, match="10 SEK"):
            books.imports.become(intake.id, S.DONE)
        right = {"SEK": Money(Decimal("10.10"), Decimal("4.05"), Decimal("6.05")), "EUR": Money()}
        assert books.imports.become(intake.id, S.DONE, money=right).money == right

    def test_what_somebody_else_took_is_not_stored_twice(self, books: Books) -> None:
        intake = books.imports.begin(FILE)
        late = Progress(Mark(3, 30, 4), Counts(3, 3), keys=[key(7), key(8), key(9)])
        further(books, intake, 3)
        with pytest.raises(LeaseLost, match=r"its rows up to 3 were taken by somebody else"):
            books.imports.advance(intake.id, late)
        books.imports.become(intake.id, S.DONE)
        for state in (S.FAILED, S.READING):
            with pytest.raises(LeaseLost, match="it is done already"):
                books.imports.become(intake.id, state)
        with pytest.raises(LeaseLost, match="it is done"):
            books.imports.advance(intake.id, late._replace(mark=Mark(6)))
        assert books.imports.known(F, late.keys) == set() and books.imports.intake(intake.id).counts.rows == 3

    def test_all_of_a_step_or_nothing(self, books: Books) -> None:
        done(books)
        intake = books.imports.begin(FILE._replace(digest="cd"))
        with pytest.raises(Busy, match="taken from another file meanwhile"):
            books.imports.advance(intake.id, Progress(Mark(3), Counts(3, 2, 1), [reject(1)], [key(99), key(1)],
                                                      [(2, "k", matched("1", "INV"))]))
        assert books.imports.intake(intake.id) == intake and books.imports.known(F, [key(99)]) == set()
        assert books.imports.kept(intake.id) == [] == books.imports.bookings(intake.id)

    def test_to_read_it_from_its_beginning(self, books: Books) -> None:
        intake = books.imports.begin(FILE)
        further(books, intake, 3, rejects=1)
        keep(books, intake, matched("1", "INV"), row=4)
        again = books.imports.restart(intake.id)
        assert (again.counts, again.mark, again.state, again.tries) == (Counts(), START, S.READING, 1)
        assert books.imports.kept(intake.id) == [] == books.imports.bookings(intake.id)
        further(books, intake, 3, rejects=1)

    def test_what_is_not_there(self, books: Books) -> None:
        for ask in (lambda: books.imports.intake(7), lambda: books.imports.restart(7),
                    lambda: books.imports.become(7, S.DONE), lambda: books.imports.drop(7, "anna"),
                    lambda: books.imports.fix(7, "anna", {"a": "b"}), lambda: books.imports.booking(7),
                    lambda: books.imports.reject(7),
                    lambda: books.imports.trail(7), lambda: books.imports.replayed(7, [], [], []),
                    lambda: books.imports.advance(7, Progress(Mark(1), Counts(1, 1)))):
            with pytest.raises(NotFound, match="there is no"):
                ask()
        assert books.imports.known(F, [key(1)]) == set() == books.imports.known(F, [])
        assert books.imports.fixed(F) == [] == books.imports.kept(7) and books.imports.intakes() == []
        assert books.imports.totals() == {"open": 0, "review": 0}

    def test_files_are_listed_newest_first(self, books: Books) -> None:
        run = start(books)
        all_ = [books.imports.begin(FILE._replace(digest=f"{number}", run=run.id if number % 2 else 0,
                                                  flow=F if number < 5 else "other")).id for number in range(7)][::-1]
        books.imports.become(all_[-1], S.FAILED)

        def listed(flow: str = "", **asked: Any) -> list[int]:
            return [intake.id for intake in books.imports.intakes(flow, **asked)]

        assert listed() == all_ and listed(F) == all_[2:] and listed("none") == []
        assert listed(run=run.id) == all_[1::2] and listed(state=S.FAILED) == all_[-1:]
        assert listed(limit=2) == all_[:2] and listed(before=all_[1], limit=2) == all_[2:4]
        assert listed(F, before=all_[3], state=S.READING) == all_[4:-1]

    # Keys of rows

    def test_thousands_of_keys(self, books: Books) -> None:
        intake = books.imports.begin(FILE)
        keys = [bytes([number % 251]) + key(number)[1:] for number in range(5000)]
        for at in range(0, 5000, 2500):
            books.imports.advance(intake.id, Progress(Mark(at + 2500), Counts(2500, 2500), keys=keys[at:at + 2500]))
        fresh = [key(number + 10_000) for number in range(1000)]
        assert books.imports.known(F, [*fresh, *keys]) == set(keys)
        assert books.imports.known(F, keys, intake.id) == set() == books.imports.known("other", keys)

    def test_keys_of_a_file_that_may_yet_be_refused(self, books: Books) -> None:
        intake = books.imports.begin(FILE)
        further(books, intake, 2)
        keys = [key(1), key(2), key(9)]
        for state in (S.READING, S.FAILED):
            books.imports.become(intake.id, state)
            with pytest.raises(Busy, match=r"rows of this file are in in/å\.csv too, which is not at its end yet"):
                books.imports.known(F, keys, 7, settled=True)
            assert books.imports.known(F, keys) == set(keys[:2]), "who only looks is told"
            assert books.imports.known(F, keys[2:], settled=True) == set()
            assert books.imports.known(F, keys, intake.id, settled=True) == set(), "it has them itself"
        books.imports.become(intake.id, S.DONE)
        assert books.imports.known(F, keys, settled=True) == set(keys[:2])
        refused = books.imports.begin(FILE._replace(digest="cd"))
        further(books, refused, 1, first=9)
        books.imports.become(refused.id, S.REFUSED, told=True)
        assert books.imports.known(F, keys, settled=True) == set(keys), "its rows were told before that"

    # Old history

    def test_what_was_taken_is_known_for_ever(self, books: Books) -> None:
        run = start(books)
        intake = done(books, FILE._replace(run=run.id), rejects=3)
        copy = books.imports.begin(FILE._replace(run=run.id, name="copy"))
        refused = books.imports.begin(FILE._replace(run=run.id, digest="cd"))
        further(books, refused, 2, rejects=2)
        books.imports.become(refused.id, S.REFUSED, error="no")
        one, two, three = books.imports.kept(intake.id)
        books.imports.drop(one.id, "anna")
        books.imports.fix(two.id, "anna", {"a": "b"})
        done(books, FILE._replace(flow="other"), rejects=1)     # the last reject of all stays, whatever it is
        finish(books, run)
        finish(books, start(books))
        assert sum(step.runs for step in books.agenda.prune(Keep(0.0, 0.0), time.time_ns())) == 1
        with pytest.raises(NotFound):
            books.agenda.run(run.id)
        assert [kept.id for kept in books.imports.kept(intake.id)] == [two.id, three.id]
        assert books.imports.kept(refused.id) == [] and books.imports.intake(refused.id).error == "no"
        assert books.imports.known(F, [key(1)]) == {key(1)}
        again = books.imports.begin(FILE)
        assert (again.state, again.origin) == (S.DUPLICATE, intake.id) and again.id > copy.id
