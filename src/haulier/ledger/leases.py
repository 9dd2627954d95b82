"""Runs under way, and the leases that let one process at a time carry a run, and most flows one run."""
from __future__ import annotations

import time
from collections.abc import Mapping, Sequence, Set
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from ..model.errors import Busy, LeaseLost, NotFound
from ..model.run import OVER, Run, RunState, Start, Totals, Wish
from ..model.transfer import State
from . import asking, offers, runs, story, taskrows
from .dialects.dialect import Dialect
from .process import Process

STOPPED = OVER | {RunState.PAUSED}
HELD = "name IN (?, ?) AND owner = ? AND EXISTS (SELECT 1 FROM runs r WHERE r.id = owner AND r.turn = ?)"
"""A lease that is still that of a run in its turn: somebody who took the run over began another turn."""
LEASES = "SELECT name, host, machine, pid, born, since, until, owner FROM leases"
OF_FLOW = "(SELECT r.flow FROM runs r WHERE r.id = leases.owner) = ?"
OF_PARENT = "parent IS NOT NULL AND EXISTS (SELECT 1 FROM runs p WHERE p.id = runs.parent AND p.finished IS NULL)"


class New(NamedTuple):
    """A run that is to begin."""

    flow: str
    source: str
    target: str
    how: Start


class Leases:
    """Statements about runs; each gets the transaction it is part of.

    Rows are locked in this order: flow, lease, run, transfers.
    """

    def __init__(self, dialect: Dialect, process: Process, seconds: float) -> None:
        self._dialect = dialect
        self._process = process
        self._term = int(seconds * 1e9)

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
        self._take(conn, new, run)
        story.tell(conn, dialect, [story.about_run(
            run, time.time_ns(), "started", f"{new.source} to {new.target}, process {self._process.pid}"
                                            f" on {self._process.host}")])
        return runs.one(conn, dialect, run)

    def hold(self, conn: Connection, run: Run) -> int:
        """The flow's number, if the run still has its lease, and nobody takes it until commit."""
        found: int | None = self._dialect.run(
            conn, "SELECT r.flow FROM leases l JOIN runs r ON r.id = l.owner"
                  " WHERE l.name IN (?, ?) AND l.owner = ? AND r.turn = ?"
                  + (f"{self._dialect.shared} OF l" if self._dialect.shared else ""),
            *_names(run), run.id, run.turn).scalar()
        if found is None:
            raise self._lost(run)
        return found

    def beat(self, conn: Connection, run: Run, totals: Totals) -> Wish:
        until = self._dialect.now(conn) + self._term
        if not self._dialect.run(conn, f"UPDATE leases SET until = ? WHERE {HELD}",
                                 until, *_names(run), run.id, run.turn).rowcount:
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
        if state is RunState.WAITING:   # a person may have said something since whoever carried it looked
            wakes = taskrows.first_due(conn, self._dialect, run.id, wakes)
        self._dialect.run(
            conn, "UPDATE runs SET error = ?, wakes = ?, turn = turn + ?,"
                  " done = ?, failed = ?, skipped = ?, bytes = ?, resumed = ? WHERE id = ?",
            story.cleaned(error) or None, now.wakes if wakes is None and state is not RunState.WAITING else wakes,
            int(not is_over), *totals, run.id)
        runs.become(conn, self._dialect, now, state, _summary(totals, error, wakes))
        asking.settle(conn, self._dialect, run.flow)
        if now.wish is Wish.CANCEL and state is RunState.CANCELLED:
            self._cancelled(conn, now)
        elif not is_over:
            self.obey(conn, now._replace(state=state))
        else:
            taskrows.give_up(conn, self._dialect, [run.id], "the run is over")

    def obey(self, conn: Connection, run: Run) -> None:
        """Nobody carries the run, nor will until commit: what is wished of it is done."""
        if run.wish is Wish.CANCEL:
            runs.become(conn, self._dialect, run, RunState.CANCELLED, "as a person wished")
            self._cancelled(conn, run)
        elif run.wish is Wish.PAUSE and run.state is not RunState.PAUSED:
            runs.become(conn, self._dialect, run, RunState.PAUSED, "as a person wished")

    def holders(self, conn: Connection, flow: int) -> Mapping[int, Any]:
        """The leases of a flow by their runs, alive as far as can be known; nobody takes one until commit."""
        rows = self._dialect.run(conn, f"{LEASES} WHERE {OF_FLOW}{self._dialect.exclusive}", flow).all()
        now = self._dialect.now(conn) if rows else 0
        return {row.owner: row for row in rows if row.until > now and not _process(row).is_gone(self._process)}

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
        alive = self.holders(conn, flow)
        others = {run for run, row in alive.items() if run != wanted or _process(row) != self._process}
        for run in sorted(others):
            if new.how.alone or alive[run].name == _name(new.flow) or run == wanted:
                raise _busy(new.flow, alive[run])
        return others

    def _bury(self, conn: Connection, flow: int, kept: Set[int], how: Start) -> None:
        """Runs whose process died without a word, but none that is alive, nor one that can go on beside this one."""
        goes_on = "" if how.alone else f" AND wanted IS NULL AND NOT ({OF_PARENT})"
        self._crash(conn, self._dialect.run(
            conn, f"SELECT id FROM runs WHERE flow = ? AND state = ? AND NOT ({self._dialect.among('id')}){goes_on}",
            flow, RunState.RUNNING.value, self._dialect.packed(sorted(kept))).scalars().all())

    def _crash(self, conn: Connection, dead: Sequence[int]) -> None:
        """With their tasks, and the runs of those that nobody carries: nobody will go on with them."""
        if not dead:
            return
        now, packed = time.time_ns(), self._dialect.packed(dead)
        self._dialect.run(conn, "UPDATE runs SET state = ?, finished = ?, wish = '', wanted = NULL WHERE "
                          + self._dialect.among("id"), RunState.CRASHED.value, now, packed)
        self._dialect.run(conn, "DELETE FROM leases WHERE " + self._dialect.among("owner"), packed)
        story.tell(conn, self._dialect, [
            story.about_run(number, now, "crashed", "its process ended without finishing it") for number in dead])
        taskrows.give_up(conn, self._dialect, dead, "the process that ran it ended")
        self._crash(conn, [child.id for run in dead for child in self._children(conn, run)
                           if not self._is_carried(conn, child)])

    def _children(self, conn: Connection, run: int) -> Sequence[Run]:
        return [child for child in runs.children(conn, run) if child.state not in OVER]

    def _is_carried(self, conn: Connection, run: Run) -> bool:
        """If not, nobody begins to until commit."""
        return run.id in self.holders(conn, runs.number_of(conn, self._dialect, run.flow))

    def _cancelled(self, conn: Connection, run: Run) -> None:
        """Its files, its tasks, and the runs that they are; who carries one of those is told."""
        asking.cancel_all(conn, self._dialect, run)
        taskrows.give_up(conn, self._dialect, [run.id], "the run was cancelled")
        for child in self._children(conn, run.id):
            is_carried = self._is_carried(conn, child)
            self._dialect.run(conn, "UPDATE runs SET wish = ? WHERE id = ?", Wish.CANCEL.value, child.id)
            if not is_carried:
                self.obey(conn, self.let_go(conn, child))

    def _take(self, conn: Connection, new: New, run: int) -> None:
        now, me = self._dialect.now(conn), self._process
        name = _name(new.flow) if new.how.alone else _own_name(run)
        self._dialect.run(conn, "DELETE FROM leases WHERE name IN (?, ?)", _name(new.flow), _own_name(run))
        self._dialect.run(conn, "INSERT INTO leases (name, owner, host, machine, pid, born, since,"
                                " until) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                          name, run, *me, now, now + self._term)

    def _drop(self, conn: Connection, run: Run) -> bool:
        """Whether it had the lease."""
        return bool(self._dialect.run(conn, f"DELETE FROM leases WHERE {HELD}",
                                      *_names(run), run.id, run.turn).rowcount)

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


def _busy(flow: str, lease: Any) -> Busy:
    since = datetime.fromtimestamp(lease.since / 1e9, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return Busy(f"{flow}: run {lease.owner} is under way in process {lease.pid} on {lease.host},"
                f" since {since}; wait for it or stop that process")


def _name(flow: str) -> str:
    """Of the lease of a run that is alone."""
    return f"flow {flow}"


def _own_name(run: int) -> str:
    """Of the lease of a run that others of its flow may go on beside."""
    return f"run {run}"


def _names(run: Run) -> tuple[str, str]:
    return _name(run.flow), _own_name(run.id)
