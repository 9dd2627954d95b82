"""The table that rows go into: what it has, what it needs, and how it is made."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Double,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    Time,
    inspect,
)
from sqlalchemy.exc import DBAPIError, NoSuchTableError
from sqlalchemy.types import TypeEngine

from ..model.errors import Busy, Invalid
from ..model.record import Row

_THERE = ("42P07", "42710", "23505")
"""What PostgreSQL says of a table, or of the type of its rows, that another transaction made at the same time."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the settings say of the table."""

    name: str
    schema: str | None
    columns: Mapping[str, str]      # of rows to those of the table; empty: the same
    keys: Sequence[str]
    mode: str
    create: bool

    @property
    def shown(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name


def table(conn: Connection, wanted: Wanted, rows: Sequence[Row]) -> Table:
    """The table as it is, made if that is wanted; Invalid if it cannot take rows in that mode."""
    try:
        found = Table(wanted.name, MetaData(), schema=wanted.schema, autoload_with=conn, resolve_fks=False)
    except NoSuchTableError:
        if not wanted.create:
            raise Invalid(f"there is no table {wanted.shown}; make it, or write create: true") from None
        found = _made(conn, wanted, rows)
    lacks = [name for name in (*wanted.keys, *wanted.columns.values()) if name not in found.columns]
    if lacks:
        raise Invalid(f"table {wanted.shown} has no column {lacks[0]}; it has {', '.join(found.columns.keys())}")
    if wanted.mode != "insert" and not _tells_apart(conn, wanted):
        raise Invalid(f"table {wanted.shown} has no primary key or unique index of just {', '.join(wanted.keys)}, "
                      f"which {wanted.mode} needs; make one")
    return found


def _tells_apart(conn: Connection, wanted: Wanted) -> bool:
    look, keys = inspect(conn), set(wanted.keys)
    found = [look.get_pk_constraint(wanted.name, wanted.schema).get("constrained_columns") or []]
    found += [one["column_names"] for one in look.get_unique_constraints(wanted.name, wanted.schema)]
    found += [[name or "" for name in one["column_names"]] for one in look.get_indexes(wanted.name, wanted.schema)
              if one["unique"] and not any("where" in name for name in one.get("dialect_options", {}))]
    return any(set(one) == keys for one in found)


def _made(conn: Connection, wanted: Wanted, rows: Sequence[Row]) -> Table:
    names = wanted.columns or {name: name for row in rows for name in row}
    columns = [Column(name, _type([row.get(source) for row in rows], conn.dialect.name, is_key=name in wanted.keys),
                      primary_key=name in wanted.keys, autoincrement=False) for source, name in names.items()]
    made = Table(wanted.name, MetaData(), *columns, schema=wanted.schema)
    try:
        made.create(conn)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) in _THERE:
            raise Busy(f"table {wanted.shown}: another process has made it meanwhile") from None
        raise
    return made


def _type(values: Sequence[Any], dialect: str, *, is_key: bool) -> TypeEngine[Any]:
    """The one that has room for all of them; text where they are of many kinds, or none is there."""
    kinds = {type(value) for value in values} - {type(None)}
    if kinds == {datetime}:
        return DateTime(timezone=any(value is not None and value.tzinfo is not None for value in values))
    if kinds <= {int, Decimal} and Decimal in kinds:
        # SQLite would make a binary fraction of it, which is not the amount any more.
        return Text() if dialect == "sqlite" else Numeric() if dialect == "postgresql" else Numeric(38, 10)
    if kinds and kinds <= {list, dict}:
        return JSON()
    if len(kinds) == 1 and (plain := _PLAIN.get(next(iter(kinds)))):
        return plain()
    return String(255) if is_key else Text()


_PLAIN: Mapping[type, type[TypeEngine[Any]]] = {int: BigInteger, bool: Boolean, float: Double, date: Date, time: Time}
