"""Runs and the lease that lets one process at a time run a flow."""
from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select

from ..model.errors import Busy, LeaseLost
from ..model.run import Run, RunState, Totals
from . import story
from .dialects.dialect import Dialect
from .process import Process
from .tables import flows, runs

COLUMNS = (runs.c.id, flows.c.name, runs.c.source, runs.c.target, runs.c.state, runs.c.started,
           runs.c.finished, runs.c.done, runs.c.failed, runs.c.skipped, runs.c.bytes,
           runs.c.resumed, runs.c.error)


class Leases:
    """Statements about runs; each gets the transaction it is part of."""

    def __init__(self, dialect: Dialect, process: Process, seconds: float) -> None:
        self._dialect = dialect
        self._process = process
        self._term = int(seconds * 1e9)

    def start(self, conn: Connection, flow: str, source: str, target: str) -> Run:
        run = self._dialect.run
        number = number_of(conn, self._dialect, flow)
        self._refuse_if_running(conn, flow)
        now = time.time_ns()
        self._bury(conn, number, now)
        new = run(conn, "INSERT INTO runs (flow, source, target, state, started)"
                        " VALUES (?, ?, ?, ?, ?) RETURNING id",
                  number, source, target, RunState.RUNNING.value, now).scalar_one()
        self._take(conn, flow, new)
        story.tell(conn, self._dialect, [story.about_run(
            new, now, "started", f"{source} to {target}, process {self._process.pid}"
                                 f" on {self._process.host}")])
        return Run(new, flow, source, target, RunState.RUNNING, now)

    def hold(self, conn: Connection, run: Run) -> int:
        """The flow's number, if the run still has its lease, and nobody takes it until commit."""
        found: int | None = self._dialect.run(
            conn, "SELECT r.flow FROM leases l JOIN runs r ON r.id = l.owner"
                  " WHERE l.name = ? AND l.owner = ?"
                  + (f"{self._dialect.shared} OF l" if self._dialect.shared else ""),
            _name(run.flow), run.id).scalar()
        if found is None:
            raise self._lost(run)
        return found

    def beat(self, conn: Connection, run: Run, totals: Totals) -> None:
        until = self._dialect.now(conn) + self._term
        if not self._dialect.run(conn, "UPDATE leases SET until = ? WHERE name = ? AND owner = ?",
                                 until, _name(run.flow), run.id).rowcount:
            raise self._lost(run)
        self._dialect.run(conn, "UPDATE runs SET done = ?, failed = ?, skipped = ?, bytes = ?,"
                                " resumed = ? WHERE id = ?", *totals, run.id)

    def finish(self, conn: Connection, run: Run, state: RunState, totals: Totals,
               error: str) -> None:
        if not self._dialect.run(conn, "DELETE FROM leases WHERE name = ? AND owner = ?",
                                 _name(run.flow), run.id).rowcount:
            raise self._lost(run)
        now = time.time_ns()
        self._dialect.run(conn, "UPDATE runs SET state = ?, finished = ?, error = ?, done = ?,"
                                " failed = ?, skipped = ?, bytes = ?, resumed = ? WHERE id = ?",
                          state.value, now, story.cleaned(error) or None, *totals, run.id)
        story.tell(conn, self._dialect, [story.about_run(
            run.id, now, state.value, f"{totals.done} done, {totals.failed} failed,"
            f" {totals.skipped} skipped" + (f": {error}" if error else ""))])

    def _refuse_if_running(self, conn: Connection, flow: str) -> None:
        row = self._dialect.run(
            conn, "SELECT host, machine, pid, born, since, until, owner FROM leases WHERE name = ?"
                  + self._dialect.exclusive, _name(flow)).first()
        if row is None or row.until <= self._dialect.now(conn):
            return
        if not Process(row.host, row.machine, row.pid, row.born).is_gone(self._process):
            since = datetime.fromtimestamp(row.since / 1e9, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
            raise Busy(f"{flow}: run {row.owner} is under way in process {row.pid} on {row.host},"
                       f" since {since}; wait for it or stop that process")

    def _bury(self, conn: Connection, flow: int, now: int) -> None:
        """Runs whose process died without a word."""
        dead = self._dialect.run(conn, "UPDATE runs SET state = ?, finished = ?"
                                       " WHERE flow = ? AND state = ? RETURNING id",
                                 RunState.CRASHED.value, now, flow, RunState.RUNNING.value)
        story.tell(conn, self._dialect, [
            story.about_run(number, now, "crashed", "its process ended without finishing it")
            for number in dead.scalars().all()])

    def _take(self, conn: Connection, flow: str, run: int) -> None:
        now, me = self._dialect.now(conn), self._process
        self._dialect.run(conn, "DELETE FROM leases WHERE name = ?", _name(flow))
        self._dialect.run(conn, "INSERT INTO leases (name, owner, host, machine, pid, born, since,"
                                " until) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                          _name(flow), run, *me, now, now + self._term)

    @staticmethod
    def _lost(run: Run) -> LeaseLost:
        return LeaseLost(f"{run.flow}: run {run.id} is over or has been taken over"
                         " by another process")


def number_of(conn: Connection, dialect: Dialect, flow: str) -> int:
    """The flow's number, new if it has none; nobody else starts it until commit."""
    dialect.run(conn, "INSERT INTO flows (name) VALUES (?) ON CONFLICT DO NOTHING", flow)
    number: int = dialect.run(conn, "SELECT id FROM flows WHERE name = ?" + dialect.exclusive,
                              flow).scalar_one()
    return number


def listed(conn: Connection, flow: str, limit: int) -> Sequence[Run]:
    query = select(*COLUMNS).join_from(runs, flows).order_by(runs.c.id.desc()).limit(limit)
    if flow:
        query = query.where(flows.c.name == flow)
    return [_run(row) for row in conn.execute(query)]


def _run(row: Any) -> Run:
    return Run(row[0], row[1], row[2], row[3], RunState(row[4]), row[5], row[6],
               Totals(*row[7:12]), row[12] or "")


def _name(flow: str) -> str:
    return f"flow {flow}"
