"""PostgreSQL: many processes on many machines; our tables have a schema of their own."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import URL, ColumnElement, Connection, Engine, Table, create_engine, event, func
from sqlalchemy.dialects import postgresql

from ...model.errors import Invalid
from ..tables import transfers
from .dialect import EMPTY, Change, Dialect, Row, pattern

SCHEMA_LOCK = 0x6861756C  # any number will do that everyone uses
TYPES = postgresql.dialect()  # type: ignore[no-untyped-call]


class Postgres(Dialect):
    schema = "haulier"
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

    def ids(self, conn: Connection, count: int) -> Sequence[int]:
        rows = conn.exec_driver_sql(
            "SELECT nextval('transfers_id_seq') FROM generate_series(1, %s)", (count,))
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
        return column.ilike(pattern(text), escape="!")


def _arrays(table: Table, columns: Sequence[str]) -> str:
    types = (table.c[column].type.compile(TYPES).partition(" COLLATE")[0] for column in columns)
    return ", ".join(f"%b::{kind}[]" for kind in types)


def _turned(rows: Sequence[Row]) -> tuple[list[Any], ...]:
    """Rows as columns: one array each, so that the server parses one short statement."""
    return tuple(list(column) for column in zip(*rows, strict=True))


def _prepare(connection: Any, _: object) -> None:
    connection.execute("SET search_path TO haulier")
    connection.execute("SET lock_timeout TO '30s'")
    # Of a process that is suspended in the middle of something: others are not to wait for it to wake.
    connection.execute("SET idle_in_transaction_session_timeout TO '60s'")
    # All we do is look up a batch of rows by number; joined by hash, that reads whole tables.
    connection.execute("SET enable_hashjoin TO off")
    connection.execute("SET enable_mergejoin TO off")
    connection.commit()
