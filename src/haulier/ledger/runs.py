"""Runs as they are kept: read, listed, wanted."""
from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, select

from ..model.errors import NotFound
from ..model.run import OVER, Priority, Run, RunState, Totals, Trigger, Wanted, Wish
from . import story
from .dialects.dialect import Dialect
from .runtables import flows, runs

R = runs.c
COLUMNS = (R.id, flows.c.name, R.source, R.target, R.state, R.started, R.finished, R.done, R.failed, R.skipped,
           R.bytes, R.resumed, R.error, R.trigger, R.created, R.priority, R.wish, R.slot, R.wakes, R.turn,
           R.params, R.parent, R.origin)
RESUMED = {(RunState.PAUSED, RunState.QUEUED), (RunState.WAITING, RunState.QUEUED)}


def number_of(conn: Connection, dialect: Dialect, flow: str) -> int:
    """The flow's number, new if it has none; nobody else starts it until commit."""
    dialect.run(conn, "INSERT INTO flows (name) VALUES (?) ON CONFLICT DO NOTHING", flow)
    number: int = dialect.run(conn, "SELECT id FROM flows WHERE name = ?" + dialect.exclusive,
                              flow).scalar_one()
    return number


def listed(conn: Connection, flow: str, limit: int) -> Sequence[Run]:
    """Those that are tasks of others only if the flow is named."""
    query = selected().order_by(R.id.desc()).limit(limit)
    query = query.where(flows.c.name == flow) if flow else query.where(R.parent.is_(None))
    return [of(row) for row in conn.execute(query)]


def wanted(conn: Connection) -> Sequence[Run]:
    """Those that were asked for and are not over, oldest first."""
    return [of(row) for row in conn.execute(selected().where(R.wanted.is_not(None)).order_by(R.id))]


def children(conn: Connection, parent: int) -> Sequence[Run]:
    """Those that tasks of a run are, oldest first."""
    return [of(row) for row in conn.execute(selected().where(R.parent == parent).order_by(R.id))]


def one(conn: Connection, dialect: Dialect, number: int, *, locked: bool = False) -> Run:
    """NotFound if there is none; if `locked`, nobody else changes it until commit."""
    if locked and dialect.exclusive:
        dialect.run(conn, "SELECT id FROM runs WHERE id = ?" + dialect.exclusive, number)
    row = conn.execute(selected().where(R.id == number)).first()
    if row is None:
        raise NotFound(f"there is no run {number}")
    return of(row)


def want(conn: Connection, dialect: Dialect, asked: Wanted) -> Run | None:
    """A new run, QUEUED; None if its key is taken."""
    flow, now = number_of(conn, dialect, asked.flow), time.time_ns()
    number = dialect.run(
        conn, "INSERT INTO runs (flow, source, target, state, started, trigger, created, priority, slot, key, params,"
              " wanted) VALUES (?, '', '', ?, 0, ?, ?, ?, ?, ?, ?, true) ON CONFLICT DO NOTHING RETURNING id",
        flow, RunState.QUEUED.value, asked.trigger.value, now, asked.priority, asked.slot, asked.key or None,
        asked.params or None).scalar()
    if number is None:
        return None
    by = f" by {asked.by}" if asked.by else ""
    story.tell(conn, dialect, [story.about_run(number, now, "queued", f"{asked.flow}: wanted{by} ({asked.trigger})")])
    return one(conn, dialect, number)


def become(conn: Connection, dialect: Dialect, run: Run, state: RunState, text: str) -> None:
    """Another state, with its event; a run that is over is wished nothing, and nothing is wanted of it."""
    now, is_over = time.time_ns(), state in OVER
    fixed = f", finished = {now}, wanted = NULL, wakes = NULL" if is_over else ", finished = NULL"
    kind = "resumed" if (run.state, state) in RESUMED else state.value
    if kind == "resumed":   # whoever came by while it was paused went away again, and does not come back
        fixed += ", turn = turn + 1"
    dialect.run(conn, f"UPDATE runs SET state = ?, wish = ''{fixed} WHERE id = ?", state.value, run.id)
    story.tell(conn, dialect, [story.about_run(run.id, now, kind, text)])


def selected() -> Select[Any]:
    return select(*COLUMNS).join_from(runs, flows)


def of(row: Sequence[Any]) -> Run:
    (number, flow, source, target, state, started, finished, *totals, error, trigger, created, priority, wish, slot,
     wakes, turn, params, parent, origin) = row
    return Run(number, flow, source, target, RunState(state), started, finished, Totals(*totals), error or "",
               Trigger(trigger), created, Priority(priority), Wish(wish), slot, wakes, turn, params or "", parent or 0,
               origin or 0)
