"""The agenda: what is wanted and who is there to do it, every method of the port as one transaction."""
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set

from sqlalchemy import Connection

from ..model.history import Keep, Pruned
from ..model.run import Executor, Priority, Run, Seen, Slot, Transfer, Wanted, Wish
from ..model.transfer import Signal
from ..ports import Agenda
from . import asking, remembering, runs
from .crew import Crew
from .database import Database
from .leases import Leases
from .process import Process
from .pruning import Pruning
from .wishes import Wishes

ABSENCE = 15.0
"""Seconds without a beat after which an executor counts as gone."""


class SqlAgenda(Agenda):
    """May be used by many threads, but by no child of a fork."""

    def __init__(self, database: Database, process: Process, lease: float, absence: float) -> None:
        self._database = database
        self._dialect = database.dialect
        self._leases = Leases(self._dialect, process, lease)
        self._wishes = Wishes(self._dialect, self._leases)
        self._crew = Crew(self._dialect, process, absence)

    def want(self, wanted: Wanted) -> Run | None:
        with self._database.write() as conn:
            return runs.want(conn, self._dialect, wanted)

    def run(self, id: int) -> Run:
        with self._database.read() as conn:
            return runs.one(conn, self._dialect, id)

    def open(self) -> Sequence[Run]:
        with self._database.read() as conn:
            return runs.wanted(conn)

    def lost(self) -> Set[int]:
        with self._database.read() as conn:
            return self._leases.lost(conn)

    def wish(self, run: int, wish: Wish) -> Run:
        with self._database.write() as conn:
            return self._wishes.of_run(conn, run, wish)

    def ask(self, transfer: int, signal: Signal) -> Transfer:
        with self._database.write() as conn:
            return self._wishes.of_file(conn, transfer, signal)

    def retry(self, run: int) -> int:
        with self._database.write() as conn:
            return self._wishes.of_failed(conn, run)

    def prune(self, keep: Keep, now: int) -> Iterator[Pruned]:
        return Pruning(self._database, keep, now).steps()

    def prunable(self, keep: Keep, now: int) -> Pruned:
        return Pruning(self._database, keep, now).counts()

    def asked(self, run: int) -> Mapping[int, Signal]:
        with self._database.read() as conn:
            return asking.noted(conn, self._dialect, run)

    def slots(self) -> Mapping[str, Slot]:
        with self._database.read() as conn:
            rows = self._dialect.run(conn, "SELECT flow, at, schedule FROM schedules")
            return {flow: Slot(at, schedule) for flow, at, schedule in rows}

    def fire(self, flow: str, before: Slot | None, now: Slot, wanted: Sequence[Wanted], seen: Sequence[Seen] = ()
             ) -> Sequence[Run] | None:
        with self._database.write() as conn:
            if not self._turned(conn, flow, before, now):
                return None
            made = [runs.want(conn, self._dialect, one) for one in wanted]
            for name in sorted({one.flow for one in wanted}):
                remembering.remember(conn, self._dialect, name, seen)
            return [run for run in made if run]

    def _turned(self, conn: Connection, flow: str, before: Slot | None, now: Slot) -> bool:
        """Compare and set: of many that see the same slot, one succeeds."""
        if before is None:
            done = self._dialect.run(conn, "INSERT INTO schedules (flow, at, schedule) VALUES (?, ?, ?)"
                                           " ON CONFLICT DO NOTHING", flow, *now)
        else:
            done = self._dialect.run(conn, "UPDATE schedules SET at = ?, schedule = ?"
                                           " WHERE flow = ? AND at = ? AND schedule = ?", *now, flow, *before)
        return bool(done.rowcount)

    def beat(self, executor: str) -> None:
        with self._database.write(durable=False) as conn:
            self._crew.beat(conn, executor)

    def executors(self) -> Sequence[Executor]:
        with self._database.read() as conn:
            return self._crew.listed(conn)

    def forget(self, executor: str) -> None:
        with self._database.write() as conn:
            self._crew.forget(conn, executor)

    def take(self, holder: str, limits: Mapping[str, int], priority: Priority = Priority.NORMAL) -> bool:
        with self._database.write(durable=False) as conn:
            return self._crew.take(conn, holder, limits, priority)

    def release(self, holder: str) -> None:
        with self._database.write(durable=False) as conn:
            self._crew.release(conn, holder)
