"""PostgreSQL: many processes on many machines; our tables have a schema of their own."""
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import URL, ColumnElement, Connection, Engine, Table, collate, create_engine, event, func
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError

from ...model.errors import Invalid
from ..faults import translated
from ..filetables import transfers
from .client import client
from .dialect import EMPTY, Change, Dialect, Row, pattern

SCHEMA_LOCK = 0x6861756C  # any number will do that everyone uses
ENGINE = "dbos"
"""The schema of what the engine remembers, beside ours."""
TYPES = postgresql.dialect()  # type: ignore[no-untyped-call]


class Postgres(Dialect):
    schema: ClassVar[str] = "haulier"
    shared = " FOR KEY SHARE"
    exclusive = " FOR UPDATE"

    def __init__(self, url: URL) -> None:
        self.place = url.render_as_string(hide_password=True)
        self._url = url.set(drivername="postgresql+psycopg")

    def connect(self) -> Engine:
        known = self._url.query
        defaults = {"connect_timeout": 10, "application_name": "haulier"}
        try:
            engine = create_engine(self._url, connect_args={
                key: value for key, value in defaults.items() if key not in known})
        except ModuleNotFoundError as error:
            raise Invalid(f"ledger {self.place}: PostgreSQL needs one more package:"
                          " pip install 'haulier[postgres]'") from error
        event.listen(engine, "connect", _prepare)
        return engine

    def begin(self, conn: Connection, *, durable: bool) -> None:
        if not durable:
            conn.exec_driver_sql("SET LOCAL synchronous_commit TO off")

    def look(self, conn: Connection) -> None:
        conn.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def lock_schema(self, conn: Connection) -> None:
        conn.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (SCHEMA_LOCK,))
        if not conn.exec_driver_sql("SELECT to_regnamespace('haulier')").scalar():
            conn.exec_driver_sql("CREATE SCHEMA haulier")

    def alone(self, conn: Connection, what: str) -> None:
        conn.exec_driver_sql("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (SCHEMA_LOCK, what))

    def now(self, conn: Connection) -> int:
        seconds = "extract(epoch FROM clock_timestamp())"
        now: int = conn.exec_driver_sql(f"SELECT ({seconds} * 1000000000)::bigint").scalar_one()
        return now

    def ids(self, conn: Connection, count: int, table: str = "transfers") -> Sequence[int]:
        rows = conn.exec_driver_sql(
            f"SELECT nextval('{table}_id_seq') FROM generate_series(1, %s)", (count,))
        return sorted(rows.scalars())

    def sql(self, statement: str) -> str:
        return statement.replace("?", "%s")

    def among(self, column: str) -> str:
        return f"{column} = ANY(%b)"

    def packed(self, values: Sequence[Any]) -> Any:
        return list(values)

    def insert(self, conn: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row],
               *, fixed: Mapping[str, object] = EMPTY, conflict: str = "") -> None:
        conn.exec_driver_sql(
            f"INSERT INTO {table.name} ({', '.join([*columns, *fixed])})"
            f" SELECT {', '.join(['v.*', *map(str, fixed.values())])}"
            f" FROM unnest({_arrays(table, columns)}) AS v({', '.join(columns)}) {conflict}",
            _turned(rows))

    def pour(self, conn: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row],
             fixed: Mapping[str, int]) -> None:
        statement = f"COPY {table.name} ({', '.join([*columns, *fixed])}) FROM STDIN"
        same, driver = tuple(fixed.values()), conn.connection.driver_connection
        assert driver is not None
        try:
            with driver.cursor() as cursor, cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row((*row, *same))
        except conn.dialect.loaded_dbapi.Error as error:    # as SQLAlchemy says it, who is not asked here
            raise DBAPIError.instance(statement, (), error, conn.dialect.loaded_dbapi.Error,
                                      dialect=conn.dialect) from error

    def update(self, conn: Connection, change: Change, rows: Sequence[Row]) -> int:
        sets = [f"{column} = {value.format('v.' + column)}"
                for column, value in change.values.items()]
        columns = [*change.columns, "id"]
        result = conn.exec_driver_sql(
            f"UPDATE transfers t SET {', '.join([*sets, change.fixed])}"
            f" FROM unnest({_arrays(transfers, columns)}) AS v({', '.join(columns)})"
            f" WHERE t.id = v.id AND t.state IN {change.guard}", _turned(rows))
        return result.rowcount

    def ends_with(self, column: ColumnElement[str], text: str) -> ColumnElement[bool]:
        return func.right(column, len(text)) == text

    def contains(self, column: ColumnElement[str], text: str) -> ColumnElement[bool]:
        if text.isascii():      # in half the time, where no other alphabet's cases have to be known
            return collate(column, "C").ilike(pattern(text), escape="!")
        return column.ilike(pattern(text), escape="!")

    def is_made(self) -> bool:
        with translated(self.place), closing_engine(self.connect()) as conn:
            return _has_schema(conn, self.schema)

    def save(self, file: Path) -> None:
        client("pg_dump", self._url, "--format=custom", "--no-owner", "--no-privileges",
               f"--schema={self.schema}", f"--file={file}")

    def load(self, file: Path, aside: str) -> None:
        """With what DBOS remembers: it is about runs that are not there any more."""
        with translated(self.place), closing_engine(self.connect()) as conn:
            for schema in filter(lambda name: _has_schema(conn, name), (self.schema, ENGINE)):
                conn.exec_driver_sql(f'ALTER SCHEMA {schema} RENAME TO "{schema}{aside}"')
        client("pg_restore", self._url, "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges",
               str(file))
        with translated(self.place), closing_engine(self.connect()) as conn:
            conn.exec_driver_sql("ANALYZE")     # what the server knows of its tables is in no dump


def _has_schema(conn: Connection, name: str) -> bool:
    return conn.exec_driver_sql("SELECT to_regnamespace(%s)", (name,)).scalar() is not None


@contextmanager
def closing_engine(engine: Engine) -> Iterator[Connection]:
    """One transaction, and nothing is left of its pool."""
    try:
        with engine.begin() as conn:
            yield conn
    finally:
        engine.dispose()


def _arrays(table: Table, columns: Sequence[str]) -> str:
    types = (table.c[column].type.compile(TYPES).partition(" COLLATE")[0] for column in columns)
    return ", ".join(f"%b::{kind}[]" for kind in types)


def _turned(rows: Sequence[Row]) -> tuple[list[Any], ...]:
    """Rows as columns: one array each, so that the server parses one short statement."""
    return tuple(list(column) for column in zip(*rows, strict=True))


def _prepare(connection: Any, _: object) -> None:
    connection.execute("SET search_path TO haulier")
    connection.execute("SET lock_timeout TO '30s'")
    # Of a process that is suspended in the middle of something: it counts as gone by then, so nobody waits for it.
    connection.execute("SET idle_in_transaction_session_timeout TO '15s'")
    # All we do is look up a batch of rows by number; joined by hash, that reads whole tables.
    connection.execute("SET enable_hashjoin TO off")
    connection.execute("SET enable_mergejoin TO off")
    connection.commit()
