"""The suite that every memory of arrivals must pass."""
from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from ..model.arrival import Arrival, ArrivalState
from ..model.run import Report
from ..model.transfer import Signal
from ..ports import Arrivals
from .books import Books, BooksSuite, at_once
from .ledgers import MOMENT, new, whole_way

A = ArrivalState
HOUR = 3_600_000_000_000
FIRST = Arrival("payroll", "rule", MOMENT, MOMENT - HOUR, "*.csv", 2, changed=MOMENT - HOUR)
LATE = FIRST._replace(state=A.LATE, found=1, diagnosis="its folder is empty", changed=MOMENT)
NEXT = FIRST._replace(due=MOMENT + 24 * HOUR)


def told(books: Books) -> Sequence[tuple[str, str, int, str]]:
    return [(one.kind, one.flow, one.run, one.text) for one in books.reader.events(0)
            if one.kind.startswith("arrival.")]


class ArrivalsSuite(BooksSuite):
    """Deadlines, their states, and what arrived."""

    @pytest.fixture
    def arrivals(self, books: Books) -> Arrivals:
        return books.arrivals

    def test_a_state_and_its_event_are_one(self, books: Books, arrivals: Arrivals) -> None:
        assert arrivals.turn(None, FIRST) and not arrivals.turn(None, FIRST._replace(least=3))
        assert arrivals.open() == [FIRST] == arrivals.listed() and told(books) == []
        assert arrivals.turn(FIRST, LATE, "payroll: late")
        assert arrivals.open() == [LATE]
        assert told(books) == [("arrival.late", "payroll", 0, "payroll: late")]
        assert not arrivals.turn(FIRST, LATE, "payroll: late"), "its state is another by now"
        assert arrivals.turn(LATE, LATE._replace(found=0, diagnosis=""))
        assert len(told(books)) == 1, "the state is the same, so nothing is told"

    def test_the_next_deadline_comes_with_the_end_of_this_one(self, books: Books, arrivals: Arrivals) -> None:
        met = FIRST._replace(state=A.MET, found=2)
        arrivals.turn(None, FIRST)
        assert arrivals.turn(FIRST, met, "payroll: in time", NEXT)
        assert arrivals.open() == [NEXT] and arrivals.listed() == [NEXT, met]
        assert arrivals.listed("payroll", limit=1) == [NEXT] and arrivals.listed("other") == []
        assert not arrivals.turn(FIRST, LATE, "x", NEXT) and [kind for kind, *_ in told(books)] == ["arrival.met"]

    def test_of_many_that_see_the_same_one_tells_it(self, books: Books, arrivals: Arrivals) -> None:
        assert sum(at_once(*[lambda: arrivals.turn(None, FIRST)] * 4)) == 1
        assert sum(at_once(*[lambda: arrivals.turn(FIRST, LATE, "late", NEXT)] * 4)) == 1
        assert len(told(books)) == 1

    def test_what_is_expected_no_more(self, arrivals: Arrivals) -> None:
        over = FIRST._replace(state=A.MISSED)
        arrivals.turn(None, FIRST)
        arrivals.turn(FIRST, over, "", NEXT)
        for one in (over, NEXT):
            arrivals.drop(one)
        assert arrivals.listed() == [over], "what is over stays"

    def test_what_arrived(self, books: Books, arrivals: Arrivals) -> None:
        before = time.time_ns()
        for flow, paths in {"payroll": ["a.csv", "b.csv", "c.txt", "d.csv"], "other": ["e.csv"]}.items():
            run = books.ledger.start(flow, source="a", target="b")
            files = books.ledger.claim(run, [new(path) for path in paths]).transfers
            books.ledger.record(run, [report for one in files[:3] for report in whole_way(one)])
            if len(files) > 3:
                books.ledger.record(run, [Report(files[3].id, Signal.PERMANENT, "no", "Denied")])
        again = books.ledger.claim(run, [new("a.csv")]).transfers[0]
        books.ledger.record(run, [Report(again.id, Signal.DUPLICATE)])

        def found(flow: str, since: int = before, until: int = 1 << 62, most: int = 100) -> int:
            return arrivals.found(flow, since, until, lambda path: path.endswith(".csv"), most)
        assert (found("payroll"), found("payroll", most=1), found("other"), found("nobody")) == (2, 1, 2, 0)
        assert found("payroll", until=before) == found("payroll", since=time.time_ns()) == 0
        assert arrivals.active(before) == {"payroll", "other"}
        assert arrivals.active(before + 2 * HOUR) == set()
