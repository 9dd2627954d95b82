"""How a run begins: a new one, one that was wanted, or one whose process died."""
from __future__ import annotations

import time
from collections.abc import Set
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from ..model.errors import Busy, NotFound
from ..model.run import Run, RunState, Start, Wish
from ..model.transfer import State
from . import asking, offers, runs, story
from .dialects.dialect import Dialect
from .leases import STOPPED, Leases, name_of, process_of
from .process import Process

OF_PARENT = "parent IS NOT NULL AND EXISTS (SELECT 1 FROM runs p WHERE p.id = runs.parent AND p.finished IS NULL)"


class New(NamedTuple):
    """A run that is to begin."""

    flow: str
    source: str
    target: str
    how: Start

    @property
    def places(self) -> str:
        """For an event; empty if it moves nothing by itself."""
        return f"{self.source} to {self.target}, " if self.source or self.target else ""


class Starting:
    """Statements about beginnings; each gets the transaction it is part of."""

    def __init__(self, dialect: Dialect, process: Process, leases: Leases) -> None:
        self._dialect, self._process, self._leases = dialect, process, leases

    def start(self, conn: Connection, new: New, wanted: int, alive: Set[str]) -> Run:
        """RUNNING, unless the wanted one is over, paused, or to be one of these. `alive`: executors."""
        flow, dialect = new.flow, self._dialect
        number = runs.number_of(conn, dialect, flow)
        before = self._before(conn, flow, wanted) if wanted else None
        if before and before.state in STOPPED:
            return before
        beside = self._beside(conn, new, number, wanted)
        if not beside:
            offers.settle(conn, dialect, flow, alive)
        if before and (before := self._obeyed(conn, before)).state in STOPPED:
            return before
        self._bury(conn, number, {wanted, *beside}, new.how)
        if not beside:
            asking.settle(conn, dialect, flow)
        run = self._begun(conn, before, new) if before else self._new(conn, number, new)
        self._leases.take(conn, flow, run, alone=new.how.alone)
        story.tell(conn, dialect, [story.about_run(
            run, time.time_ns(), "started", f"{new.places}process {self._process.pid} on {self._process.host}")])
        return runs.one(conn, dialect, run)

    def _before(self, conn: Connection, flow: str, wanted: int) -> Run:
        before = runs.one(conn, self._dialect, wanted)
        if before.flow != flow:
            raise NotFound(f"{flow}: run {wanted} is one of {before.flow}")
        return before

    def _obeyed(self, conn: Connection, run: Run) -> Run:
        run = runs.one(conn, self._dialect, run.id, locked=True)
        if run.wish is not Wish.NONE and run.state not in STOPPED:
            self._leases.obey(conn, self._leases.let_go(conn, run))
        return runs.one(conn, self._dialect, run.id)

    def _new(self, conn: Connection, flow: int, new: New) -> int:
        now = time.time_ns()
        number: int = self._dialect.run(
            conn, "INSERT INTO runs (flow, source, target, state, started, created, params, parent)"
                  " VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id", flow, new.source, new.target,
            RunState.RUNNING.value, now, now, new.how.params or None, new.how.parent or None).scalar_one()
        return number

    def _begun(self, conn: Connection, run: Run, new: New) -> int:
        """With an error it had waited because it could not be planned: it has waited for no file yet."""
        if run.state is RunState.RUNNING:
            self._taken_over(conn, run)
        self._dialect.run(conn, "UPDATE runs SET state = ?, source = ?, target = ?, started = ?, error = NULL,"
                                " wakes = CASE WHEN error IS NULL THEN wakes END WHERE id = ?",
                          RunState.RUNNING.value, new.source, new.target, run.started or time.time_ns(), run.id)
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

    def _beside(self, conn: Connection, new: New, flow: int, wanted: int) -> Set[int]:
        """The runs that go on beside it; Busy if it is to be alone, or one of them is, or it is one of them itself.

        Not for the wanted run if this process has it: it could not store how an earlier try of it ended.
        """
        alive = self._leases.holders(conn, flow)
        others = {run for run, row in alive.items() if run != wanted or process_of(row) != self._process}
        for run in sorted(others):
            if new.how.alone or alive[run].name == name_of(new.flow) or run == wanted:
                raise _busy(new.flow, alive[run])
        return others

    def _bury(self, conn: Connection, flow: int, kept: Set[int], how: Start) -> None:
        """Runs whose process died without a word, but none that is alive, nor one that can go on beside this one."""
        goes_on = "" if how.alone else f" AND wanted IS NULL AND NOT ({OF_PARENT})"
        self._leases.crash(conn, self._dialect.run(
            conn, f"SELECT id FROM runs WHERE flow = ? AND state = ? AND NOT ({self._dialect.among('id')}){goes_on}",
            flow, RunState.RUNNING.value, self._dialect.packed(sorted(kept))).scalars().all())


def _busy(flow: str, lease: Any) -> Busy:
    since = datetime.fromtimestamp(lease.since / 1e9, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return Busy(f"{flow}: run {lease.owner} is under way in process {lease.pid} on {lease.host},"
                f" since {since}; wait for it or stop that process")
