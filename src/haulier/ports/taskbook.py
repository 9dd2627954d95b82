"""The memory of flows: how far each task of each run is."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ..model.run import Run, Wanted
from ..model.task import Attempt, Decision, Key, Move, TaskRun


class TaskBook(Protocol):
    """Tasks of runs. Every method is one transaction, durable when it returns."""

    def move(self, run: Run, moves: Sequence[Move], *, durable: bool = True) -> Sequence[TaskRun]:
        """Apply them in order by compare-and-set, with their events; how those tasks are then.

        A task that was not heard of is QUEUED. RUNNING opens an attempt, but not with `items`, which are only noted;
        leaving it closes that one, and a WAITING task that is over then closes its last one anew. LeaseLost if another
        process has taken the run over, or a task is not in the state that it was thought to be in.
        Not `durable`: a power cut may undo it, the death of the process may not.
        """
        ...

    def tasks(self, run: int) -> Sequence[TaskRun]:
        """All that were heard of, in the order in which they were first."""
        ...

    def attempts(self, run: int, key: Key) -> Sequence[Attempt]:
        """Oldest first."""
        ...

    def decide(self, run: int, key: Key, decision: Decision) -> TaskRun:
        """Note what a person says to a task that is WAITING; its run is to go on at once.

        Invalid if it does not wait for a person or somebody has decided already; NotFound.
        """
        ...

    def follow(self, before: Run, wanted: Wanted, again: Sequence[str]) -> Run:
        """Want a run with the parameters of an earlier one, that has done already what was DONE there.

        But not the tasks in `again`, nor those that were SKIPPED. Invalid if the earlier run is not over.
        """
        ...

    def children(self, run: int) -> Sequence[Run]:
        """The runs that tasks of it are, oldest first."""
        ...
