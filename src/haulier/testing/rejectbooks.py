"""What every import book must pass about rejects, and who puts them right; part of its suite."""
from __future__ import annotations

from datetime import UTC, date, datetime
from datetime import time as clock
from decimal import Decimal

import pytest

from ..model.errors import Invalid
from ..model.intake import Counts, Incoming, Intake, IntakeState, Kept, Waiting
from ..model.record import Fault, Mark, Reject, Row, Stage
from ..ports import Progress
from .books import Books, BooksSuite
from .paymentbooks import asking, matched, of_file

F = "nightly/bank"
S = IntakeState
FILE = Incoming(F, 0, "in/å.csv", "sftp://bank/in", 1234, "ab" * 32, "csv", "1")


def key(number: int) -> bytes:
    return number.to_bytes(16, "big")


def reject(number: int, row: Row | None = None) -> Reject:
    return Reject(number, number + 1, (Fault("no_number", "it is no number", "amount", "1x\0"), Fault("late", "late")),
                  "a;1x\0\ud800;å", row, Stage.VALIDATE, number * 10)


def further(books: Books, intake: Intake, rows: int, *, rejects: int = 0, duplicates: int = 0, first: int = 1) -> None:
    """So many rows more, the last of them rejected; the first has key number `first`."""
    before = books.imports.intake(intake.id).mark
    mark = Mark(before.number + rows, before.offset + rows * 10, before.line + rows, {"quote": "ä"})
    accepted = rows - rejects - duplicates
    books.imports.advance(intake.id, Progress(
        mark, Counts(rows, accepted, rejects, duplicates),
        [reject(mark.number - rejects + number + 1) for number in range(rejects)],
        [key(first + number) for number in range(accepted)]))


def done(books: Books, file: Incoming = FILE, rejects: int = 0) -> Intake:
    """A file of three rows, and so many rejects."""
    intake = books.imports.begin(file)
    further(books, intake, 3 + rejects, rejects=rejects)
    return books.imports.become(intake.id, S.DONE)


class RejectBookSuite(BooksSuite):
    """Override as BooksSuite wants it."""

    def test_a_reject_is_kept_as_it_was(self, books: Books) -> None:
        row = {"a": Decimal("1.50"), "b": date(2026, 1, 2), "c": datetime(2026, 1, 2, 3, 4, 5, 6, UTC),
               "d": clock(1, 2), "e": None, "f": [1, True, {"": "date", "x": "å\0\ud800"}], "g": 1.5, "": "map",
               "h": float("inf")}
        intake = books.imports.begin(FILE)
        for number, one in ((1, row), (2, None)):
            books.imports.advance(intake.id, Progress(Mark(number), Counts(1, 0, 1), [reject(number, one)]))
        first, second = books.imports.kept(intake.id)
        assert first == Kept(first.id, intake.id, reject(1, row)) and second.reject == reject(2)
        assert str(first.reject.row) == str(row)
        assert books.imports.kept(intake.id, after=first.id) == [second]
        assert books.imports.kept(intake.id, limit=1) == [first]

    def test_a_person_puts_a_row_right(self, books: Books) -> None:
        intake = done(books, rejects=3)
        one, two, three = books.imports.kept(intake.id)
        assert books.imports.totals()["open"] == 3
        values = {"amount": "1.50", "å": "ä"}
        fixed = books.imports.fix(one.id, "anna", values)
        assert fixed == one._replace(state="fixed", fixed=values, by="anna", at=fixed.at) and fixed.at
        whole = books.imports.fix(two.id, "bo", {}, "a;1;b")
        assert (whole.state, whole.text) == ("fixed", "a;1;b")
        assert books.imports.fixed(F) == [fixed, whole] == books.imports.kept(intake.id, state="fixed")
        assert books.imports.fixed(F, after=one.id) == [whole] and books.imports.fixed(F, limit=1) == [fixed]
        assert books.imports.fix(two.id, "bo", {}).state == "open" and books.imports.fixed(F) == [fixed]
        dropped = books.imports.drop(three.id, "bo")
        assert (dropped.state, dropped.by) == ("dropped", "bo") and books.imports.drop(three.id, "cia") == dropped
        with pytest.raises(Invalid, match=f"reject {three.id}: it is dropped already, by bo"):
            books.imports.fix(three.id, "anna", values)
        assert books.imports.totals()["open"] == 1 and len(books.imports.kept(intake.id)) == 3

    def test_what_was_put_right_is_taken(self, books: Books) -> None:
        intake = done(books, rejects=3)
        ids = [one.id for one in books.imports.kept(intake.id)]
        for number in ids:
            books.imports.fix(number, "anna", {"amount": "1"})
        books.imports.drop(ids[1], "bo")        # while it was on its way
        worse = reject(9, {"amount": "2x"})
        for _ in range(2):                      # whoever said so died, and says it again
            books.imports.replayed(intake.id, ids[:2], [key(50), key(51)], [(ids[2], worse)])
        after = books.imports.intake(intake.id)
        assert after.counts == Counts(6, 5, 1) and after.counts.balances
        states = [(one.state, one.reject.number) for one in books.imports.kept(intake.id)]
        assert states == [("replayed", 4), ("replayed", 5), ("open", 9)]
        assert books.imports.kept(intake.id)[2].fixed == {"amount": "1"}
        assert books.imports.known(F, [key(50), key(51)]) == {key(50), key(51)} and books.imports.fixed(F) == []
        with pytest.raises(Invalid, match=f"reject {ids[0]}: it is replayed already, by anna"):
            books.imports.fix(ids[0], "anna", {})
        with pytest.raises(Invalid, match=f"reject {ids[0]}: it was taken already"):
            books.imports.drop(ids[0], "anna")

    def test_a_file_that_is_not_done_has_nothing_to_replay(self, books: Books) -> None:
        intake = books.imports.begin(FILE)
        further(books, intake, 2, rejects=1)
        one, = books.imports.kept(intake.id)
        fixed = books.imports.fix(one.id, "anna", {"amount": "1"})
        assert books.imports.fixed(F) == []
        books.imports.become(intake.id, S.DONE)
        assert books.imports.fixed(F) == [fixed] and books.imports.fixed("other") == []

    def test_what_waits_for_somebody(self, books: Books) -> None:
        assert books.imports.waiting([]) == {}
        intake = done(books, rejects=4)
        one, two, three, _ = books.imports.kept(intake.id)
        books.imports.fix(one.id, "anna", {"amount": "1"})
        books.imports.fix(two.id, "anna", {"amount": "1"})
        books.imports.replayed(intake.id, [two.id], [], [])
        books.imports.drop(three.id, "anna")
        assert books.imports.reject(three.id) == books.imports.kept(intake.id)[2]
        payments = of_file(books, asking("1"), matched("2", "a"), asking("3"), digest="cd")
        reading = of_file(books, asking("4"), digest="ef", state=S.READING)
        refused = books.imports.begin(FILE._replace(digest="00" * 32))
        further(books, refused, 2, rejects=2)
        books.imports.become(refused.id, S.REFUSED)
        asked = [intake.id, payments.id, reading.id, refused.id, 999]
        assert books.imports.waiting(asked) == {intake.id: Waiting(1, 1), payments.id: Waiting(review=2)}
        assert books.imports.waiting([payments.id]) == {payments.id: Waiting(review=2)}
        assert books.imports.totals() == {"open": 1, "review": 2}
