"""Transactions: one at a time where the database wants that, with errors in our words."""
from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from threading import Lock

from sqlalchemy import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError

from ..model.errors import Invalid
from .dialects.dialect import Dialect
from .faults import translated


class Database:
    """A pool of connections for the threads of one process; no child of a fork may use it."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.place = dialect.place
        with translated(self.place):
            self._engine = dialect.connect()
        # Waiting here for another thread is cheaper than SQLite's own sleeping and trying again.
        self._turn = nullcontext() if dialect.exclusive else Lock()
        self._pid = os.getpid()
        self._open = True

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Connection]:
        """One transaction, committed at the end; `durable`: a power cut cannot undo it."""
        with self._turn, self._connected() as conn:
            self.dialect.begin(conn, durable=durable)
            yield conn

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One unchanging view."""
        with self._connected() as conn:
            self.dialect.look(conn)
            yield conn

    def close(self) -> None:
        self._open = False
        self._engine.dispose(close=os.getpid() == self._pid)

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        if not self._open or os.getpid() != self._pid:
            raise RuntimeError("this ledger is closed, or another process's")
        with ExitStack() as stack:
            stack.enter_context(translated(self.place))
            conn = stack.enter_context(self._engine.connect())
            stack.enter_context(conn.begin())
            try:
                yield conn
            finally:
                if not self._open:      # it was closed meanwhile, and its pool does not close what comes back
                    conn.detach()


def dialect_of(url: str) -> Dialect:
    """By the scheme; Invalid if it is none of ours."""
    parsed = _parsed(url)
    scheme = parsed.drivername.partition("+")[0]
    if scheme == "sqlite":
        from .dialects.sqlite import Sqlite
        return Sqlite(parsed)
    if scheme in ("postgresql", "postgres"):
        from .dialects.postgres import Postgres
        return Postgres(parsed)
    raise Invalid(f"ledger: {scheme} is not supported; use sqlite:///file or postgresql://…")


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        raise Invalid("ledger: not a database URL; write sqlite:///file or"
                      " postgresql://user:password@host/database") from None
