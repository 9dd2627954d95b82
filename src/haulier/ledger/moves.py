"""Moves of tasks being applied: compare-and-set, tries begun and ended, and their events, in few statements."""
from __future__ import annotations

import json
import time
from collections.abc import Sequence

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from ..model.errors import LeaseLost
from ..model.run import Run
from ..model.task import OVER, Attempt, Key, Move, TaskRun, TaskState
from . import story, taskrows
from .dialects.dialect import Dialect

TAIL, ERROR = 4096, 2048
"""Bytes that are kept of what a try printed, and of an error."""
LATER = "Later"
"""Kind of a WAITING task whose try has not ended: it asks again for what is not there."""
TOLD = frozenset(TaskState) - {TaskState.QUEUED}
FOLDED = frozenset({TaskState.SKIPPED, TaskState.BLOCKED, TaskState.CANCELLED})
"""All that become so for one reason are one event."""


class Moves:
    """Moves of one run, in one transaction that holds its lease."""

    def __init__(self, conn: Connection, dialect: Dialect, run: Run) -> None:
        self._conn, self._dialect, self._run = conn, dialect, run
        self._now = time.time_ns()
        self._tries: dict[tuple[Key, int], Attempt] = {}
        self._told: list[tuple[Key, str, str]] = []

    def apply(self, moves: Sequence[Move]) -> Sequence[TaskRun]:
        """How those tasks are then, each once, in the order of the moves."""
        keys = list(dict.fromkeys(move.key for move in moves))
        known = taskrows.those(self._conn, self._dialect, self._run.id, keys) if keys else {}
        rows = {key: known.get(key) or TaskRun(self._run.id, key) for key in keys}
        for move in moves:
            rows[move.key] = self._moved(rows[move.key], move)
        self._store([rows[key] for key in keys if key in known], [rows[key] for key in keys if key not in known])
        self._tell()
        return list(rows.values())

    def _moved(self, row: TaskRun, move: Move) -> TaskRun:
        if row.state is not move.before:
            raise self._lost(row.key, move.before, row.state)
        new = _with_values(row._replace(
            state=move.state, error=head(move.error), kind=move.kind, due=move.due,
            finished=self._now if move.state in OVER else None), move)
        is_note = _is_note(move)
        if _is_trying(row) and not is_note:
            self._end_try(row, new, move.tail)
        if move.state is TaskState.RUNNING and not is_note:
            new = new._replace(tries=row.tries + 1, since=row.since or self._now, started=self._now)
            self._tries[row.key, new.tries] = Attempt(row.run, row.key, new.tries, self._now)
        is_old = new.state is row.state is TaskState.WAITING and new.error == row.error
        if move.state in TOLD and not is_note and not is_old:
            self._told.append((row.key, called(new), said(new)))
        return new

    def _end_try(self, row: TaskRun, new: TaskRun, printed: str) -> None:
        """Or go on with it, if it only asks again later."""
        finished = None if new.state is not TaskState.RUNNING and _is_trying(new) else self._now
        self._tries[row.key, row.tries] = Attempt(row.run, row.key, row.tries, row.started, finished, how_ended(new),
                                                  new.error, new.kind, tail(printed))

    def _store(self, known: Sequence[TaskRun], new: Sequence[TaskRun]) -> None:
        taskrows.store(self._conn, self._dialect, known, new=False)
        try:
            taskrows.store(self._conn, self._dialect, new, new=True)
        except IntegrityError as error:     # PostgreSQL: somebody else heard of it at the same moment
            raise self._lost(new[0].key, TaskState.QUEUED, None) from error
        taskrows.store_tries(self._conn, self._dialect, list(self._tries.values()))

    def _tell(self) -> None:
        groups: dict[tuple[str, str], list[Key]] = {}
        for place, (key, what, text) in enumerate(self._told):
            groups.setdefault((what, text if what in FOLDED else f"{text}\0{place}"), []).append(key)
        story.tell(self._conn, self._dialect, [
            story.about_task(self._run.id, self._now, what, taskrows.named(keys) + text.partition("\0")[0])
            for (what, text), keys in groups.items()])

    def _lost(self, key: Key, before: TaskState, found: TaskState | None) -> LeaseLost:
        how = f"is {found}, not {before}" if found else f"is not {before} any more"
        return LeaseLost(f"{self._run.flow}: {key} {how}; somebody else went on with it")


def called(row: TaskRun) -> str:
    """What an event is called: after the state, but for a task that begins to wait for a person."""
    asks = row.state is TaskState.WAITING and row.kind == LATER and row.due is None
    return "asks" if asks else row.state.value


def said(row: TaskRun) -> str:
    """What an event says of a task, after its name."""
    kind = "" if row.kind == LATER else row.kind
    words = " ".join(filter(None, (kind, row.error)))
    return (f": {words}" if words else "") + (f" (try {row.tries})" if row.tries > 1 else "")


def how_ended(new: TaskRun) -> TaskState:
    """A try, by what became of its task."""
    if new.state is TaskState.WAITING:
        return TaskState.FAILED if new.kind and new.kind != LATER else TaskState.WAITING
    return new.state if new.state in OVER else TaskState.CANCELLED


def head(text: str) -> str:
    """As much of an error as is kept."""
    text = story.cleaned(text)
    if len(text) * 4 <= ERROR or len(text.encode()) <= ERROR:
        return text
    return text.encode()[:ERROR - 3].decode(errors="ignore") + "…"


def tail(text: str) -> str:
    """As much of what was printed as is kept."""
    return story.cleaned(text[-TAIL:]).encode()[-TAIL:].decode(errors="ignore")


def _is_trying(row: TaskRun) -> bool:
    """Whether a try is open."""
    return row.tries > 0 and (row.state is TaskState.RUNNING
                              or (row.state is TaskState.WAITING and row.kind == LATER))


def _is_note(move: Move) -> bool:
    """It goes on as it did, and more is known of it; without anything to note, RUNNING is a new try."""
    goes_on = move.before is move.state is TaskState.RUNNING
    return goes_on and not (move.outputs is None and move.items is None and move.child is None)


def _with_values(row: TaskRun, move: Move) -> TaskRun:
    """What the move brings, as it will be read."""
    if move.outputs is not None:
        row = row._replace(outputs=json.loads(taskrows.outputs_text(row.key, move.outputs)))
    if move.items is not None:
        row = row._replace(items=tuple(json.loads(taskrows.json_text(row.key, "items", move.items))))
    return row if move.child is None else row._replace(child=move.child)
