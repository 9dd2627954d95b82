"""Arrivals: every method of the port as one transaction."""
from __future__ import annotations

import time
from collections.abc import Callable, Sequence, Set

from sqlalchemy import Connection

from ..model.arrival import CLOSED, Arrival, ArrivalState
from ..ports import Arrivals
from . import story
from .database import Database
from .figures import MINUTE

COLUMNS = "flow, rule, due, since, files, count, state, found, diagnosis, changed"
INSERT = f"INSERT INTO arrivals ({COLUMNS}, open) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, true) ON CONFLICT DO NOTHING"
# `+ 0`: found by when they ended, not among all that the flow ever did.
FOUND = """SELECT path FROM transfers WHERE finished >= ? AND finished < ? AND state IN ('done', 'skipped')
AND flow + 0 = (SELECT id FROM flows WHERE name = ?)"""
ACTIVE = "SELECT DISTINCT f.name FROM tallies t JOIN flows f ON f.id = t.flow WHERE t.at >= ? AND t.files > 0"


class SqlArrivals(Arrivals):
    """May be used by many threads, but by no child of a fork."""

    def __init__(self, database: Database) -> None:
        self._database, self._dialect = database, database.dialect

    def open(self) -> Sequence[Arrival]:
        return self._those("WHERE open IS NOT NULL ORDER BY due, flow")

    def listed(self, flow: str = "", *, limit: int = 100) -> Sequence[Arrival]:
        if flow:
            return self._those("WHERE flow = ? ORDER BY due DESC LIMIT ?", flow, limit)
        return self._those("ORDER BY due DESC, flow LIMIT ?", limit)

    def turn(self, before: Arrival | None, now: Arrival, text: str = "", following: Arrival | None = None) -> bool:
        with self._database.write() as conn:
            if not self._turned(conn, before, now):
                return False
            if before and before.state is not now.state:
                self._tell(conn, now, text)
            if following:
                self._insert(conn, following)
            return True

    def drop(self, arrival: Arrival) -> None:
        with self._database.write() as conn:
            self._dialect.run(conn, "DELETE FROM arrivals WHERE flow = ? AND rule = ? AND due = ? AND open IS NOT NULL",
                              *arrival[:3])

    def found(self, flow: str, since: int, until: int, fits: Callable[[str], object], most: int) -> int:
        paths: set[str] = set()
        with self._database.read() as conn:
            for path, in self._dialect.run(conn, FOUND, since, until, flow):
                if fits(path):
                    paths.add(path)
                    if len(paths) == most:
                        break
        return len(paths)

    def active(self, since: int) -> Set[str]:
        with self._database.read() as conn:
            return set(self._dialect.run(conn, ACTIVE, since // MINUTE * MINUTE).scalars())

    def _those(self, condition: str, *values: object) -> Sequence[Arrival]:
        with self._database.read() as conn:
            rows = self._dialect.run(conn, f"SELECT {COLUMNS} FROM arrivals {condition}", *values).all()
        return [Arrival(*row)._replace(state=ArrivalState(row.state)) for row in rows]

    def _turned(self, conn: Connection, before: Arrival | None, now: Arrival) -> bool:
        """Compare and set: of many that see the same state, one succeeds."""
        if before is None:
            return self._insert(conn, now)
        is_open = None if now.state in CLOSED else True
        done = self._dialect.run(
            conn, "UPDATE arrivals SET state = ?, found = ?, diagnosis = ?, changed = ?, open = ?"
                  " WHERE flow = ? AND rule = ? AND due = ? AND state = ?",
            now.state.value, now.found, story.cleaned(now.diagnosis), now.changed, is_open, *before[:3],
            before.state.value)
        return bool(done.rowcount)

    def _insert(self, conn: Connection, one: Arrival) -> bool:
        *what, state, found, diagnosis, changed = one
        return bool(self._dialect.run(conn, INSERT, *what, str(state), found, diagnosis, changed).rowcount)

    def _tell(self, conn: Connection, now: Arrival, text: str) -> None:
        story.tell(conn, self._dialect, [story.about_flow(now.flow, time.time_ns(), f"arrival.{now.state}", text)])
