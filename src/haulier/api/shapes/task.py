"""Tasks of runs of flows."""
from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field, StrictBool

from ...core.params import as_text
from ...model import task
from ...model.task import TaskRun, TaskState
from .given import Given, Text
from .moment import Moment, told, told_or_none
from .run import Run

LONGEST = 200
"""Characters of the label of one of a list."""


class Decision(BaseModel):
    """What a person said."""

    approved: bool
    by: str
    at: Moment
    text: str


class Task(BaseModel):
    """One task of one run. `item` counts from 1 those that are done for each of a list; 0: the task itself.

    `since` is when its first try began, `started` when its last one did, `seconds` from the first to the end. `asks`:
    a person is to decide now, about `message`. `child` is the run that it is. `origin`: it was done in that run.
    """

    task: str
    item: int
    key: str
    state: TaskState
    tries: int
    since: Moment | None
    started: Moment | None
    finished: Moment | None
    seconds: float | None
    due: Moment | None
    error: str
    kind: str
    outputs: dict[str, Any]
    label: str
    child: int | None
    decision: Decision | None
    asks: bool
    message: str
    origin: int | None


class Tasks(BaseModel):
    """All tasks of a run in the order of its flow, its parameters, and the runs that tasks of it are."""

    items: list[Task]
    params: dict[str, Any]
    children: list[Run]


class Attempt(BaseModel):
    """One try of a task; `tail` is the end of what it printed."""

    number: int
    started: Moment
    finished: Moment | None
    seconds: float | None
    state: TaskState
    error: str
    kind: str
    tail: str


class Attempts(BaseModel):
    """All tries, oldest first."""

    items: list[Attempt]


class Output(BaseModel):
    """A part of what a try printed: the bytes from `after` until before `next`, of `size`.

    `is_over`: that was the end of it, and no more will come.
    """

    text: str
    after: int
    next: int
    size: int
    is_over: bool


class DecisionGiven(Given):
    """What a person says to a task that asks; the text is kept with the run."""

    approved: StrictBool
    text: Text = ""


class AgainOrder(Given):
    """From which tasks on; without any, what failed."""

    start: list[Text] = Field([], alias="from", max_length=1000)


def asks(row: TaskRun) -> bool:
    """Whether a person is to decide."""
    return row.state is TaskState.WAITING and row.due is None and row.decision is None


def shown(row: TaskRun, *, label: str = "", child: int = 0) -> Task:
    """For the wire."""
    return Task(
        task=row.key.task, item=row.key.item, key=str(row.key), state=row.state, tries=row.tries,
        since=told_or_none(row.since), started=told_or_none(row.started), finished=told_or_none(row.finished),
        seconds=seconds(row.since, row.finished), due=told_or_none(row.due), error=row.error, kind=row.kind,
        outputs=dict(row.outputs), label=label, child=row.child or child or None, decision=_decision(row.decision),
        asks=asks(row), message=message(row) if asks(row) else "", origin=row.origin or None)


def attempt(one: task.Attempt) -> Attempt:
    """For the wire."""
    return Attempt(number=one.number, started=told(one.started), finished=told_or_none(one.finished),
                   seconds=seconds(one.started, one.finished), state=one.state, error=one.error, kind=one.kind,
                   tail=one.tail)


def label(items: tuple[Any, ...] | None, item: int) -> str:
    """What the item of that number of a list is called."""
    if not items or not 0 < item <= len(items):
        return ""
    one = items[item - 1]
    return as_text(one["path"] if isinstance(one, dict) and "path" in one else one)[:LONGEST]


def message(row: TaskRun) -> str:
    """What a person is asked."""
    return row.error.removeprefix("waits for a person: ")


def seconds(start: int, end: int | None) -> float | None:
    """Between two moments; null as long as one is missing."""
    return max(0.0, (end - start) / 1e9) if start and end else None


def _decision(one: task.Decision | None) -> Decision | None:
    return Decision(approved=one.approved, by=one.by, at=told(one.at), text=one.text) if one else None
