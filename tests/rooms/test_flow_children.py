"""Tasks that are flows of their own, and processes that die just as these end: they are not run a second time, and
leave nothing."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from haulier.model.errors import Failed
from haulier.model.graph import Overlap
from haulier.model.retry import Retry
from haulier.model.run import Run, RunState, Start
from haulier.model.task import Key, Move, TaskState
from haulier.ports import Doing

from .graphs import Show, node

S, R = TaskState, RunState


class Died(BaseException):
    """The process is gone."""


class Book:
    """The task book of a process that dies as the end of the task `outer` is to be stored."""

    def __init__(self, inside: Any) -> None:
        self._inside = inside

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inside, name)

    def move(self, run: Run, moves: Sequence[Move], **more: Any) -> Any:
        if any(one.key == Key("outer") and one.state in (S.DONE, S.FAILED, S.WAITING) for one in moves):
            raise Died
        return self._inside.move(run, moves, **more)


class Ledger:
    """The ledger of such a process: it tells nothing more of the flow."""

    def __init__(self, inside: Any) -> None:
        self._inside = inside

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inside, name)

    def finish(self, run: Run, *end: Any, **more: Any) -> None:
        if run.parent:
            self._inside.finish(run, *end, **more)


@pytest.fixture
def show(tmp_path: Path) -> Iterator[Show]:
    made = Show(tmp_path)
    yield made
    made.close()


def dies(show: Show, **outer: Any) -> Run:
    """A flow whose task `outer` is the flow `small`; the run whose process died as that had ended."""
    show.functions |= {"outer": lambda doing: doing.start("small", {})}
    show.flow(node("inner"), flow="small")
    course = show.course(show.flow(node("outer", **outer), node("after", "outer")))
    course._work = replace(course._work, site=replace(show.site, tasks=Book(show.books.tasks)))
    course._ledger = Ledger(show.books.ledger)  # type: ignore[assignment]
    with pytest.raises(Died):
        course.run()
    run = show.latest()
    assert (run.state, show.states(run.id)["outer"]) == (R.RUNNING, S.RUNNING)
    return run


def test_its_outputs_are_taken(show: Show) -> None:
    calls: list[int] = []
    show.functions = {"inner": lambda doing: calls.append(doing.run) or {"got": 7}}
    run = dies(show)
    child, = show.books.tasks.children(run.id)
    assert show.run(show.graphs["flow"], run=run.id).state is R.DONE
    outer = show.tasks(run.id)["outer"]
    assert calls == [outer.child] == [child.id] and outer.outputs == {"run": child.id, "tasks": {"inner": {"got": 7}}}


@pytest.mark.parametrize("tries", [1, 2])
def test_one_that_failed_is_tried_again_as_often_as_it_may(show: Show, tries: int) -> None:
    calls: list[int] = []

    def inner(doing: Doing) -> None:
        calls.append(doing.run)
        if len(calls) < 2:
            raise Failed("not yet")

    show.functions = {"inner": inner}
    run = dies(show, retry=Retry(base=0.01, cap=0.01, tries=tries + 1))
    result = show.run(show.graphs["flow"], run=run.id)
    assert (len(calls), result.state) == ((1, R.FAILED) if tries == 1 else (2, R.DONE))
    assert len(show.books.tasks.children(run.id)) == len(calls)


def test_what_a_run_left_here_goes_though_it_was_carried_to_its_end_elsewhere(show: Show) -> None:
    """Its process died, and one of another machine went on with it: nobody there sees this folder."""
    run = dies(show)
    left = show.site.runs / str(run.id) / "tmp"
    left.mkdir()        # who is killed takes nothing away
    course = show.course(show.graphs["flow"], run=run.id)
    course._work = replace(course._work, site=replace(show.site, runs=show.folder / "elsewhere"))
    assert course.run().state is R.DONE and left.is_dir()
    for _ in range(8):      # others of the flow, elsewhere too
        course = show.course(show.graphs["flow"])
        course._work = replace(course._work, site=replace(show.site, runs=show.folder / "elsewhere"))
        course.run()
    assert show.run(show.graphs["flow"]).state is R.DONE and not left.exists()


def test_each_task_goes_on_with_its_own(show: Show) -> None:
    """Several are the same flow, told otherwise, and their process died in the middle of all."""
    show.functions = {f"with-{n}": lambda doing, n=n: doing.start("small", {"n": n}) for n in (1, 2, 3)}
    show.flow(node("inner"), flow="small", overlap=Overlap.PARALLEL)
    flow = show.flow(*map(node, show.functions))
    run = show.books.ledger.start("flow", source="", target="")
    start, told = show.books.ledger.start, {n: Start(f'{{"n": {n}}}', run.id, alone=False) for n in (3, 1, 2)}
    begun = {n: start("small", source="", target="", how=how).id for n, how in told.items()}
    assert show.run(flow, run=run.id).state is R.DONE
    assert {int(name[-1]): one.child for name, one in show.tasks(run.id).items()} == begun
    assert [one.state for one in show.books.tasks.children(run.id)] == [R.DONE] * 3
