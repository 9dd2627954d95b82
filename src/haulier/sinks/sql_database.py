"""The connection of a sink to its database, and what goes wrong there, in our words."""
from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, SQLAlchemyError, StatementError

from ..model.errors import Busy, Cancelled, Denied, HaulierError, Invalid, NoSpace, Permanent, Unavailable
from ..model.record import SHOWN, Fault

STATES: dict[str, tuple[type[HaulierError], str]] = {
    "08": (Unavailable, "the connection was lost"),
    "25006": (Unavailable, "the server is read-only at present"),
    "28": (Denied, "the server does not accept this user and password"),
    "3D000": (Invalid, "there is no such database"),
    "40": (Busy, "another process was in the way"),
    "42501": (Denied, "this user may not do that"),
    "53100": (NoSpace, "the server's disk is full"),
    "53": (Unavailable, "the server has no room for more connections or memory"),
    "55P03": (Busy, "another process has it locked"),
    "57": (Unavailable, "the server is stopping or starting, or ended what was asked"),
    "58": (Unavailable, "the server has a system error"),
    "SQLITE_BUSY": (Busy, "another process has it locked"),
    "SQLITE_LOCKED": (Busy, "another process has it locked"),
    "SQLITE_FULL": (NoSpace, "the disk is full"),
    "SQLITE_IOERR": (Unavailable, "the disk cannot be read or written"),
    "SQLITE_READONLY": (Denied, "it may not be written; check who owns the file and its folder"),
    "SQLITE_CANTOPEN": (Denied, "it cannot be opened; check that its folder is there, and who owns both"),
    "SQLITE_NOTADB": (Invalid, "the file is not a database"),
    "SQLITE_INTERRUPT": (Unavailable, "it was ended"),
}
"""By the longest beginning of SQLSTATE, or of SQLite's name for it."""
_OF_THE_ROW = ("22", "23", "P0")
"""Of SQLSTATE: data exception, constraint, and what a trigger raises."""
_LOCK = "10s"       # how long another process's locks are waited for
_CONNECT = 10       # seconds that a connection may take, unless the address says it


class Database:
    """One connection at a time, used by one thread; `interrupt` by another one."""

    def __init__(self, url: str, home: Path) -> None:
        self._url = _parsed(url, home)
        self.shown = self._url.set(username=None, password=None, query={}).render_as_string()
        self._engine: Engine | None = None
        self._raw: Any = None
        self._asked: Any = None
        self._interrupts = 0

    @property
    def dialect(self) -> str:
        """Its name, as `postgresql`."""
        return self._url.get_backend_name()

    @contextmanager
    def translated(self) -> Iterator[None]:
        """What goes wrong inside as our errors. They never have the address in them, nor values of rows."""
        try:
            yield
        except DBAPIError as error:
            raise self._of_driver(error) from None
        except ImportError as error:
            extra = "install haulier[postgres]" if self.dialect == "postgresql" else f"install {error.name}"
            raise Invalid(f"{self.shown}: what speaks to such databases is not installed: {extra}") from None
        except (SQLAlchemyError, OSError) as error:
            raise Permanent(f"{self.shown}: {self._plain(error)}") from None

    def connect(self) -> Connection:
        """A new connection in a new transaction."""
        if self._engine is None:
            self._engine = _engine(self._url)
        before, self._raw = self._interrupts, None
        conn = self._engine.connect()
        self._raw = conn.connection.dbapi_connection
        conn.begin()
        if self._interrupts != before:      # nobody waits for it any more
            quietly(conn)
            raise Cancelled("stopped")
        if self.dialect == "postgresql":
            conn.exec_driver_sql(f"SET LOCAL lock_timeout = '{_LOCK}'")
        return conn

    def interrupt(self) -> None:
        """Make the statement that runs fail; called again if it did not: then its connection is cut."""
        self._interrupts += 1
        raw = self._raw
        if hasattr(raw, "cancel_safe"):
            if raw is self._asked:
                _cut(raw)
            self._asked = raw
            raw.cancel_safe(timeout=1)
            return
        for name in ("cancel", "interrupt"):
            if hasattr(raw, name):
                getattr(raw, name)()

    def close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
        self._engine = self._raw = None

    def fault(self, error: Exception) -> Fault | None:
        """What is wrong with the row, if the error is its fault."""
        if isinstance(error, OverflowError | UnicodeError):
            return Fault("database_type", f"the database would not have it: {error}")
        if not isinstance(error, StatementError):
            return None
        origin = error.orig or error
        state = str(getattr(origin, "sqlstate", None) or "")
        if not (state[:2] in _OF_THE_ROW or (not state and _is_of_the_row(error))):
            return None
        code = "database_rule" if isinstance(error, IntegrityError) else "database_type"
        column = getattr(getattr(origin, "diag", None), "column_name", None) or ""
        return Fault(code, f"the database would not have it: {self._plain(origin)[:SHOWN]}", column)

    def _of_driver(self, error: DBAPIError) -> HaulierError:
        origin = error.orig
        state = str(getattr(origin, "sqlstate", None) or getattr(origin, "sqlite_errorname", None) or "")
        said = self._plain(origin)
        for end in range(len(state), 1, -1):
            if state[:end] in STATES:
                kind, meaning = STATES[state[:end]]
                return kind(f"{self.shown}: {meaning} ({said})")
        if not state and any(word in said for word in ("password", "authentication", "pg_hba", 'FATAL:  role "')):
            return Denied(f"{self.shown}: the server does not accept this user and password")
        if not state and "FATAL:  database" in said and "does not exist" in said:
            return Invalid(f"{self.shown}: there is no such database")
        if error.connection_invalidated or not state:
            return Unavailable(f"{self.shown}: no answer from the database ({said})")
        return Invalid(f"{self.shown}: {said}")

    def _plain(self, error: BaseException | None) -> str:
        """What the driver says, in one line, without the statement, its values and the password."""
        said = str(error.orig if isinstance(error, StatementError) and error.orig else error)
        diag = getattr(error, "diag", None)
        said = (getattr(diag, "message_primary", None) or said).strip().split("\n")[0]
        for secret in filter(None, (self._url.password, *map(str, self._url.query.values()))):
            said = said.replace(str(secret), "…")
        return " ".join(said.split())[:300]


def _cut(raw: Any) -> None:
    """What waits for the server sees the end of the connection, wherever the server is."""
    with socket.socket(fileno=os.dup(raw.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)


def _is_of_the_row(error: StatementError) -> bool:
    """Where there is no SQLSTATE: by its class, and for what cannot be passed on at all by what drivers say."""
    if not isinstance(error, DBAPIError) or isinstance(error, IntegrityError | DataError):
        return True
    return any(words in str(error.orig) for words in ("binding parameter", "cannot adapt"))


def _parsed(written: str, home: Path) -> URL:
    try:
        url = make_url(written)
        url.get_backend_name()
    except (ArgumentError, ValueError):
        raise Invalid("url: not the address of a database; write sqlite:///file.db or "
                      "postgresql://user:password@host/name") from None
    if url.drivername in ("postgres", "postgresql"):
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite":
        if not url.database or url.database == ":memory:":
            raise Invalid("url: name the file of the database, as in sqlite:///file.db")
        return url.set(database=str(home / url.database))
    return url


def _engine(url: URL) -> Engine:
    waits = url.drivername.startswith("postgresql+psycopg") and "connect_timeout" not in url.query
    try:
        engine = create_engine(url, poolclass=NullPool, hide_parameters=True,
                               connect_args={"connect_timeout": _CONNECT} if waits else {})
    except SQLAlchemyError as error:
        raise Invalid(f"url: {url.get_backend_name()} databases are not known: {type(error).__name__}") from None
    if url.get_backend_name() == "sqlite":
        _of_sqlite(engine)
    return engine


def _of_sqlite(engine: Engine) -> None:
    """Transactions begin where we say so, so that tables that are made and savepoints are in them."""
    @event.listens_for(engine, "connect")
    def connected(raw: Any, _: object) -> None:
        raw.isolation_level = None
        raw.execute("PRAGMA busy_timeout = 10000")
        raw.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begun(conn: Connection) -> None:
        conn.exec_driver_sql("BEGIN IMMEDIATE")


def quietly(conn: Connection | None) -> None:
    """End a connection and its transaction, whatever state it is in."""
    if conn is not None:
        with contextlib.suppress(Exception):
            conn.rollback()
        with contextlib.suppress(Exception):
            conn.invalidate()
        with contextlib.suppress(Exception):
            conn.close()
