"""Runs that wait without anybody: how long, how often, and what they are gone on with."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace

import pytest

from haulier.engine.course import Course
from haulier.engine.terms import Terms
from haulier.engine.work import Result, Work
from haulier.ledger.books import Books
from haulier.ledger.opening import open_books
from haulier.model.errors import Denied, HaulierError, Throttled, Unavailable
from haulier.model.files import Draft, Entry, Stream
from haulier.model.flow import Dedup, Rules
from haulier.model.retry import Retry
from haulier.model.run import Run, RunState, Totals, Transfer, Wanted
from haulier.model.transfer import Signal, State
from haulier.ports import Ledger, Store
from haulier.testing.bench import Counting
from haulier.testing.memory import Memory
from rooms.durables import room
from rooms.test_engine import NOW, filled
from unit.journeys import FakeClock, contents

R = RunState
DAYS = replace(NOW, retry=Retry())
PAUSES = [2, 4, 8, 16, 32, 60, 60, 60]


@pytest.fixture
def books() -> Iterator[Books]:
    with room() as folder, closing(open_books(f"sqlite:///{folder}/ledger.db")) as opened:
        yield opened


class Waiting:
    """One wanted run, carried turn after turn by a clock that jumps to when it wakes."""

    def __init__(self, books: Books, source: Store, target: Store, rules: Rules = DAYS, park: float = 0) -> None:
        self.books, self.park, self.clock = books, park, FakeClock()
        self.work = Work("job", source, target, "here", "there", rules)
        run = books.agenda.want(Wanted("job"))
        assert run
        self.number, self.pauses = run.id, list[float]()

    @property
    def run(self) -> Run:
        return self.books.agenda.run(self.number)

    @property
    def file(self) -> Transfer:
        return self.books.ledger.transfers(run=self.number)[0]

    def turn(self) -> Result:
        run = self.run
        only_pending = run.wakes is not None and not run.error      # as Carrier says
        return Course(self.books.ledger, self.work, self.clock, terms=Terms(
            run.id, only_pending=only_pending, park=self.park, may_fork=False)).run()

    def go_on(self, turns: int = 1000) -> RunState:
        for _ in range(turns):
            result = self.turn()
            if result.wakes is None:
                return result.state
            assert result.state is R.WAITING and self.run.wakes == result.wakes
            self.pauses.append((result.wakes - self.clock.at) / 1e9)
            self.clock.at = result.wakes
        return self.run.state


def assert_are(pauses: Sequence[float], expected: Sequence[float]) -> None:
    """Chance makes them up to a tenth shorter; what is due within half a second is due."""
    assert len(pauses) == len(expected)
    for pause, whole in zip(pauses, expected, strict=True):
        assert 0.9 * whole - 0.6 <= pause <= whole + 0.6, pauses


class Down(Counting):
    """Fails with `error` at each try until there were so many."""

    def __init__(self, tries: int = 1 << 30, error: HaulierError | None = None) -> None:
        super().__init__()
        self.tries, self.error, self.tried = tries, error or Unavailable("no route to host"), 0

    def write(self, draft: Draft, body: Iterable[bytes]) -> Iterator[Draft]:
        self.tried += 1
        if self.tried <= self.tries:
            raise self.error
        return super().write(draft, body)


class Unreachable(Counting):
    """The same, before anything is written."""

    def __init__(self, tries: int) -> None:
        super().__init__()
        self.tries = tries

    def connect(self) -> None:
        self.tries -= 1
        if self.tries >= 0:
            raise Unavailable("no route to host")


class Unlisted(Memory):
    def __init__(self, tries: int = 1 << 30) -> None:
        super().__init__()
        self.tries, self.tried = tries, 0

    def scan(self, prefix: str = "", *, deep: bool = False) -> Iterator[Entry]:
        self.tried += 1
        if self.tried <= self.tries:
            raise Unavailable("the server is away")
        return super().scan(prefix, deep=deep)


def test_pauses_grow_to_a_minute(books: Books) -> None:
    waiting = Waiting(books, filled(Memory(), a=b"1", b=b"2"), target := Down(16))
    assert waiting.go_on() is R.DONE
    assert_are(waiting.pauses, PAUSES)
    assert waiting.file.tries == 9 and contents(target) == {"a": b"1", "b": b"2"}
    assert (waiting.run.totals.done, waiting.run.turn, waiting.run.wakes) == (2, 8, None)


def test_short_pauses_are_waited_for_in_place(books: Books) -> None:
    waiting = Waiting(books, filled(Memory(), a=b"1"), Down(3), park=5)
    assert waiting.go_on() is R.DONE
    assert_are(waiting.pauses, [8])
    assert 0.9 * 6 - 1.2 <= sum(waiting.clock.slept) <= 6 + 1.2


def test_five_hundred_tries_are_enough(books: Books) -> None:
    waiting = Waiting(books, filled(Memory(), a=b"1"), target := Down())
    assert waiting.go_on() is R.FAILED
    assert target.tried == 500 and len(waiting.pauses) == 499
    assert_are(waiting.pauses, [2, 4, 8, 16, 32] + 494 * [60])
    assert sum(waiting.pauses) == pytest.approx(0.95 * (62 + 494 * 60), rel=0.01)
    file = waiting.file
    assert (file.state, file.kind, file.retry_at) == (State.FAILED, "Unavailable", None)
    assert "no route to host; given up after 500 tries" in file.error and waiting.run.totals.failed == 1
    target.tries = 0
    books.agenda.ask(file.id, Signal.RETRY)         # a person may want more
    again = Waiting(books, waiting.work.source, target)
    assert again.go_on() is R.DONE and target.published


def test_so_are_seven_days(books: Books) -> None:
    rules = replace(NOW, retry=Retry(base=3600, cap=6 * 3600))
    waiting = Waiting(books, filled(Memory(), a=b"1"), target := Down(), rules)
    assert waiting.go_on() is R.FAILED
    week = 7 * 86400
    assert week <= sum(waiting.pauses) < week + 6 * 3600 and target.tried < 40
    assert "given up after" in waiting.file.error


def test_what_cannot_be_cured_is_not_tried_again(books: Books) -> None:
    waiting = Waiting(books, filled(Memory(), a=b"1"), target := Down(error=Denied("a: no permission")))
    assert waiting.go_on() is R.FAILED and target.tried == 1 and waiting.pauses == []
    assert waiting.file.error == "a: no permission"


@pytest.mark.parametrize("where", ["source", "target"])
def test_a_run_that_cannot_even_begin_waits_and_begins_anew(books: Books, where: str) -> None:
    source = filled(Unlisted(8) if where == "source" else Memory(), a=b"1")
    target = Unreachable(8) if where == "target" else Counting()
    waiting = Waiting(books, source, target)
    for _ in range(4):
        waiting.go_on(2)
        assert ("away" if where == "source" else "no route") in waiting.run.error
        filled(source, later=b"2")      # type: ignore[arg-type]
    assert waiting.go_on() is R.DONE and waiting.run.error == ""
    assert_are(waiting.pauses, PAUSES)
    assert contents(target) == {"a": b"1", "later": b"2"}, "with what has come meanwhile"


def test_a_run_that_never_begins_fails_in_the_end(books: Books) -> None:
    source = filled(Unlisted(), a=b"1")
    waiting = Waiting(books, source, Counting(), replace(DAYS, retry=Retry(tries=20)))
    with pytest.raises(Unavailable):
        waiting.go_on()
    assert source.tried == 20 and waiting.run.state is R.FAILED      # type: ignore[attr-defined]


def test_a_server_may_say_how_long(books: Books) -> None:
    class Busy(Unlisted):
        def scan(self, prefix: str = "", *, deep: bool = False) -> Iterator[Entry]:
            try:
                return super().scan(prefix, deep=deep)
            except Unavailable:
                raise Throttled("slow down", retry_after=45) from None

    waiting = Waiting(books, filled(Busy(1), a=b"1"), Counting())
    assert waiting.go_on() is R.DONE and waiting.pauses == pytest.approx([45], abs=0.1)


def test_what_came_to_an_end_before_counts_until_the_end(books: Books) -> None:
    """Files that were done or failed in an earlier turn, and what was skipped, are in the totals of the run."""
    class Mixed(Memory):
        def read(self, path: str, *, start: int = 0, end: int | None = None) -> Stream:
            if path == "bad":
                raise Denied("bad: no permission")
            return super().read(path, start=start, end=end)

    class Slow(Counting):
        tried = 0

        def write(self, draft: Draft, body: Iterable[bytes]) -> Iterator[Draft]:
            if draft.path == "slow" and self.tried < 2:
                self.tried += 1
                raise Unavailable("no route to host")
            return super().write(draft, body)

    source = filled(Mixed(), bad=b"1", good=b"2", slow=b"3", **{".hidden": b"4"})
    waiting = Waiting(books, source, Slow())
    waiting.go_on(1)
    first = waiting.run
    assert (first.state, first.totals.done, first.totals.failed, first.totals.skipped) == (R.WAITING, 1, 1, 1)
    filled(source, new=b"5")            # type: ignore[arg-type]
    assert waiting.go_on() is R.FAILED
    last = waiting.run.totals
    assert (last.done, last.failed, last.skipped) == (2, 1, 1), "and what came meanwhile is the next run's"


def test_a_run_that_is_planned_anew_counts_nothing_twice(books: Books) -> None:
    """What it was done with when it let go is not skipped now, nor sent again where nothing counts as seen."""
    source, target = filled(Memory(), a=b"1", b=b"2"), Counting()
    waiting = Waiting(books, source, target, replace(DAYS, dedup=Dedup.OFF))
    terms = Terms(waiting.number, park=0, may_fork=False)
    Course(Stopped(books.ledger), waiting.work, waiting.clock, terms=terms).run()   # type: ignore[arg-type]
    assert (waiting.run.state, waiting.run.totals.done) == (R.QUEUED, 2)
    filled(source, c=b"3")              # type: ignore[arg-type]
    assert waiting.turn().state is R.DONE and target.published == ["a", "b", "c"]
    assert (waiting.run.totals.done, waiting.run.totals.skipped) == (3, 0)


class Stopped:
    """A ledger whose run is queued again when it ends, as if the hub had been stopped at that moment."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def __getattr__(self, name: str) -> object:
        return getattr(self._ledger, name)

    def finish(self, run: Run, state: RunState, totals: Totals, error: str = "", *, wakes: int | None = None) -> None:
        self._ledger.finish(run, R.QUEUED, totals, error, wakes=wakes)
