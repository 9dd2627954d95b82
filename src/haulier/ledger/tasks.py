"""The task book: how far each task of each run is, every method of the port as one transaction."""
from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from ..model.errors import Invalid, NotFound
from ..model.run import OVER, Run, RunState, Wanted
from ..model.task import Attempt, Decision, Key, Move, TaskRun, TaskState
from ..ports import TaskBook
from . import runs, story, taskrows
from .database import Database
from .leases import Leases
from .moves import Moves, head
from .process import Process


class SqlTaskBook(TaskBook):
    """May be used by many threads, but by no child of a fork."""

    def __init__(self, database: Database, process: Process, lease: float) -> None:
        self._database = database
        self._dialect = database.dialect
        self._leases = Leases(self._dialect, process, lease)

    def move(self, run: Run, moves: Sequence[Move], *, durable: bool = True) -> Sequence[TaskRun]:
        with self._database.write(durable=durable) as conn:
            self._leases.hold(conn, run)
            return Moves(conn, self._dialect, run).apply(moves)

    def tasks(self, run: int) -> Sequence[TaskRun]:
        with self._database.read() as conn:
            return taskrows.of_run(conn, self._dialect, run)

    def attempts(self, run: int, key: Key) -> Sequence[Attempt]:
        with self._database.read() as conn:
            return taskrows.tries(conn, self._dialect, run, key)

    def decide(self, run: int, key: Key, decision: Decision) -> TaskRun:
        with self._database.write() as conn:
            asked, *above = self._locked(conn, run)
            row, now = _asking(asked, key, taskrows.one(conn, self._dialect, run, key)), time.time_ns()
            row = row._replace(decision=decision._replace(text=head(decision.text)), due=now)
            taskrows.store(conn, self._dialect, [row], new=False)
            word, text = _word(decision), f": {decision.text}" if decision.text else ""
            story.tell(conn, self._dialect, [
                story.about_task(run, now, word, f"{key}: {word} by {decision.by}{text}")])
            for each in (asked, *above):
                self._wake(conn, each, f"{key}: {word} by {decision.by}")
            return row

    def follow(self, before: Run, wanted: Wanted, again: Sequence[str]) -> Run:
        with self._database.write() as conn:
            earlier = runs.one(conn, self._dialect, before.id, locked=True)
            if earlier.state not in OVER:
                raise Invalid(f"{earlier.flow}: run {earlier.id} is {earlier.state}; wait until it is over,"
                              " or cancel it")
            run = runs.want(conn, self._dialect, wanted._replace(params=earlier.params, slot=earlier.slot))
            if run is None:
                raise Invalid(f"{wanted.flow}: a run was wanted under the key {wanted.key} before")
            self._dialect.run(conn, "UPDATE runs SET origin = ? WHERE id = ?", earlier.id, run.id)
            rows = taskrows.of_run(conn, self._dialect, earlier.id)
            taskrows.store(conn, self._dialect, list(_done_before(rows, run.id, again)), new=True)
            return runs.one(conn, self._dialect, run.id)

    def children(self, run: int) -> Sequence[Run]:
        with self._database.read() as conn:
            return runs.children(conn, run)

    def _locked(self, conn: Connection, run: int) -> Sequence[Run]:
        """The run, the one that it is a task of, and so on; nobody else changes them until commit."""
        line = [runs.one(conn, self._dialect, run)]
        while line[-1].parent:
            line.append(runs.one(conn, self._dialect, line[-1].parent))
        return [runs.one(conn, self._dialect, each.id, locked=True) for each in reversed(line)][::-1]

    def _wake(self, conn: Connection, run: Run, why: str) -> None:
        """It goes on now, and has somebody look at it if it is a task."""
        if run.state is RunState.WAITING:
            runs.become(conn, self._dialect, run, RunState.QUEUED, why)
        self._dialect.run(conn, "UPDATE tasks SET due = ? WHERE run = ? AND child = ? AND state = ? AND due IS NULL",
                          time.time_ns(), run.parent, run.id, TaskState.WAITING.value)


def _asking(run: Run, key: Key, row: TaskRun | None) -> TaskRun:
    """NotFound or Invalid unless it waits for a person."""
    if row is None:
        raise NotFound(f"{run.flow}: run {run.id} has no task {key}, or has not come to it")
    if row.decision is not None:
        raise Invalid(f"{run.flow}: {key} of run {run.id} was {_word(row.decision)} by {row.decision.by} already")
    if row.state is not TaskState.WAITING or row.due is not None:
        raise Invalid(f"{run.flow}: {key} of run {run.id} does not wait for a person; it is {row.state}")
    return row


def _word(decision: Decision) -> str:
    return "approved" if decision.approved else "refused"


def _done_before(rows: Sequence[TaskRun], run: int, again: Sequence[str]) -> Iterator[TaskRun]:
    """What another run need not do again. What was done for some of a list goes by the same list again."""
    done = {row.key for row in rows if row.state is TaskState.DONE and row.key.task not in again}
    partly = {key.task for key in done if key.item}
    for row in rows:
        if row.key in done:
            yield row._replace(run=run, origin=row.origin or row.run)
        elif row.items is not None and row.key.task in partly:
            yield TaskRun(run, row.key, items=row.items)
