"""Rows to a table of a database: `url: postgresql://…`, `table: payments`."""
from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, SecretStr, model_validator

from ..ports import Sink
from ..settings.rules import listed
from ..settings.spec import Env, SinkSpec


class SqlSpec(SinkSpec):
    """Database

    One transaction for each file: all of it is there, or nothing, also when the program or the machine dies. Which
    files are there is kept in the same database, in the table haulier_files.
    """

    type: Literal["sql"] = "sql"
    url: SecretStr
    """Which database, as postgresql://user:password@host/name or sqlite:///file.db; it is kept as a secret."""
    table: str = Field(pattern=r"^[^.]+(\.[^.]+)?$")
    """The table, perhaps with its schema before it, as in sales.payments."""
    columns: dict[str, str] = {}
    """Which columns of a row go into which columns of the table, others being left out. If empty, all go into those
    of the same name."""
    keys: Annotated[tuple[str, ...], BeforeValidator(listed)] = ()
    """The columns of the table that tell its rows apart: it needs a primary key or a unique index of just them."""
    mode: Literal["insert", "upsert", "ignore"] = "insert"
    """What becomes of a row whose keys are there: insert refuses it, upsert writes over the one that is there, ignore
    leaves that as it is."""
    create: bool = False
    """Make the table if it is not there, with columns as the first rows have them."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.mode != "insert" and not self.keys:
            raise ValueError(f"keys: {self.mode} needs the columns that tell rows apart")
        twice = len(set(self.columns.values())) < len(self.columns)
        if twice:
            raise ValueError("columns: two columns of a row go into the same column of the table")
        return self

    def build(self, env: Env) -> Sink:
        from .sql_database import Database
        from .sql_sink import SqlSink
        from .sql_table import Wanted
        database = Database(env.secret(self.url), env.home)
        schema, _, name = self.table.rpartition(".")
        return SqlSink(database, Wanted(name, schema or None, self.columns, self.keys, self.mode, self.create))
