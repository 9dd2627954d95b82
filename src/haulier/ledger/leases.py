"""Runs under way, and the lease that lets one process at a time run a flow."""
from __future__ import annotations

import time
from collections.abc import Set
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from ..model.errors import Busy, LeaseLost, NotFound
from ..model.run import OVER, Run, RunState, Totals, Wish
from ..model.transfer import State
from . import asking, offers, runs, story
from .dialects.dialect import Dialect
from .process import Process

STOPPED = OVER | {RunState.PAUSED}
HELD = "name = ? AND owner = ? AND EXISTS (SELECT 1 FROM runs r WHERE r.id = owner AND r.turn = ?)"
"""A lease that is still that of a run in its turn: somebody who took the run over began another turn."""


class Leases:
    """Statements about runs; each gets the transaction it is part of.

    Rows are locked in this order: flow, lease, run, transfers.
    """

    def __init__(self, dialect: Dialect, process: Process, seconds: float) -> None:
        self._dialect = dialect
        self._process = process
        self._term = int(seconds * 1e9)

    def start(self, conn: Connection, flow: str, source: str, target: str, wanted: int, alive: Set[str]) -> Run:
        """RUNNING, unless the wanted one is over, paused, or to be one of these. `alive`: executors."""
        number = runs.number_of(conn, self._dialect, flow)
        before = self._before(conn, flow, wanted) if wanted else None
        if before and before.state in STOPPED:
            return before
        self._refuse_if_running(conn, flow, wanted)
        offers.settle(conn, self._dialect, flow, alive)
        if before and (before := self._obeyed(conn, before)).state in STOPPED:
            return before
        self._bury(conn, number, wanted)
        asking.settle(conn, self._dialect, flow)
        run = self._begun(conn, before, source, target) if before else self._new(conn, number, source, target)
        self._take(conn, flow, run)
        story.tell(conn, self._dialect, [story.about_run(
            run, time.time_ns(), "started", f"{source} to {target}, process {self._process.pid}"
                                            f" on {self._process.host}")])
        return runs.one(conn, self._dialect, run)

    def hold(self, conn: Connection, run: Run) -> int:
        """The flow's number, if the run still has its lease, and nobody takes it until commit."""
        found: int | None = self._dialect.run(
            conn, "SELECT r.flow FROM leases l JOIN runs r ON r.id = l.owner"
                  " WHERE l.name = ? AND l.owner = ? AND r.turn = ?"
                  + (f"{self._dialect.shared} OF l" if self._dialect.shared else ""),
            _name(run.flow), run.id, run.turn).scalar()
        if found is None:
            raise self._lost(run)
        return found

    def beat(self, conn: Connection, run: Run, totals: Totals) -> Wish:
        until = self._dialect.now(conn) + self._term
        if not self._dialect.run(conn, f"UPDATE leases SET until = ? WHERE {HELD}",
                                 until, _name(run.flow), run.id, run.turn).rowcount:
            raise self._lost(run)
        return Wish(self._dialect.run(
            conn, "UPDATE runs SET done = ?, failed = ?, skipped = ?, bytes = ?, resumed = ? WHERE id = ?"
                  " RETURNING wish", *totals, run.id).scalar_one())

    def finish(self, conn: Connection, run: Run, state: RunState, totals: Totals, error: str,
               wakes: int | None) -> None:
        if not self._drop(conn, run):
            raise self._lost(run)
        now = runs.one(conn, self._dialect, run.id, locked=True)
        is_over = state in OVER
        self._dialect.run(
            conn, "UPDATE runs SET error = ?, wakes = coalesce(?, wakes), turn = turn + ?,"
                  " done = ?, failed = ?, skipped = ?, bytes = ?, resumed = ? WHERE id = ?",
            story.cleaned(error) or None, wakes, int(not is_over), *totals, run.id)
        runs.become(conn, self._dialect, now, state, _summary(totals, error, wakes))
        asking.settle(conn, self._dialect, run.flow)
        if now.wish is Wish.CANCEL and state is RunState.CANCELLED:
            asking.cancel_all(conn, self._dialect, now)
        elif not is_over:
            self.obey(conn, now._replace(state=state))

    def obey(self, conn: Connection, run: Run) -> None:
        """Nobody carries the run, nor will until commit: what is wished of it is done."""
        if run.wish is Wish.CANCEL:
            runs.become(conn, self._dialect, run, RunState.CANCELLED, "as a person wished")
            asking.cancel_all(conn, self._dialect, run)
        elif run.wish is Wish.PAUSE and run.state is not RunState.PAUSED:
            runs.become(conn, self._dialect, run, RunState.PAUSED, "as a person wished")

    def holder(self, conn: Connection, flow: str) -> Any:
        """Who runs the flow, alive as far as can be known, or None; nobody takes the lease until commit."""
        row = self._dialect.run(
            conn, "SELECT host, machine, pid, born, since, until, owner FROM leases WHERE name = ?"
                  + self._dialect.exclusive, _name(flow)).first()
        if row is None or row.until <= self._dialect.now(conn):
            return None
        return None if _process(row).is_gone(self._process) else row

    def let_go(self, conn: Connection, run: Run) -> Run:
        """Of a process that died: its lease is nobody's, and it is gone on with in another turn."""
        if self._drop(conn, run):
            self._dialect.run(conn, "UPDATE runs SET turn = turn + 1 WHERE id = ?", run.id)
        return runs.one(conn, self._dialect, run.id)

    def _before(self, conn: Connection, flow: str, wanted: int) -> Run:
        before = runs.one(conn, self._dialect, wanted)
        if before.flow != flow:
            raise NotFound(f"{flow}: run {wanted} is one of {before.flow}")
        return before

    def _obeyed(self, conn: Connection, run: Run) -> Run:
        run = runs.one(conn, self._dialect, run.id, locked=True)
        if run.wish is not Wish.NONE and run.state not in STOPPED:
            self.obey(conn, self.let_go(conn, run))
        return runs.one(conn, self._dialect, run.id)

    def _new(self, conn: Connection, flow: int, source: str, target: str) -> int:
        now = time.time_ns()
        number: int = self._dialect.run(
            conn, "INSERT INTO runs (flow, source, target, state, started, created) VALUES (?, ?, ?, ?, ?, ?)"
                  " RETURNING id", flow, source, target, RunState.RUNNING.value, now, now).scalar_one()
        return number

    def _begun(self, conn: Connection, run: Run, source: str, target: str) -> int:
        """With an error it had waited because it could not be planned: it has waited for no file yet."""
        if run.state is RunState.RUNNING:
            self._taken_over(conn, run)
        self._dialect.run(conn, "UPDATE runs SET state = ?, source = ?, target = ?, started = ?, error = NULL,"
                                " wakes = CASE WHEN error IS NULL THEN wakes END WHERE id = ?",
                          RunState.RUNNING.value, source, target, run.started or time.time_ns(), run.id)
        return run.id

    def _taken_over(self, conn: Connection, run: Run) -> None:
        """Whoever carried it told of its totals when it last beat. Should it wake again, its turn has passed."""
        counts = {state: (files, int(size)) for state, files, size in self._dialect.run(
            conn, "SELECT t.state, count(*), sum(t.size) FROM transfers t JOIN batches b ON b.id = t.batch"
                  " WHERE b.run = ? GROUP BY t.state", run.id)}
        done, size = counts.get(State.DONE, (0, 0))
        failed, _ = counts.get(State.FAILED, (0, 0))
        self._dialect.run(conn, "UPDATE runs SET turn = turn + 1, done = ?, failed = ?, bytes = ? WHERE id = ?",
                          done, failed, max(run.totals.bytes, size), run.id)     # it may have sent parts of others too

    def _refuse_if_running(self, conn: Connection, flow: str, wanted: int) -> None:
        """Not for the wanted run if this process has it: it could not store how an earlier try of it ended."""
        row = self.holder(conn, flow)
        if row is not None and not (row.owner == wanted and _process(row) == self._process):
            since = datetime.fromtimestamp(row.since / 1e9, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
            raise Busy(f"{flow}: run {row.owner} is under way in process {row.pid} on {row.host},"
                       f" since {since}; wait for it or stop that process")

    def _bury(self, conn: Connection, flow: int, wanted: int) -> None:
        """Runs whose process died without a word, but not the one that goes on."""
        now = time.time_ns()
        dead = self._dialect.run(conn, "UPDATE runs SET state = ?, finished = ?, wish = '', wanted = NULL"
                                       " WHERE flow = ? AND state = ? AND id <> ? RETURNING id",
                                 RunState.CRASHED.value, now, flow, RunState.RUNNING.value, wanted)
        story.tell(conn, self._dialect, [
            story.about_run(number, now, "crashed", "its process ended without finishing it")
            for number in dead.scalars().all()])

    def _take(self, conn: Connection, flow: str, run: int) -> None:
        now, me = self._dialect.now(conn), self._process
        self._dialect.run(conn, "DELETE FROM leases WHERE name = ?", _name(flow))
        self._dialect.run(conn, "INSERT INTO leases (name, owner, host, machine, pid, born, since,"
                                " until) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                          _name(flow), run, *me, now, now + self._term)

    def _drop(self, conn: Connection, run: Run) -> bool:
        """Whether it had the lease."""
        return bool(self._dialect.run(conn, f"DELETE FROM leases WHERE {HELD}",
                                      _name(run.flow), run.id, run.turn).rowcount)

    @staticmethod
    def _lost(run: Run) -> LeaseLost:
        return LeaseLost(f"{run.flow}: run {run.id} is over or has been taken over"
                         " by another process")


def _summary(totals: Totals, error: str, wakes: int | None) -> str:
    until = ""
    if wakes is not None:
        until = datetime.fromtimestamp(wakes / 1e9, UTC).strftime(", until %Y-%m-%d %H:%M:%S UTC")
    said = f"{totals.done} done, {totals.failed} failed, {totals.skipped} skipped{until}"
    return f"{said}: {error}" if error else said


def _process(row: Any) -> Process:
    return Process(row.host, row.machine, row.pid, row.born)


def _name(flow: str) -> str:
    return f"flow {flow}"
