"""Runs under way, and the leases that let one process at a time carry a run, and most flows one run."""
from __future__ import annotations

import time
from collections.abc import Mapping, Sequence, Set
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from ..model.errors import LeaseLost
from ..model.run import OVER, Run, RunState, Totals, Wish
from . import asking, runs, story, taskrows
from .dialects.dialect import Dialect
from .process import Process

STOPPED = OVER | {RunState.PAUSED}
HELD = "name IN (?, ?) AND owner = ? AND EXISTS (SELECT 1 FROM runs r WHERE r.id = owner AND r.turn = ?)"
"""A lease that is still that of a run in its turn: somebody who took the run over began another turn."""
LEASES = "SELECT name, host, machine, pid, born, since, until, owner FROM leases"
UNWANTED = f"{LEASES} WHERE owner IN (SELECT r.id FROM runs r WHERE r.wanted IS NULL AND r.parent IS NULL)"
CANCELLED = "the run was cancelled"
OF_FLOW = "(SELECT r.flow FROM runs r WHERE r.id = leases.owner) = ?"


class Leases:
    """Statements about runs; each gets the transaction it is part of.

    Rows are locked in this order: flow, lease, run, transfers.
    """

    def __init__(self, dialect: Dialect, process: Process, seconds: float) -> None:
        self._dialect = dialect
        self._process = process
        self._term = int(seconds * 1e9)

    def take(self, conn: Connection, flow: str, run: int, *, alone: bool) -> None:
        """The run has the lease from now on, and no other of its flow has one if it is `alone`."""
        now, me = self._dialect.now(conn), self._process
        name = name_of(flow) if alone else _own_name(run)
        self._dialect.run(conn, "DELETE FROM leases WHERE name IN (?, ?)", name_of(flow), _own_name(run))
        self._dialect.run(conn, "INSERT INTO leases (name, owner, host, machine, pid, born, since,"
                                " until) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                          name, run, *me, now, now + self._term)

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
            self._end_rest(conn, now, CANCELLED, files=True)
        elif not is_over:
            self.obey(conn, now._replace(state=state))
        else:
            self._end_rest(conn, now, "the run is over", files=False)

    def obey(self, conn: Connection, run: Run) -> None:
        """Nobody carries the run, nor will until commit: what is wished of it is done."""
        if run.wish is Wish.CANCEL:
            runs.become(conn, self._dialect, run, RunState.CANCELLED, "as a person wished")
            self._end_rest(conn, run, CANCELLED, files=True)
        elif run.wish is Wish.PAUSE and run.state is not RunState.PAUSED:
            runs.become(conn, self._dialect, run, RunState.PAUSED, "as a person wished")

    def holders(self, conn: Connection, flow: int) -> Mapping[int, Any]:
        """The leases of a flow by their runs, alive as far as can be known; nobody takes one until commit."""
        rows = self._dialect.run(conn, f"{LEASES} WHERE {OF_FLOW}{self._dialect.exclusive}", flow).all()
        now = self._dialect.now(conn) if rows else 0
        return {row.owner: row for row in rows if row.until > now and not process_of(row).is_gone(self._process)}

    def lost(self, conn: Connection) -> Set[int]:
        """Runs that nobody asked the agenda for, and whose process is gone, or was elsewhere and is not heard of."""
        rows = self._dialect.run(conn, UNWANTED).all()
        now = self._dialect.now(conn) if rows else 0
        return {row.owner for row in rows if process_of(row).is_gone(self._process)
                or (row.until <= now and row.machine != self._process.machine)}

    def let_go(self, conn: Connection, run: Run) -> Run:
        """Of a process that died: its lease is nobody's, and it is gone on with in another turn."""
        if self._drop(conn, run):
            self._dialect.run(conn, "UPDATE runs SET turn = turn + 1 WHERE id = ?", run.id)
        return runs.one(conn, self._dialect, run.id)

    def crash(self, conn: Connection, dead: Sequence[int]) -> None:
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
        self.crash(conn, [child.id for run in dead for child in self._children(conn, run)
                           if not self._is_carried(conn, child)])

    def _children(self, conn: Connection, run: int) -> Sequence[Run]:
        return [child for child in runs.children(conn, run) if child.state not in OVER]

    def _is_carried(self, conn: Connection, run: Run) -> bool:
        """If not, nobody begins to until commit."""
        return run.id in self.holders(conn, runs.number_of(conn, self._dialect, run.flow))

    def _end_rest(self, conn: Connection, run: Run, why: str, *, files: bool) -> None:
        """Of a run that is over: its tasks, and the runs that they are; `files`: and what those have not finished.

        Who carries one of those runs is told.
        """
        if files:
            asking.cancel_all(conn, self._dialect, run)
        taskrows.give_up(conn, self._dialect, [run.id], why)
        for child in self._children(conn, run.id):
            if self._is_carried(conn, child):
                self._dialect.run(conn, "UPDATE runs SET wish = ? WHERE id = ?", Wish.CANCEL.value, child.id)
                continue
            runs.become(conn, self._dialect, self.let_go(conn, child), RunState.CANCELLED, why)
            self._end_rest(conn, child, why, files=files)

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


def process_of(row: Any) -> Process:
    return Process(row.host, row.machine, row.pid, row.born)


def name_of(flow: str) -> str:
    """Of the lease of a run that is alone."""
    return f"flow {flow}"


def _own_name(run: int) -> str:
    """Of the lease of a run that others of its flow may go on beside."""
    return f"run {run}"


def _names(run: Run) -> tuple[str, str]:
    return name_of(run.flow), _own_name(run.id)
