"""Batches that other executors carry: every method of the port as one transaction."""
from __future__ import annotations

from collections.abc import Sequence, Set

from sqlalchemy import Connection

from ..model.errors import LeaseLost
from ..model.run import Batch, Report, Returned, Run, Transfer
from ..model.transfer import FINAL
from ..ports import Sharing
from . import reading, runs
from .claims import Claim
from .crew import Crew
from .database import Database
from .leases import Leases
from .process import Process
from .records import Record, folded

OF = "run = ? AND turn = ?"
FREE = "taker IS NULL AND NOT recalled"


class SqlSharing(Sharing):
    """May be used by many threads, but by no child of a fork."""

    def __init__(self, database: Database, process: Process, lease: float, absence: float) -> None:
        self._database = database
        self._dialect = database.dialect
        self._leases = Leases(self._dialect, process, lease)
        self._crew = Crew(self._dialect, process, absence)

    def offer(self, run: Run, transfers: Sequence[Transfer], version: str) -> Batch:
        with self._database.write() as conn:
            flow = self._leases.hold(conn, run)
            batch = Claim(conn, self._dialect, run, flow).take(transfers)
            self._dialect.run(conn, "INSERT INTO offers (batch, run, turn, version) VALUES (?, ?, ?, ?)",
                              batch.id, run.id, run.turn, version)
            return batch

    def offered(self) -> Sequence[tuple[Run, str]]:
        with self._database.read() as conn:
            rows = self._dialect.run(conn, f"SELECT DISTINCT run, version FROM offers WHERE {FREE}").all()
            return [(runs.one(conn, self._dialect, run), version) for run, version in rows]

    def take(self, run: Run, executor: str) -> Batch | None:
        with self._database.write() as conn:
            number = self._first(conn, run, FREE)
            if number is None:
                return None
            self._dialect.run(conn, "UPDATE offers SET taker = ? WHERE batch = ?", executor, number)
            return Batch(number, tuple(one for one in reading.batch(conn, number) if one.state not in FINAL))

    def held(self, executor: str) -> Set[int]:
        with self._database.read() as conn:
            found = self._dialect.run(
                conn, "SELECT batch FROM offers WHERE taker = ? AND NOT recalled AND NOT ended", executor)
            return set(found.scalars())

    def record(self, run: Run, batch: int, executor: str, reports: Sequence[Report]) -> None:
        groups, drafts = folded(reports)
        with self._database.write(durable=bool(groups)) as conn:
            self._leases.hold(conn, run)
            found = self._dialect.run(conn, "SELECT batch FROM offers WHERE batch = ? AND taker = ? AND NOT ended"
                                      + self._dialect.shared, batch, executor).first()
            if found is None:
                raise LeaseLost(f"{run.flow}: somebody else went on with batch {batch}")
            Record(conn, self._dialect, run).apply(groups, drafts)

    def hand_in(self, batch: int, executor: str, moved: int) -> None:
        with self._database.write() as conn:
            self._dialect.run(conn, "UPDATE offers SET ended = true, moved = ? WHERE batch = ? AND taker = ?",
                              moved, batch, executor)

    def untaken(self, run: Run) -> int:
        with self._database.read() as conn:
            count: int = self._dialect.run(conn, f"SELECT count(*) FROM offers WHERE {OF} AND taker IS NULL",
                                           run.id, run.turn).scalar_one()
            return count

    def withdraw(self, run: Run) -> int | None:
        with self._database.write() as conn:
            number = self._first(conn, run, "taker IS NULL")
            if number is not None:
                self._dialect.run(conn, "DELETE FROM offers WHERE batch = ?", number)
            return number

    def recall(self, run: Run) -> None:
        with self._database.write() as conn:
            self._dialect.run(conn, f"UPDATE offers SET recalled = true WHERE {OF}", run.id, run.turn)

    def returned(self, run: Run) -> Sequence[Returned]:
        with self._database.write() as conn:
            alive = self._crew.alive(conn)
            rows = self._dialect.run(conn, f"SELECT batch, moved, taker, ended FROM offers WHERE {OF}"
                                     f" AND taker IS NOT NULL ORDER BY batch{self._dialect.exclusive}",
                                     run.id, run.turn).all()
            found = []
            for batch, moved, taker, ended in rows:
                if ended or taker not in alive:
                    self._dialect.run(conn, "DELETE FROM offers WHERE batch = ?", batch)
                    found.append(Returned(batch, tuple(reading.batch(conn, batch)), moved))
            return found

    def _first(self, conn: Connection, run: Run, which: str) -> int | None:
        """One that nobody else has until commit."""
        skips = f"{self._dialect.exclusive} SKIP LOCKED" if self._dialect.exclusive else ""
        found: int | None = self._dialect.run(
            conn, f"SELECT batch FROM offers WHERE {OF} AND {which} ORDER BY batch LIMIT 1{skips}",
            run.id, run.turn).scalar()
        return found
