"""What became of each task of a run: the durable record."""
from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum, auto
from typing import Any, NamedTuple


class TaskState(StrEnum):
    QUEUED = auto()         # its turn has not come
    RUNNING = auto()
    WAITING = auto()        # between two tries, for something to come, or for a person
    DONE = auto()
    FAILED = auto()
    SKIPPED = auto()        # its condition was false, or what it needs was skipped
    BLOCKED = auto()        # what it needs failed
    CANCELLED = auto()


OVER = frozenset({TaskState.DONE, TaskState.FAILED, TaskState.SKIPPED, TaskState.BLOCKED, TaskState.CANCELLED})


class Key(NamedTuple):
    """A task of a run; `item` counts from 1 those of a task that is done for each of a list. 0: the task itself."""

    task: str
    item: int = 0

    def __str__(self) -> str:
        return f"{self.task}[{self.item}]" if self.item else self.task


class Decision(NamedTuple):
    """What a person said to a task that asked."""

    approved: bool
    by: str
    at: int             # nanoseconds since the epoch, UTC, as all times here
    text: str = ""


class TaskRun(NamedTuple):
    """One task of one run, as far as it is. None of those fields that are empty is known."""

    run: int
    key: Key
    state: TaskState = TaskState.QUEUED
    tries: int = 0                          # that were begun
    since: int = 0                          # when the first began
    started: int = 0                        # when the last began
    finished: int | None = None
    due: int | None = None                  # WAITING: looked at again then
    error: str = ""                         # or why it waits, or was skipped
    kind: str = ""                          # class name of the error
    outputs: Mapping[str, Any] = {}
    items: tuple[Any, ...] | None = None    # of a task that is done for each of these
    child: int = 0                          # the run that it is, if it is a transfer or a flow
    decision: Decision | None = None
    origin: int = 0                         # the earlier run that it was done in; 0: this one


class Attempt(NamedTuple):
    """One try of one task. `tail`: the end of what it printed."""

    run: int
    key: Key
    number: int         # from 1
    started: int
    finished: int | None = None
    state: TaskState = TaskState.RUNNING    # or how it ended; CANCELLED also if its process died
    error: str = ""
    kind: str = ""
    tail: str = ""


class Move(NamedTuple):
    """A change of one task: from a state to another, with what is known then. RUNNING begins a try.

    `outputs`, `items` and `child` stay as they are if they are None; `due` does not.
    """

    key: Key
    before: TaskState
    state: TaskState
    error: str = ""
    kind: str = ""
    due: int | None = None
    outputs: Mapping[str, Any] | None = None
    items: tuple[Any, ...] | None = None
    child: int | None = None
    tail: str = ""      # of the try that ends
