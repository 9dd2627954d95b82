"""Executors: who is there, and which slots they hold."""
from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

from sqlalchemy import Connection

from ..model.run import Executor, Priority
from .dialects.dialect import Dialect
from .process import Process

FIELDS = "name, host, machine, pid, born, since, until"
CARRIED = ("SELECT count(*) FROM leases l WHERE l.machine = executors.machine AND l.pid = executors.pid"
           " AND l.born = executors.born AND l.until > ?")


class Crew:
    """Statements about executors and slots; each gets the transaction it is part of."""

    def __init__(self, dialect: Dialect, process: Process, seconds: float) -> None:
        self._dialect = dialect
        self._process = process
        self._term = int(seconds * 1e9)

    def beat(self, conn: Connection, executor: str) -> None:
        self._note(conn, executor, "DO UPDATE SET until = excluded.until")

    def listed(self, conn: Connection) -> Sequence[Executor]:
        now = self._dialect.now(conn)
        rows = self._dialect.run(conn, f"SELECT {FIELDS}, ({CARRIED}) FROM executors ORDER BY since, name", now).all()
        return [Executor(name, host, pid, since, until <= now
                         or Process(host, machine, pid, born).is_gone(self._process), runs)
                for name, host, machine, pid, born, since, until, runs in rows]

    def alive(self, conn: Connection) -> Set[str]:
        """The names of those that are not gone."""
        return {one.name for one in self.listed(conn) if not one.is_gone}

    def forget(self, conn: Connection, executor: str) -> None:
        self._dialect.alone(conn, "slots")
        for table in ("slots", "waits"):
            self._dialect.run(conn, f"DELETE FROM {table} WHERE executor = ?", executor)
        self._dialect.run(conn, "DELETE FROM executors WHERE name = ?", executor)

    def take(self, conn: Connection, holder: str, limits: Mapping[str, int], priority: Priority) -> bool:
        self._dialect.alone(conn, "slots")
        held = self._dialect.run(conn, "SELECT name, holder FROM slots").all()
        missing = sorted(limits.keys() - {name for name, who in held if who == holder})
        used = Counter(name for name, who in held if who != holder)
        executor, me = holder.partition("/")[0], run_of(holder)
        queue = Queue(self._dialect.run(conn, "SELECT name, waiting, priority, since FROM waits").all(),
                      Counter((name, run_of(who)) for name, who in held))
        first = [name for name in missing if used[name] >= limits[name] or queue.has_before(name, me, priority)]
        if queue.names(me) != set(first):
            self._wait(conn, me, priority, queue.since(me), first)
        if first:
            return False
        self._note(conn, executor, "DO NOTHING")    # or nobody could ever forget it
        for name in missing:
            self._dialect.run(conn, "INSERT INTO slots (name, holder, executor) VALUES (?, ?, ?)",
                              name, holder, executor)
        return True

    def release(self, conn: Connection, holder: str) -> None:
        self._dialect.run(conn, "DELETE FROM slots WHERE holder = ?", holder)
        self._dialect.run(conn, "DELETE FROM waits WHERE waiting = ?", holder)

    def _wait(self, conn: Connection, me: str, priority: Priority, since: int, names: Sequence[str]) -> None:
        self._dialect.run(conn, "DELETE FROM waits WHERE waiting = ?", me)
        for name in names:
            self._dialect.run(conn, "INSERT INTO waits (name, waiting, executor, priority, since)"
                                    " VALUES (?, ?, ?, ?, ?)", name, me, me.partition("/")[0], priority, since)

    def _note(self, conn: Connection, executor: str, known: str) -> None:
        now = self._dialect.now(conn)
        self._dialect.run(conn, f"INSERT INTO executors ({FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?)"
                                f" ON CONFLICT (name) {known}",
                          executor, *self._process, now, now + self._term)


class Queue:
    """Who waits for what is full. The lower priority goes first, then who holds less of it, then who waits longer."""

    def __init__(self, waits: Iterable[Sequence[Any]], held: Mapping[tuple[str, str], int]) -> None:
        self._waits = {(name, run): (priority, since) for name, run, priority, since in waits}
        self._held = held

    def has_before(self, name: str, me: str, priority: int) -> bool:
        """Whether somebody goes before me there."""
        mine = (priority, self._held.get((name, me), 0), self.since(me))
        return any((prior, self._held.get((what, run), 0), since) < mine
                   for (what, run), (prior, since) in self._waits.items() if what == name and run != me)

    def names(self, run: str) -> set[str]:
        """What it waits for."""
        return {name for name, who in self._waits if who == run}

    def since(self, run: str) -> int:
        """Since when it waits; now, if it does not."""
        return min((since for (_, who), (_, since) in self._waits.items() if who == run), default=time.time_ns())


def run_of(holder: str) -> str:
    """Holders that differ after the last `/` are of one run."""
    return holder.rpartition("/")[0]
