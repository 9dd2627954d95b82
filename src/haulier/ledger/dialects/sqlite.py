"""SQLite: one file, one writer at a time."""
from __future__ import annotations

import json
import os
import shutil
import sqlite3
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import URL, ColumnElement, Connection, Engine, Table, create_engine, event, func, or_
from sqlalchemy.exc import OperationalError

from ...model.errors import Invalid, Unavailable
from .dialect import EMPTY, Change, Dialect, Row, pattern

PATIENCE = 10.0  # seconds to wait for another process's transaction


class Sqlite(Dialect):
    def __init__(self, url: URL) -> None:
        if not url.database or url.database == ":memory:":
            raise Invalid("ledger: name its file, as in sqlite:///state/ledger.db")
        if url.query:
            raise Invalid(f"ledger {url.database}: a SQLite URL takes no options")
        self.place = url.database

    def connect(self) -> Engine:
        file = Path(self.place)
        if file.is_dir():
            raise Invalid(f"ledger {file}: this is a folder; name a file in it")
        is_new = not file.exists() or file.stat().st_size == 0
        if is_new:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
        engine = create_engine(URL.create("sqlite", database=self.place),
                               connect_args={"timeout": PATIENCE, "isolation_level": None})
        event.listen(engine, "connect", _prepare)
        if is_new:
            _set_wal(engine)
        return engine

    def begin(self, conn: Connection, *, durable: bool) -> None:
        level = "FULL" if durable else "NORMAL"
        if conn.info.get("synchronous") != level:
            conn.exec_driver_sql(f"PRAGMA synchronous = {level}")
            conn.info["synchronous"] = level
        conn.exec_driver_sql("BEGIN IMMEDIATE")

    def look(self, conn: Connection) -> None:
        conn.exec_driver_sql("BEGIN")

    def lock_schema(self, conn: Connection) -> None:
        """BEGIN IMMEDIATE did it."""

    def alone(self, conn: Connection, what: str) -> None:
        """BEGIN IMMEDIATE did it."""

    def now(self, conn: Connection) -> int:
        return time.time_ns()

    def ids(self, conn: Connection, count: int, table: str = "transfers") -> Sequence[int]:
        last: int = conn.exec_driver_sql(f"SELECT coalesce(max(id), 0) FROM {table}").scalar_one()
        return range(last + 1, last + 1 + count)

    def sql(self, statement: str) -> str:
        return statement

    def among(self, column: str) -> str:
        return f"{column} IN (SELECT value FROM json_each(?))"

    def packed(self, values: Sequence[Any]) -> Any:
        return json.dumps(values)

    def insert(self, conn: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row],
               *, fixed: Mapping[str, object] = EMPTY, conflict: str = "") -> None:
        names = ", ".join([*columns, *fixed])
        values = ", ".join([*"?" * len(columns), *map(str, fixed.values())])
        conn.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({values}) {conflict}",
                             list(rows))

    def update(self, conn: Connection, change: Change, rows: Sequence[Row]) -> int:
        sets = [f"{column} = {value.format('?')}" for column, value in change.values.items()]
        result = conn.exec_driver_sql(
            f"UPDATE transfers AS t SET {', '.join([*sets, change.fixed])}"
            f" WHERE t.id = ? AND t.state IN {change.guard}", list(rows))
        return result.rowcount

    def ends_with(self, column: ColumnElement[str], text: str) -> ColumnElement[bool]:
        return func.substr(column, -len(text)) == text

    def contains(self, column: ColumnElement[str], text: str) -> ColumnElement[bool]:
        """LIKE knows the cases of ASCII only: others are looked for as they are likely to be written."""
        written = {text} if text.isascii() else {text, text.lower(), text.upper(), text.title()}
        return or_(*(column.like(pattern(way), escape="!") for way in sorted(written)))

    def is_made(self) -> bool:
        return Path(self.place).exists()

    def save(self, file: Path) -> None:
        """In one go: who writes meanwhile is not held up, and the copy begins no second time."""
        try:
            with closing(sqlite3.connect(self.place, timeout=PATIENCE)) as here, closing(sqlite3.connect(file)) as copy:
                here.backup(copy)
        except sqlite3.Error as error:
            raise Unavailable(f"ledger {self.place}: cannot be copied ({error})") from error

    def load(self, file: Path, aside: str) -> None:
        for ending in ("", "-wal", "-shm"):     # the log of another ledger would be its end
            if Path(self.place + ending).exists():
                os.replace(self.place + ending, self.place + aside + ending)
        Path(self.place).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.move(file, self.place)


def _set_wal(engine: Engine) -> None:
    """The file remembers it. Where many begin at once, SQLite says that it is locked without waiting for the others."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            with engine.connect() as conn:
                conn.exec_driver_sql("PRAGMA journal_mode = WAL")
            return
        except OperationalError as error:
            if "locked" not in str(error.orig) or time.monotonic() > until:
                raise
            time.sleep(0.02)


def _prepare(connection: Any, _: object) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA cache_size = -16000")
