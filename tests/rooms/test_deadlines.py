"""The watch over what must have arrived: what it tells when, by whatever clock, however many look."""
from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from haulier.core.schedule import nanoseconds
from haulier.engine import deadlines
from haulier.engine.deadlines import Deadlines
from haulier.ledger import books as open_books
from haulier.ledger.books import Books
from haulier.model.arrival import Arrival, ArrivalState, Expectation
from haulier.model.run import RunState, Totals
from haulier.settings.arrivals import ExpectForm
from haulier.testing.bench import until
from haulier.testing.ledgers import new, whole_way

A = ArrivalState
NOW = datetime.now(UTC)
"""When a test begins. Deadlines are full minutes, and tests go by minutes: in the middle of one."""


@pytest.fixture(autouse=True)
def begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "NOW", datetime.now(UTC).replace(second=30))
    monkeypatch.setattr(deadlines, "SHARE", 0)      # or what took long to count is not counted again for a while


def clock_of(**later: float) -> str:
    return f"{NOW + timedelta(**later):%H:%M}"


def expectation(**written: object) -> Expectation:
    """In an hour, of what comes from three hours ago on."""
    usual = {"files": "*.csv", "by": clock_of(hours=1), "since": clock_of(hours=-3), "warn": "30m"}
    return ExpectForm.model_validate({**usual, **written}).expectation(timezone="UTC")


class HandClock:
    """A clock that is set by hand. What is delivered bears the real time."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> int:
        return nanoseconds(self.at)

    def sleep(self, seconds: float) -> None:
        raise AssertionError("a look waits for nothing")


class Hub:
    """A watch over one database, and its clock."""

    def __init__(self, books: Books, *expected: Expectation) -> None:
        self.books, self.clock = books, HandClock()
        self.expected: dict[str, list[Expectation]] = {"payroll": list(expected)}
        self.asked, self.answers = list[str](), threading.Event()
        self.answers.set()
        self.answer = "The folder is empty."
        self.watch = Deadlines(books.arrivals, self.clock, lambda: self.expected, self.diagnose)

    def diagnose(self, flow: str, one: Expectation) -> str:
        self.asked.append(flow)
        self.answers.wait(20)
        return self.answer

    def look(self, **later: float) -> list[str]:
        """What is told when it looks so much later."""
        before = len(self.told())
        self.clock.at += timedelta(seconds=2, **later)
        self.watch()
        return self.told()[before:]

    def told(self) -> list[str]:
        return [one.kind.removeprefix("arrival.") for one in self.books.reader.events(0)
                if one.kind.startswith("arrival.")]

    def tells(self, kind: str, **later: float) -> Arrival:
        """It looks so much later, and until it tells that."""
        found = self.look(**later)
        until(lambda: bool(found) or bool(found.extend(self.look()) or found), 20, lambda: f"not {kind}: {self.told()}")
        assert found == [kind]
        return max(self.rows(), key=lambda one: one.changed if one.state is not A.OPEN else 0)

    def rows(self) -> list[Arrival]:
        return [*self.books.arrivals.listed()]


def deliver(books: Books, *paths: str) -> None:
    run = books.ledger.start("payroll", source="a", target="b")
    files = books.ledger.claim(run, [new(path) for path in paths]).transfers
    books.ledger.record(run, [report for one in files for report in whole_way(one)])
    books.ledger.finish(run, RunState.DONE, Totals())


@pytest.fixture
def place(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/ledger.db"


@pytest.fixture
def books(place: str) -> Iterator[Books]:
    with closing(open_books(place)) as opened:
        yield opened


def test_warned_late_recovered(books: Books) -> None:
    hub = Hub(books, expectation(count=2))
    assert hub.look() == [] and [one.state for one in hub.rows()] == [A.OPEN]
    assert hub.look(minutes=29) == [] and hub.asked == []
    warned = hub.tells("warned", minutes=2)
    assert (warned.state, warned.diagnosis, hub.asked) == (A.WARNED, "The folder is empty.", ["payroll"])
    deliver(books, "a.csv", "note.txt")
    assert hub.look() == [] and hub.rows()[0].found == 1, "seen, but nothing is to be told"
    late = hub.tells("late", minutes=30)
    assert (late.found, len(hub.asked)) == (1, 2)
    deliver(books, "b.csv")
    recovered = hub.tells("recovered", hours=1)
    assert (recovered.state, recovered.found, recovered.diagnosis) == (A.RECOVERED, 2, "")
    following = hub.rows()[0]
    assert (following.state, following.due, following.found) == (A.OPEN, late.due + 86_400 * 10**9, 0)
    assert hub.look(minutes=1) == []


def test_in_time(books: Books) -> None:
    hub = Hub(books, expectation())
    hub.look()
    deliver(books, "a.csv")
    assert hub.tells("met").found == 1 and hub.asked == []
    assert [one.state for one in hub.rows()] == [A.OPEN, A.MET]
    assert hub.look(hours=2) == []


def test_what_never_comes_is_missed_and_the_next_day_begins(books: Books) -> None:
    hub = Hub(books, expectation())
    hub.look()
    hub.tells("late", hours=2)
    assert hub.look(hours=17) == []
    missed = hub.tells("missed", hours=2)
    assert missed.state is A.MISSED and hub.rows()[0].state is A.OPEN
    assert hub.rows()[0].due == missed.due + 86_400 * 10**9


def test_a_hub_that_was_away_tells_the_deadline_that_it_missed(books: Books) -> None:
    Hub(books, expectation()).look()
    deliver(books, "a.csv")
    assert Hub(books, expectation()).tells("met", hours=5), "it came in time, though nobody looked"
    later = Hub(books, expectation())
    first = later.tells("late", days=5)
    assert later.tells("missed").due == first.due
    assert later.tells("late").due == first.due + 3 * 86_400 * 10**9, "the last of those that passed"


def test_two_hubs_tell_it_once(books: Books, place: str) -> None:
    with closing(open_books(place)) as others:
        one, other = Hub(books, expectation()), Hub(others, expectation())
        for hub in (one, other):
            hub.look()
        other.answers.clear()
        assert other.look(hours=2) == [], "it looks why"
        one.tells("late", hours=2)
        other.answers.set()
        assert [other.look() for _ in range(5)] == [[]] * 5
        assert one.told() == ["late"] and len(one.rows()) == 1


def test_a_change_counts_from_then_and_a_mistake_in_the_file_does_not(books: Books) -> None:
    hub = Hub(books, expectation())
    hub.look()
    before = hub.rows()
    hub.expected = {}       # the job has a mistake
    assert hub.look(minutes=90) == [] and hub.rows() == before
    hub.expected = {"payroll": [expectation()]}
    hub.tells("late")
    hub.expected = {"payroll": [expectation(count=5)]}
    assert hub.look() == [] and [(one.least, one.state) for one in hub.rows()] == [(5, A.OPEN)]
    hub.expected = {"payroll": []}
    assert hub.look() == [] and hub.rows() == []


def test_a_source_that_does_not_answer_holds_up_nothing(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "PATIENCE", 0.2)
    hub = Hub(books, expectation(), expectation(files="*.txt"))
    hub.look()
    hub.answers.clear()
    deliver(books, "note.txt")
    assert hub.look(hours=2) == ["met"], "what is known is told at once"
    late = hub.tells("late")
    assert late.diagnosis == "The source has not answered within 0.2 seconds."
    hub.answers.set()


def test_what_is_seen_of_a_late_file_is_kept_up_to_date(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = Hub(books, expectation())
    hub.look()
    hub.tells("late", hours=2)
    hub.answer = "a.csv is still being written."
    assert hub.look(minutes=2) == [] and hub.rows()[0].diagnosis == "The folder is empty.", "not looked at all the time"
    monkeypatch.setattr(deadlines, "OLD", 0.0)
    until(lambda: not hub.look(minutes=2) and hub.rows()[0].diagnosis == hub.answer, 20, lambda: f"{hub.rows()}")
    assert hub.told() == ["late"], "that is nothing to tell anew"


def test_a_look_costs_little_while_nothing_happens(books: Books) -> None:
    hub = Hub(books, *[expectation(files=f"{number}-*") for number in range(50)])
    hub.look()
    asked: list[str] = []
    found, hub.watch._arrivals.found = hub.watch._arrivals.found, lambda *all: asked.append(all[0]) or 0  # type: ignore
    for _ in range(10):
        hub.look()
    assert len(asked) == 50, "all were counted once, in a minute"
    hub.watch._arrivals.found = found  # type: ignore[method-assign]
