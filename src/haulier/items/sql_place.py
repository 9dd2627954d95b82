"""The database that open items are in, and what goes wrong there, in our words."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from ..core.reconcile.references import keys
from ..model.errors import Busy, Denied, HaulierError, Invalid, Unavailable

_STATES: dict[str, type[HaulierError]] = {
    "08": Unavailable, "28": Denied, "3D": Invalid, "40": Busy, "42501": Denied, "53": Unavailable, "55": Busy,
    "57": Unavailable, "58": Unavailable, "SQLITE_BUSY": Busy, "SQLITE_LOCKED": Busy, "SQLITE_CANTOPEN": Denied,
    "SQLITE_IOERR": Unavailable}
"""By the longest beginning of SQLSTATE, or of SQLite's name for it."""


class SqlPlace:
    """Connects when it is first asked. Each question has a transaction of its own: it sees what is committed then."""

    def __init__(self, url: str, home: Path) -> None:
        self._url = _parsed(url, home)
        self.shown = self._url.set(username=None, password=None, query={}).render_as_string()
        self._engine: Engine | None = None
        self._conn: Connection | None = None

    @property
    def dialect(self) -> str:
        """Its name, as `postgresql`."""
        return self._url.get_backend_name()

    @contextmanager
    def asking(self) -> Iterator[Connection]:
        """A connection, for one question; errors are ours, without the address and without values."""
        try:
            conn = self._connected()
            with conn.begin():
                yield conn
        except DBAPIError as error:
            self.close()
            raise self._of_driver(error) from None
        except ImportError as error:
            extra = "haulier[postgres]" if self.dialect == "postgresql" else str(error.name)
            raise Invalid(f"{self.shown}: what speaks to such databases is not installed: install {extra}") from None
        except SQLAlchemyError as error:
            self.close()
            raise Invalid(f"{self.shown}: {self._plain(error)}") from None

    def close(self) -> None:
        """Let go of the connection; the next question makes a new one."""
        conn, engine = self._conn, self._engine
        self._conn = self._engine = None
        if conn is not None:
            conn.invalidate()
            conn.close()
        if engine is not None:
            engine.dispose()

    def _connected(self) -> Connection:
        if self._conn is None:
            self._engine = create_engine(self._url, poolclass=NullPool, hide_parameters=True)
            if self.dialect == "sqlite":
                event.listen(self._engine, "connect", _with_functions)
            self._conn = self._engine.connect()
        return self._conn

    def _of_driver(self, error: DBAPIError) -> HaulierError:
        origin: Any = error.orig
        state = str(getattr(origin, "sqlstate", None) or getattr(origin, "sqlite_errorname", None) or "")
        said = self._plain(origin)
        for end in range(len(state), 1, -1):
            if state[:end] in _STATES:
                return _STATES[state[:end]](f"{self.shown}: {said}")
        if not state and any(word in said for word in ("password", "authentication", "pg_hba", 'role "')):
            return Denied(f"{self.shown}: the server does not accept this user and password")
        if not state and "does not exist" in said:
            return Invalid(f"{self.shown}: there is no such database")
        return (Unavailable if not state else Invalid)(f"{self.shown}: {said}")

    def _plain(self, error: Any) -> str:
        """What the driver says, in one line, without the password."""
        said = getattr(getattr(error, "diag", None), "message_primary", None) or str(error)
        for secret in filter(None, (self._url.password, *map(str, self._url.query.values()))):
            said = said.replace(str(secret), "…")
        return " ".join(said.strip().split("\n")[0].split())[:300]


def _parsed(written: str, home: Path) -> URL:
    try:
        url = make_url(written)
        url.get_dialect()
    except (ArgumentError, ValueError, SQLAlchemyError):
        raise Invalid("url: not the address of a database; write sqlite:///file.db or "
                      "postgresql://user:password@host/name") from None
    except ImportError:     # said when it is asked
        pass
    if url.drivername in ("postgres", "postgresql"):
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite":
        if not url.database or url.database == ":memory:":
            raise Invalid("url: name the file of the database, as in sqlite:///file.db")
        path = home / url.database
        if not path.is_file():
            raise Invalid(f"url: there is no database {path}")
        return url.set(database=str(path))
    return url


def _with_functions(raw: Any, _: object) -> None:
    raw.create_function("haulier_key", 2, _key, deterministic=True)
    raw.create_function("lower", 1, _lower, deterministic=True)     # its own knows no letters but those of ASCII


def _key(text: Any, place: int) -> str | None:
    """The form of a reference at that place."""
    forms = keys(str(text)) if text is not None else ()
    return forms[place] if place < len(forms) else None


def _lower(text: Any) -> Any:
    return text.lower() if isinstance(text, str) else text
