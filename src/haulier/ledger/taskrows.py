"""Tasks and their tries as rows: read, written, given up."""
from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from ..model.errors import Invalid
from ..model.task import OVER, Attempt, Decision, Key, TaskRun, TaskState
from . import story
from .dialects.dialect import Dialect, assigned, quoted
from .runtables import attempts, tasks

LARGEST = 64 * 1024
"""Bytes of a task's outputs."""
COLUMNS = ("run", "task", "item", "state", "tries", "since", "started", "finished", "due", "error", "kind", "outputs",
           "items", "child", "decision", "origin")
TRIES = ("run", "task", "item", "number", "started", "finished", "state", "error", "kind", "tail")
TASKS = f"SELECT {', '.join(COLUMNS)} FROM tasks WHERE run = ?"
ATTEMPTS = f"SELECT {', '.join(TRIES)} FROM attempts WHERE run = ? AND task = ? AND item = ? ORDER BY number"
AGAIN = f"ON CONFLICT (run, task, item) DO UPDATE SET {assigned(COLUMNS[3:])}"
ENDS = f"ON CONFLICT (run, task, item, number) DO UPDATE SET {assigned(TRIES[5:])}"
OPEN = f"state NOT IN {quoted(OVER)}"


def of_run(conn: Connection, dialect: Dialect, run: int) -> Sequence[TaskRun]:
    """In the order in which they were heard of."""
    return [_task(row) for row in dialect.run(conn, f"{TASKS} ORDER BY id", run)]


def one(conn: Connection, dialect: Dialect, run: int, key: Key) -> TaskRun | None:
    """Nobody else changes it until commit."""
    row = dialect.run(conn, f"{TASKS} AND task = ? AND item = ?{dialect.exclusive}", run, *key).first()
    return _task(row) if row else None


def those(conn: Connection, dialect: Dialect, run: int, keys: Sequence[Key]) -> dict[Key, TaskRun]:
    """Those of them that were heard of; nobody else changes them until commit."""
    if len(keys) == 1:
        found = one(conn, dialect, run, keys[0])
        return {found.key: found} if found else {}
    names, items = {key.task for key in keys}, {key.item for key in keys}
    rows = dialect.run(conn, f"{TASKS} AND {dialect.among('task')} AND {dialect.among('item')}{dialect.exclusive}",
                       run, dialect.packed(sorted(names)), dialect.packed(sorted(items)))
    return {task.key: task for task in map(_task, rows)}


def tries(conn: Connection, dialect: Dialect, run: int, key: Key) -> Sequence[Attempt]:
    return [Attempt(run, key, number, started, finished, TaskState(state), error or "", kind or "", tail or "")
            for *_, number, started, finished, state, error, kind, tail in dialect.run(conn, ATTEMPTS, run, *key)]


def store(conn: Connection, dialect: Dialect, rows: Sequence[TaskRun], *, new: bool) -> None:
    """IntegrityError if one that is to be new is not."""
    if rows:
        dialect.insert(conn, tasks, COLUMNS, list(map(_columns, rows)), conflict="" if new else AGAIN)


def store_tries(conn: Connection, dialect: Dialect, rows: Sequence[Attempt]) -> None:
    if rows:
        dialect.insert(conn, attempts, TRIES, [
            (one.run, *one.key, one.number, one.started, one.finished, one.state.value, one.error or None,
             one.kind or None, one.tail or None) for one in rows], conflict=ENDS)


def first_due(conn: Connection, dialect: Dialect, run: int, wakes: int | None) -> int | None:
    """When a task of the run that waits is to be looked at, or at `wakes`, if that is sooner."""
    first: int | None = dialect.run(conn, "SELECT min(due) FROM tasks WHERE run = ? AND state = ?",
                                    run, TaskState.WAITING.value).scalar()
    return min((at for at in (first, wakes) if at is not None), default=None)


def give_up(conn: Connection, dialect: Dialect, runs: Sequence[int], why: str) -> None:
    """What is not over of these runs is CANCELLED: nobody goes on with it."""
    now, among, packed = time.time_ns(), dialect.among("run"), dialect.packed(runs)
    ended = dialect.run(conn, f"UPDATE tasks SET state = ?, finished = ?, due = NULL, error = ?, kind = NULL"
                              f" WHERE {among} AND {OPEN} RETURNING run, task, item",
                        TaskState.CANCELLED.value, now, why, packed).all()
    if not ended:
        return
    dialect.run(conn, f"UPDATE attempts SET state = ?, finished = ?, error = ? WHERE {among} AND finished IS NULL",
                TaskState.CANCELLED.value, now, why, packed)
    for run in sorted({row[0] for row in ended}):
        keys = [Key(task, item) for number, task, item in ended if number == run]
        story.tell(conn, dialect, [story.about_task(run, now, "cancelled", f"{named(keys)}: {why}")])


def named(keys: Sequence[Key], most: int = 10) -> str:
    """Their names, as far as anybody reads them."""
    more = f" and {len(keys) - most} more" if len(keys) > most else ""
    return ", ".join(map(str, keys[:most])) + more


def outputs_text(key: Key, outputs: Any) -> str:
    """As it is kept; Invalid if it is no JSON, or too much of it."""
    text = json_text(key, "outputs", outputs)
    if len(text.encode()) > LARGEST:
        raise Invalid(f"{key}: its outputs are more than {LARGEST // 1024} KiB; write them to a file,"
                      " and give the file's name")
    return text


def json_text(key: Key, what: str, value: Any) -> str:
    try:
        return story.cleaned(json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")))
    except (TypeError, ValueError) as error:
        raise Invalid(f"{key}: its {what} cannot be kept as JSON ({error})") from error


def _columns(row: TaskRun) -> tuple[Any, ...]:
    outputs = json_text(row.key, "outputs", row.outputs) if row.outputs else None
    items = None if row.items is None else json_text(row.key, "items", row.items)
    decision = json.dumps(row.decision) if row.decision else None
    return (row.run, *row.key, row.state.value, row.tries, row.since, row.started, row.finished, row.due,
            row.error or None, row.kind or None, outputs, items, row.child or None, decision, row.origin or None)


def _task(row: Sequence[Any]) -> TaskRun:
    (run, task, item, state, tried, since, started, finished, due, error, kind, outputs, items, child, decision,
     origin) = row
    return TaskRun(run, Key(task, item), TaskState(state), tried, since, started, finished, due, error or "",
                   kind or "", json.loads(outputs) if outputs else {},
                   None if items is None else tuple(json.loads(items)), child or 0,
                   Decision(*json.loads(decision)) if decision else None, origin or 0)
