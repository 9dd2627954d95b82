"""Many rows into a table at once, each database in its quickest way; what a row does wrong raises for all of them."""
from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from operator import itemgetter
from typing import Any, Protocol, TypeAlias

from sqlalchemy import JSON, Connection, Table
from sqlalchemy import insert as plain_insert
from sqlalchemy.exc import DBAPIError

from ..model.errors import Unsupported
from .sql_table import Wanted

Values: TypeAlias = tuple[Any, ...]


class Writer(Protocol):
    """Puts rows, each as its values for the same columns of the table."""

    def prepare(self, conn: Connection) -> None:
        """Called before each write, outside of its savepoint."""

    def write(self, conn: Connection, columns: Sequence[str], rows: Sequence[Values]) -> None: ...


def writer(dialect: str, table: Table, wanted: Wanted) -> Writer:
    """Unsupported if that mode cannot be had there."""
    if dialect == "postgresql":
        return Copying(table, wanted)
    if dialect == "sqlite":
        return Sqlite(table, wanted)
    if wanted.mode == "insert" or dialect in ("mysql", "mariadb"):
        return Plain(table, wanted)
    raise Unsupported(f"mode {wanted.mode} is not there for {dialect}; it is for PostgreSQL, SQLite, MySQL and MariaDB")


class Copying:
    """PostgreSQL: COPY, into the table itself or into a temporary one whose rows are then inserted."""

    def __init__(self, table: Table, wanted: Wanted) -> None:
        self._table, self._wanted = table, wanted
        self._is_made = False

    def prepare(self, conn: Connection) -> None:
        """Emptied here, the temporary table keeps its file; in a savepoint it would get a new one each time."""
        if self._wanted.mode == "insert":
            return
        if not self._is_made:
            conn.exec_driver_sql(f"CREATE TEMP TABLE haulier_rows ON COMMIT DROP AS SELECT * FROM {self._name(conn)} "
                                 "WITH NO DATA")
            self._is_made = True
        conn.exec_driver_sql("TRUNCATE haulier_rows")

    def write(self, conn: Connection, columns: Sequence[str], rows: Sequence[Values]) -> None:
        quoted = conn.dialect.identifier_preparer.quote
        names = ", ".join(map(quoted, columns))
        name = self._name(conn)
        if self._wanted.mode == "insert":
            self._copy(conn, f"COPY {name} ({names}) FROM STDIN", columns, rows)
            return
        if self._wanted.mode == "upsert":
            rows = _last(columns, self._wanted.keys, rows)
        self._copy(conn, f"COPY haulier_rows ({names}) FROM STDIN", columns, rows)
        keys = ", ".join(map(quoted, self._wanted.keys))
        new = [f"{quoted(name)} = excluded.{quoted(name)}" for name in columns if name not in self._wanted.keys]
        then = f"UPDATE SET {', '.join(new)}" if new and self._wanted.mode == "upsert" else "NOTHING"
        conn.exec_driver_sql(f"INSERT INTO {name} ({names}) SELECT {names} FROM haulier_rows "
                             f"ON CONFLICT ({keys}) DO {then}")

    def _name(self, conn: Connection) -> str:
        return conn.dialect.identifier_preparer.format_table(self._table)

    def _copy(self, conn: Connection, statement: str, columns: Sequence[str], rows: Sequence[Values]) -> None:
        from psycopg import Error
        from psycopg.types.json import Json
        kinds = {at: Json for at, name in enumerate(columns) if isinstance(self._table.c[name].type, JSON)}
        cursor: Any = conn.connection.cursor()
        try:
            with cursor, cursor.copy(statement) as copy:
                for row in _converted(rows, kinds) if kinds else rows:
                    copy.write_row(row)
        except Error as error:
            raise DBAPIError.instance("COPY", None, error, Error, dialect=conn.dialect) from None


class Sqlite:
    """SQLite: the driver's executemany; dates as ISO 8601 has them, amounts as text, so that no digit is lost."""

    def __init__(self, table: Table, wanted: Wanted) -> None:
        self._table, self._wanted = table, wanted

    def prepare(self, conn: Connection) -> None:
        """Nothing to do."""

    def write(self, conn: Connection, columns: Sequence[str], rows: Sequence[Values]) -> None:
        from sqlalchemy.dialects.sqlite import insert
        statement = insert(self._table)
        new = {name: statement.excluded[name] for name in columns if name not in self._wanted.keys}
        if self._wanted.mode == "upsert" and new:
            statement = statement.on_conflict_do_update(index_elements=self._wanted.keys, set_=new)
        elif self._wanted.mode != "insert":
            statement = statement.on_conflict_do_nothing(index_elements=self._wanted.keys)
        compiled = statement.compile(dialect=conn.dialect, column_keys=list(columns))
        order = [columns.index(name) for name in compiled.positiontup or ()]
        if order != [*range(len(columns))]:
            rows = [tuple(row[at] for at in order) for row in rows]
        conn.exec_driver_sql(str(compiled), _as_sqlite(rows))


class Plain:
    """Any other database, through the general forms."""

    def __init__(self, table: Table, wanted: Wanted) -> None:
        self._table, self._wanted = table, wanted

    def prepare(self, conn: Connection) -> None:
        """Nothing to do."""

    def write(self, conn: Connection, columns: Sequence[str], rows: Sequence[Values]) -> None:
        conn.execute(self.statement(columns), [dict(zip(columns, row, strict=True)) for row in rows])

    def statement(self, columns: Sequence[str]) -> Any:
        """What is executed for each row."""
        if self._wanted.mode == "insert":
            return plain_insert(self._table)
        from sqlalchemy.dialects.mysql import insert
        statement = insert(self._table)
        new = [name for name in columns if name not in self._wanted.keys]
        if self._wanted.mode == "ignore" or not new:    # IGNORE would cut texts that are too long, too
            return statement.on_duplicate_key_update({key: self._table.c[key] for key in self._wanted.keys})
        return statement.on_duplicate_key_update({name: statement.inserted[name] for name in new})


def _last(columns: Sequence[str], keys: Sequence[str], rows: Sequence[Values]) -> Sequence[Values]:
    """Of rows with the same keys the last: one statement may not touch a row twice."""
    key = itemgetter(*(columns.index(name) for name in keys))
    found = {key(row): row for row in rows}
    return rows if len(found) == len(rows) else [*found.values()]


def _converted(rows: Sequence[Values], kinds: Mapping[int, Callable[[Any], Any]]) -> Sequence[Values]:
    return [tuple(kinds[at](value) if at in kinds and value is not None else value for at, value in enumerate(row))
            for row in rows]


def _as_sqlite(rows: Sequence[Values]) -> list[Values]:
    columns = [[_text(value) for value in column] if {*map(type, column)} - _KNOWN else column
               for column in zip(*rows, strict=True)]
    return [*zip(*columns, strict=True)]


_KNOWN: frozenset[type] = frozenset({str, int, float, bool, bytes, type(None)})


def _text(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value
