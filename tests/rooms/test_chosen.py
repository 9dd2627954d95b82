"""Runs of a job for files that somebody named."""
from __future__ import annotations

from dataclasses import replace

import pytest

from haulier.engine.course import Course
from haulier.engine.terms import Terms
from haulier.engine.work import Work
from haulier.ledger.books import Books
from haulier.model.chosen import asked_for, asking_for
from haulier.model.errors import Invalid
from haulier.model.flow import Action, Filters, Settle
from haulier.model.run import Run, RunState, Wanted
from haulier.model.transfer import State
from haulier.ports import Store
from haulier.testing.bench import Counting
from haulier.testing.memory import Memory
from rooms.test_engine import NOW, filled
from rooms.test_engine_waits import DAYS, Down, Stopped, books  # noqa: F401 - a fixture
from unit.journeys import FakeClock

R = RunState


def wanted(books: Books, *paths: str) -> int:  # noqa: F811
    run = books.agenda.want(Wanted("job", params=asking_for(paths) if paths else ""))
    assert run
    return run.id


def go_on(books: Books, number: int, work: Work, ledger: object = None) -> Run:  # noqa: F811
    """One turn of it, as a hub would."""
    run = books.agenda.run(number)
    clock = FakeClock()
    clock.at = max(clock.at, run.wakes or 0)
    Course(ledger or books.ledger, work, clock, terms=Terms(        # type: ignore[arg-type]
        number, only_pending=run.wakes is not None and not run.error, park=0, may_fork=False)).run()
    return books.agenda.run(number)


def work(source: Store, target: Store) -> Work:
    return Work("job", source, target, "here", "there", NOW)


def states(books: Books) -> dict[str, tuple[State, int]]:  # noqa: F811
    return {row.path: (row.state, row.run) for row in books.ledger.transfers()}


def test_names_are_kept_once_and_in_order() -> None:
    assert asking_for(["b", "a/c", "b"]) == '{"files": ["a/c", "b"]}'
    assert asked_for('{"files": ["a/c", "b"]}') == {"a/c", "b"} and asked_for("") is None and asked_for("{}") is None
    with pytest.raises(Invalid, match="not a usable file name"):
        asking_for(["a", "../b"])


def test_only_those_are_taken_by_the_rules_of_the_job(books: Books) -> None:  # noqa: F811
    source = filled(Memory(), **{"a": b"1", "b": b"2", "c.tmp": b"3", "d/e": b"4", ".hidden": b"5"})
    one = work(source, target := Counting())
    rules = replace(NOW, recursive=False, filters=Filters(exclude=("c.*",)))
    run = go_on(books, number := wanted(books, "a", "c.tmp", "d/e", ".hidden", "gone"), replace(one, rules=rules))
    assert (run.state, run.totals.done, run.totals.failed, target.published) == (R.FAILED, 1, 4, ["a"])
    said = {row.path: row.error for row in books.ledger.transfers(run=number) if row.error}
    assert said == {"c.tmp": "c.tmp: was asked for, and the job does not take it: temporary file, by its name",
                    ".hidden": ".hidden: was asked for, and the job does not take it: hidden file",
                    "d/e": "d/e: was asked for, and is not there", "gone": "gone: was asked for, and is not there"}
    run = go_on(books, wanted(books, "a", "d/e"), one)
    assert (run.state, run.totals.done, run.totals.skipped, target.published) == (R.DONE, 1, 1, ["a", "d/e"])


def test_what_other_runs_left_is_not_touched(books: Books) -> None:  # noqa: F811
    source = filled(Memory(), a=b"1", b=b"2")
    first = wanted(books, "b")
    assert go_on(books, first, replace(work(source, Down()), rules=DAYS)).state is R.WAITING
    target = Down(1)
    number, one = wanted(books, "a"), replace(work(source, target), rules=DAYS)
    assert go_on(books, number, one).state is R.WAITING
    assert states(books) == {"a": (State.WAITING, number), "b": (State.WAITING, first)}
    run = go_on(books, number, one)
    assert (run.state, run.totals.done, target.published) == (R.DONE, 1, ["a"])
    assert states(books)["b"] == (State.WAITING, first)


def test_what_was_delivered_before_it_was_interrupted_is_not_missing(books: Books) -> None:  # noqa: F811
    """Its source is deleted by then."""
    source, target = filled(Memory(), a=b"1", b=b"2", c=b"3"), Counting()
    one = replace(work(source, target), rules=replace(NOW, settle=Settle(Action.DELETE)))
    run = go_on(books, number := wanted(books, "a", "b"), one, Stopped(books.ledger))
    assert (run.state, run.totals.done, sorted(source.files)) == (R.QUEUED, 2, ["c"])
    run = go_on(books, number, one)
    assert (run.state, run.totals.done, run.totals.failed, target.published) == (R.DONE, 2, 0, ["a", "b"])
