"""Executors: who is there, and which slots they hold."""
from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from ..model.run import Executor
from .dialects.dialect import Dialect
from .process import Process

FIELDS = "name, host, machine, pid, born, since, until"


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
        rows = self._dialect.run(conn, f"SELECT {FIELDS} FROM executors ORDER BY since, name").all()
        return [Executor(name, host, pid, since, until <= now
                         or Process(host, machine, pid, born).is_gone(self._process))
                for name, host, machine, pid, born, since, until in rows]

    def forget(self, conn: Connection, executor: str) -> None:
        self._dialect.alone(conn, "slots")
        self._dialect.run(conn, "DELETE FROM slots WHERE executor = ?", executor)
        self._dialect.run(conn, "DELETE FROM executors WHERE name = ?", executor)

    def take(self, conn: Connection, holder: str, limits: Mapping[str, int]) -> bool:
        self._dialect.alone(conn, "slots")
        held = dict(self._dialect.run(conn, "SELECT name, count(*) FROM slots WHERE holder <> ? GROUP BY name",
                                      holder).all())
        mine = set(self._dialect.run(conn, "SELECT name FROM slots WHERE holder = ?", holder).scalars())
        missing = sorted(limits.keys() - mine)
        if any(held.get(name, 0) >= limits[name] for name in missing):
            return False
        executor = holder.partition("/")[0]
        self._note(conn, executor, "DO NOTHING")    # or nobody could ever forget it
        for name in missing:
            self._dialect.run(conn, "INSERT INTO slots (name, holder, executor) VALUES (?, ?, ?)",
                              name, holder, executor)
        return True

    def release(self, conn: Connection, holder: str) -> None:
        self._dialect.run(conn, "DELETE FROM slots WHERE holder = ?", holder)

    def _note(self, conn: Connection, executor: str, known: str) -> None:
        now = self._dialect.now(conn)
        self._dialect.run(conn, f"INSERT INTO executors ({FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?)"
                                f" ON CONFLICT (name) {known}",
                          executor, *self._process, now, now + self._term)
