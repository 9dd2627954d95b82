"""The list of runs that go on, with their tasks, and of those that have just ended."""
from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

from ..model.task import Key, TaskRun, TaskState
from .facts import Facts, RunRow
from .rows import Line, Rows
from .words import MARKS, Cell, state_of, task_took, took

MOST = 30
"""Tasks: of a run that has more, only those are listed that something happens to."""
STAYS = 60
"""Seconds in which the tasks of a run that has ended stay in the list."""
QUIET = frozenset({TaskState.QUEUED, TaskState.DONE, TaskState.SKIPPED, TaskState.BLOCKED, TaskState.CANCELLED})


class RunList(Rows):
    """A run is a line, and each task one below it."""

    nothing = "nothing is running"

    def show(self, facts: Facts) -> None:
        """Show these."""
        self.put([line for row in facts.runs for line in lines(row)])

    def run_and_task(self) -> tuple[int, Key | None]:
        """What is under the cursor; 0: nothing."""
        return parsed(self.chosen)


def parsed(key: str) -> tuple[int, Key | None]:
    """The run and the task that a line is about."""
    if not key:
        return 0, None
    run, _, rest = key.partition(" ")
    task, _, item = rest.partition(" ")
    return int(run), Key(task, int(item or 0)) if task else None


def key_of(run: int, task: Key | None = None) -> str:
    """What the line of a run, or of its task, is called."""
    return f"{run} {task.task} {task.item}" if task else f"{run}"


def lines(row: RunRow) -> Iterator[Line]:
    """The run, and its tasks while something happens to them."""
    run = row.run
    mark, style = MARKS[run.state.value]
    name = f"{mark} {run.flow} {run.id}" + (f" of {run.parent}" if run.parent else "")
    word = {"cancel": "cancelling", "pause": "pausing"}.get(run.wish, run.state.value)
    yield Line(key_of(run.id), (
        Cell(name, style="dim" if row.is_over else "bold"), Cell(word, 10, style),
        Cell(took(run.started, run.finished, goes_on=not row.is_over), 7, "dim", right=True)))
    if row.is_over and time.time_ns() - (run.finished or 0) > STAYS * 10**9:
        return
    listed = row.tasks if len(row.tasks) <= MOST else [task for task in row.tasks if task.state not in QUIET]
    for task in listed[:MOST]:
        yield Line(key_of(run.id, task.key), _task(task))
    if len(row.tasks) > MOST:
        states = Counter(task.state.value for task in row.tasks if task.state in QUIET)
        yield Line(f"{run.id} … 0", (Cell("  … " + ", ".join(f"{n} {state}" for state, n in states.items()),
                                           style="dim"),))


def _task(task: TaskRun) -> tuple[Cell, ...]:
    state = state_of(task)
    mark, style = MARKS[state]
    return (Cell(f"  {mark} {task.key}"), Cell(state, 10, style), Cell(task_took(task), 7, "dim", right=True))
