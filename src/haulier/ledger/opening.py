"""The ledger itself: every method of the port as one transaction."""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..model.errors import Cancelled
from ..model.event import Event
from ..model.run import Batch, Report, Run, RunState, Seen, Start, Totals, Transfer, Wish
from ..ports import Ledger
from ..ports.ledger import ALONE
from . import offers, reading, remembering, runs, schema, story
from .agenda import ABSENCE
from .books import Books
from .claims import Claim
from .crew import Crew
from .database import Database, dialect_of
from .leases import Leases
from .process import Process, this_process
from .records import Record, folded
from .starting import New, Starting

LEASE = 25.0
"""Seconds without a beat after which a run on another machine counts as dead."""


class SqlLedger(Ledger):
    """May be used by many threads, but by no child of a fork."""

    def __init__(self, database: Database, process: Process, lease: float, absence: float) -> None:
        self._database = database
        self._dialect = database.dialect
        self._leases = Leases(self._dialect, process, lease)
        self._starting = Starting(self._dialect, process, self._leases)
        self._crew = Crew(self._dialect, process, absence)

    def start(self, flow: str, *, source: str, target: str, run: int = 0, how: Start = ALONE) -> Run:
        try:
            with self._database.write() as conn:
                begun = self._starting.start(conn, New(flow, source, target, how), run, self._crew.alive(conn))
        except offers.Lent:
            with self._database.write() as conn:
                offers.recall(conn, self._dialect, flow)
            raise
        if begun.state is not RunState.RUNNING:
            raise Cancelled(f"{flow}: run {begun.id} is {begun.state}, so it was not begun")
        return begun

    def beat(self, run: Run, totals: Totals) -> Wish:
        with self._database.write(durable=False) as conn:
            return self._leases.beat(conn, run, totals)

    def finish(self, run: Run, state: RunState, totals: Totals, error: str = "", *,
               wakes: int | None = None) -> None:
        with self._database.write() as conn:
            self._leases.finish(conn, run, state, totals, error, wakes)

    def pending(self, flow: str = "") -> Sequence[Transfer]:
        with self._database.read() as conn:
            return reading.pending(conn, flow)

    def seen(self, flow: str, paths: Sequence[str]) -> Mapping[str, Seen]:
        with self._database.read() as conn:
            return reading.delivered(conn, self._dialect, flow, paths)

    def done(self, run: Run, paths: Sequence[str]) -> Sequence[Transfer]:
        with self._database.read() as conn:
            return reading.done(conn, run.id, paths)

    def remember(self, flow: str, seen: Iterable[Seen]) -> None:
        with self._database.write() as conn:
            remembering.remember(conn, self._dialect, flow, seen)

    def claim(self, run: Run, transfers: Sequence[Transfer]) -> Batch:
        with self._database.write() as conn:
            flow = self._leases.hold(conn, run)
            return Claim(conn, self._dialect, run, flow).take(transfers)

    def record(self, run: Run, reports: Sequence[Report]) -> None:
        groups, drafts = folded(reports)
        with self._database.write(durable=bool(groups)) as conn:
            self._leases.hold(conn, run)
            Record(conn, self._dialect, run).apply(groups, drafts)

    def runs(self, flow: str = "", *, limit: int = 20) -> Sequence[Run]:
        with self._database.read() as conn:
            return runs.listed(conn, flow, limit)

    def transfers(self, *, run: int = 0, path: str = "",
                  limit: int = 1000) -> Sequence[Transfer]:
        with self._database.read() as conn:
            return reading.found(conn, self._dialect, run, path, limit)

    def history(self, transfer: int) -> Sequence[Event]:
        with self._database.read() as conn:
            return story.history(conn, transfer)

    def close(self) -> None:
        self._database.close()


def open_ledger(url: str, *, process: Process | None = None, lease: float = LEASE) -> SqlLedger:
    """As `haulier.ledger.open`; tests say which process they want to be taken for."""
    return SqlLedger(prepared(url), process or this_process(), lease, ABSENCE)


def open_books(url: str, *, process: Process | None = None, lease: float = LEASE,
               absence: float = ABSENCE) -> Books:
    """As `haulier.ledger.books`."""
    database, process = prepared(url), process or this_process()
    return Books(SqlLedger(database, process, lease, absence), database, process, lease, absence)


def prepared(url: str) -> Database:
    """The database with its tables as this program wants them."""
    database = Database(dialect_of(url))
    try:
        schema.prepare(database)
    except BaseException:
        database.close()
        raise
    return database
