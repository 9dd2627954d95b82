"""What becomes of a task when a try of it ends, and when one that waits is to be looked at again."""
from __future__ import annotations

from collections.abc import Iterable

from ...model.errors import HaulierError, Later, Permanent, Throttled
from ...model.graph import Node
from ...model.task import Move, TaskRun, TaskState
from ..ends import bug_in
from .hands import End
from .stint import Halt

LATER = Later.__name__


class Parked(HaulierError):
    """A run of its own let go; it is gone on with when the task is begun again."""


def after(node: Node, row: TaskRun, end: End, now: int, tail: str) -> Move:
    """The move that the end of a try is."""
    error, child = end.error, end.stint.child or None
    if error is None:
        return Move(row.key, row.state, TaskState.DONE, outputs=end.outputs, child=child, tail=tail)
    said, kind = (str(error) if isinstance(error, HaulierError) else bug_in(error)), type(error).__name__
    state, due = _state(node, row, end, now)
    return Move(row.key, row.state, state, said, kind, due, child=child, tail=tail)


def _state(node: Node, row: TaskRun, end: End, now: int) -> tuple[TaskState, int | None]:
    error, halted = end.error, end.stint.halted
    if isinstance(error, Later):
        return TaskState.WAITING, None if error.retry_after is None else now + int(error.retry_after * 1e9)
    if isinstance(error, Parked) or halted is Halt.STOP:
        return TaskState.QUEUED, None
    if halted is Halt.CANCEL:
        return TaskState.CANCELLED, None
    may_help = isinstance(error, HaulierError) and not isinstance(error, Permanent)
    if may_help and halted is Halt.NONE:
        pause = node.retry.pause(row.tries, (now - row.since) / 1e9)
        if pause is not None:
            least = (error.retry_after or 0) if isinstance(error, Throttled) else 0
            return TaskState.WAITING, now + int(max(pause, least) * 1e9)
    return TaskState.FAILED, None


def goes_on(row: TaskRun) -> bool:
    """Whether it only waited for something: to look again is no new try."""
    return row.state is TaskState.WAITING and row.kind == LATER


def looked_at(node: Node, row: TaskRun) -> int | None:
    """When one that is WAITING has its turn again; None: when a person has answered."""
    if row.decision is not None:
        return 0
    moments = [] if row.due is None else [row.due]
    if node.timeout is not None and goes_on(row):
        moments.append(row.started + int(node.timeout * 1e9))
    return min(moments, default=None)


def seconds_left(node: Node, row: TaskRun, now: int) -> float | None:
    """Of this try; None: as many as it likes."""
    if node.timeout is None:
        return None
    return node.timeout - ((now - row.started) / 1e9 if goes_on(row) else 0.0)


def why(row: TaskRun) -> str:
    """How it ended, with its name before it once."""
    return f"{row.key}: {(row.error or row.state).removeprefix(f'{row.key}: ')}"


def earliest(moments: Iterable[int | None]) -> int:
    """The first of them; 0 if there is none, but for what persons do."""
    return min((moment for moment in moments if moment is not None), default=0)
