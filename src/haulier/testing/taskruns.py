"""What every task book must pass that is about runs: of tasks, and beside each other; part of its suite."""
from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import pytest

from ..model.errors import Busy, Cancelled, LeaseLost, NotFound
from ..model.history import Keep
from ..model.query import RunQuery
from ..model.run import Report, Run, RunState, Start, Totals, Wanted, Wish
from ..model.task import Decision, Key, Move, TaskRun, TaskState
from ..model.transfer import Signal, State
from .books import Books, BooksSuite, at_once
from .crews import Opened
from .ledgers import MOMENT, new, whole_way

F = "graph"
R, S = RunState, TaskState
BESIDE = Start(alone=False)
YES = Decision(True, "anna", MOMENT, "it is fine")


def start(books: Books, run: int = 0, flow: str = F, how: Start | None = None) -> Run:
    return books.ledger.start(flow, source="", target="", run=run, how=how or Start())


def wanted(books: Books, flow: str = F, **how: Any) -> Run:
    run = books.agenda.want(Wanted(flow, **how))
    assert run is not None
    return run


def go(books: Books, run: Run, task: str, *states: TaskState, item: int = 0, **what: Any) -> TaskRun:
    """The task from QUEUED through these states; `what` is known with the last."""
    before = S.QUEUED
    for number, state in enumerate(states, 1):
        known = what if number == len(states) else {}
        found, = books.tasks.move(run, [Move(Key(task, item), before, state, **known)])
        before = state
    return found


def ask(books: Books, run: Run, task: str = "approve") -> TaskRun:
    """It waits for a person."""
    return go(books, run, task, S.RUNNING, S.WAITING, error="who allows it?", kind="Later")


def states(books: Books, run: Run | int) -> dict[str, TaskState]:
    rows = books.tasks.tasks(run if isinstance(run, int) else run.id)
    return {str(row.key): row.state for row in rows}


def told(books: Books, run: Run) -> list[tuple[str, str]]:
    """What events say of tasks."""
    return [(event.kind, event.text) for event in books.reader.events(0, run=run.id)
            if event.kind.startswith("task.")]


class TaskRunSuite(BooksSuite):
    """Override as BooksSuite wants it."""

    # Runs of tasks

    def test_a_run_is_known_with_its_parameters_and_parent(self, books: Books) -> None:
        asked = wanted(books, params='{"day": "å"}')
        assert (asked.params, asked.parent, asked.origin) == ('{"day": "å"}', 0, 0)
        run = start(books, asked.id)
        child = start(books, flow=f"{F}/copy", how=Start('{"x": 1}', run.id))
        assert (child.params, child.parent, run.params) == ('{"x": 1}', run.id, asked.params)
        assert books.agenda.run(child.id) == child and books.agenda.open() == [run]
        assert books.tasks.children(run.id) == [child] and books.tasks.children(child.id) == []
        books.ledger.finish(child, R.WAITING, Totals(), wakes=MOMENT)
        again = start(books, child.id, f"{F}/copy", Start(parent=run.id))
        assert (again.id, again.turn, again.params, again.parent) == (child.id, 1, child.params, run.id)

    def test_runs_of_tasks_are_listed_when_they_are_asked_for(self, books: Books) -> None:
        run = start(books)
        first, second = (start(books, flow=name, how=Start(parent=run.id)) for name in ("x/y", "z"))

        def listed(**query: Any) -> Sequence[int]:
            page = books.reader.runs(RunQuery(**query))
            assert page.total == len(page.items)
            return [one.id for one in page.items]

        assert listed() == [run.id] == [one.id for one in books.ledger.runs()]
        assert listed(parent=None) == [second.id, first.id, run.id]
        assert listed(parent=run.id) == [second.id, first.id] and listed(parent=first.id) == []
        assert listed(flow="x/y") == [first.id] == [one.id for one in books.ledger.runs("x/y")]
        assert listed(flow="x/y", parent=run.id) == [first.id] and listed(flow="x/y", parent=second.id) == []

    def test_who_cancels_a_run_that_nobody_carries_cancels_all_of_it(self, books: Books) -> None:
        run = start(books, wanted(books).id)
        child = start(books, flow="job", how=Start(parent=run.id))
        done, waits = books.ledger.claim(child, [new("f"), new("g")]).transfers
        books.ledger.record(child, [*whole_way(done), Report(waits.id, Signal.TRANSIENT, "gone", "X", retry_at=MOMENT)])
        books.ledger.finish(child, R.WAITING, Totals(1), wakes=MOMENT)
        over = start(books, flow="job", how=Start(parent=run.id))
        books.ledger.finish(over, R.DONE, Totals())
        carried = start(books, flow="other", how=Start(parent=run.id))
        go(books, run, "a", S.RUNNING, S.DONE)
        go(books, run, "b", S.RUNNING, S.WAITING, kind="Later", child=child.id)
        go(books, run, "c", S.QUEUED)
        books.ledger.finish(run, R.WAITING, Totals(), wakes=MOMENT)
        assert books.agenda.wish(run.id, Wish.CANCEL).state is R.CANCELLED
        assert states(books, run) == {"a": S.DONE, "b": S.CANCELLED, "c": S.CANCELLED}
        assert [one.state for one in books.tasks.attempts(run.id, Key("b"))] == [S.CANCELLED]
        assert told(books, run)[-1] == ("task.cancelled", "b, c: the run was cancelled")
        assert [one.state for one in books.tasks.children(run.id)] == [R.CANCELLED, R.DONE, R.RUNNING]
        assert books.ledger.beat(carried, Totals()) is Wish.CANCEL
        assert [one.state for one in books.ledger.transfers(run=child.id)] == [State.CANCELLED, State.DONE]

    def test_tasks_end_with_their_run(self, opened: Opened, gone: int) -> None:
        dead, books = opened(pid=gone), opened()
        old = start(dead)
        waiting = start(dead, flow="job", how=Start(parent=old.id))
        go(dead, old, "a", S.RUNNING)
        run = start(books)
        assert books.agenda.run(old.id).state is R.CRASHED is books.agenda.run(waiting.id).state
        assert states(books, old) == {"a": S.CANCELLED}
        go(books, run, "b", S.RUNNING)
        waiting = start(books, flow="job", how=Start(parent=run.id))
        left, = books.ledger.claim(waiting, [new("f")]).transfers
        books.ledger.record(waiting, [Report(left.id, Signal.TRANSIENT, "gone", "X", retry_at=MOMENT)])
        books.ledger.finish(waiting, R.WAITING, Totals(), wakes=MOMENT)
        books.ledger.finish(run, R.FAILED, Totals(), "no room")
        assert states(books, run) == {"b": S.CANCELLED} and books.agenda.run(waiting.id).state is R.CANCELLED
        assert [one.state for one in books.ledger.pending("job")] == [State.WAITING], "for the next run of it"

    def test_tasks_are_not_counted_as_files(self, books: Books) -> None:
        for flow, place in ((F, ""), (F, ""), ("job", "a"), ("job", "a")):
            books.ledger.finish(books.ledger.start(flow, source=place, target=place), R.DONE, Totals(1, 2, 3))
        for _ in range(2):
            assert [one.skipped for one in books.reader.buckets(0, 1 << 62, 1 << 62)] == [6]
            assert list(books.agenda.prune(Keep(0.0, 0.0), time.time_ns()))

    # Runs beside each other

    def test_runs_that_are_not_alone_go_on_beside_each_other(self, opened: Opened, books: Books) -> None:
        far = opened(elsewhere=True)
        first, second = start(books, how=BESIDE), start(far, wanted(books).id, how=BESIDE)
        third = start(books, how=BESIDE)
        for holder, run in ((books, first), (far, second), (books, third)):
            assert holder.ledger.beat(run, Totals(1)) is Wish.NONE
            go(holder, run, "a", S.RUNNING, S.DONE)
            with pytest.raises(Busy, match=f"{F}: run {first.id} is under way"):
                start(books)
        with pytest.raises(Busy, match=f"{F}: run {second.id} is under way"):
            start(books, second.id, how=BESIDE)
        books.agenda.wish(second.id, Wish.CANCEL)
        assert far.ledger.beat(second, Totals()) is Wish.CANCEL and not books.ledger.beat(first, Totals())
        for holder, run in ((books, first), (far, second), (books, third)):
            holder.ledger.finish(run, R.DONE, Totals())
            with pytest.raises(LeaseLost):
                holder.ledger.beat(run, Totals())
        alone = start(books)
        with pytest.raises(Busy, match=f"{F}: run {alone.id} is under way"):
            start(far, how=BESIDE)
        assert start(books, flow="other", how=BESIDE).state is R.RUNNING

    def test_only_the_dead_are_buried_and_not_those_that_go_on(self, opened: Opened, gone: int) -> None:
        dead, books = opened(pid=gone), opened()
        parent = start(books, flow="outer")
        left, orphan = start(dead, how=BESIDE), start(dead, how=Start(parent=parent.id + 99, alone=False))
        asked, child = start(dead, wanted(dead).id, how=BESIDE), start(dead, how=Start("", parent.id, False))
        alive = start(books, how=BESIDE)
        run = start(books, how=BESIDE)
        found = {one: books.agenda.run(one.id).state for one in (left, orphan, asked, child, alive, run)}
        assert list(found.values()) == [R.CRASHED, R.CRASHED, R.RUNNING, R.RUNNING, R.RUNNING, R.RUNNING]
        for one in (asked, child):
            assert start(books, one.id, how=BESIDE).turn == 1
            with pytest.raises(LeaseLost):
                dead.ledger.beat(one, Totals())
        with pytest.raises(Cancelled):
            start(books, left.id, how=BESIDE)

    def test_those_that_died_do_not_keep_one_out_that_is_alone(self, opened: Opened, gone: int) -> None:
        dead, books = opened(pid=gone), opened()
        left = [start(dead, wanted(dead).id, how=BESIDE) for _ in range(2)]
        run = start(books)
        assert [books.agenda.run(one.id).state for one in left] == [R.CRASHED] * 2
        assert books.ledger.beat(run, Totals()) is Wish.NONE

    def test_many_begin_beside_each_other_at_once(self, opened: Opened, books: Books) -> None:
        crew = [opened() for _ in range(3)]
        found = at_once(*(lambda other=other: start(other, how=BESIDE) for other in crew))
        assert len({run.id for run in found}) == 3 == len(books.ledger.runs(F))
        assert {one.state for one in books.ledger.runs(F)} == {R.RUNNING}

    # Forgetting

    def test_old_runs_go_with_their_tasks_and_the_runs_of_those(self, books: Books) -> None:
        gone = []
        for _ in range(2):
            run = start(books)
            child = start(books, flow=f"{F}/copy", how=Start(parent=run.id))
            inner = start(books, flow="inner", how=Start(parent=child.id))
            go(books, run, "copy", S.RUNNING, child=child.id)
            for transfer in books.ledger.claim(child, [new("f")]).transfers:
                books.ledger.record(child, whole_way(transfer))
            for each in (inner, child):
                books.ledger.finish(each, R.DONE, Totals(1))
            books.tasks.move(run, [Move(Key("copy"), S.RUNNING, S.DONE)])
            books.ledger.finish(run, R.DONE, Totals(1))
            gone += [run, child, inner]
        gone, kept = gone[:3], gone[3:]
        moment = time.time_ns()
        foretold = books.agenda.prunable(Keep(0.0, 0.0), moment)
        steps = list(books.agenda.prune(Keep(0.0, 0.0), moment))
        assert sum(step.runs for step in steps) == 3 == foretold.runs
        assert sum(step.files for step in steps) == 1 == foretold.files
        for run in gone:
            with pytest.raises(NotFound):
                books.agenda.run(run.id)
        assert books.tasks.tasks(gone[0].id) == [] == books.tasks.attempts(gone[0].id, Key("copy"))
        assert [one.id for one in books.reader.runs(RunQuery(parent=None)).items] == [one.id for one in kept[::-1]]
        assert states(books, kept[0]) == {"copy": S.DONE} and len(books.tasks.attempts(kept[0].id, Key("copy"))) == 1
        assert not any(map(sum, books.agenda.prune(Keep(0.0, 0.0), time.time_ns())))
