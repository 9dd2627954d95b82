"""The tables of a ledger: made, recognised, upgraded."""
from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect
from sqlalchemy.exc import DBAPIError

from ..model.errors import HaulierError, Invalid
from . import tables
from .database import Database
from .faults import is_missing_table

HEAD = "0012"
"""The version that this program reads and writes; the newest file in migrations/versions."""


def prepare(database: Database) -> None:
    """Make the tables, or bring them up to date; Invalid if they are newer than this program."""
    if _quick_look(database) == HEAD:
        return
    with database.write() as conn:
        database.dialect.lock_schema(conn)
        _bring(conn, database)


def _quick_look(database: Database) -> str | None:
    """The version if it can be had with one SELECT."""
    try:
        with database.read() as conn:
            found: str | None = conn.exec_driver_sql(
                "SELECT version_num FROM alembic_version").scalar()
            return found
    except HaulierError as error:
        cause = error.__cause__
        if isinstance(cause, DBAPIError) and is_missing_table(cause):
            return None
        raise


def _bring(conn: Connection, database: Database) -> None:
    """From whatever is there to HEAD, looked at again now that nobody else can change it."""
    schema = database.dialect.schema
    there = set(inspect(conn).get_table_names(schema=schema))
    if not there:
        _import_all()
        _take_options(conn.dialect.name)
        tables.metadata.create_all(conn, checkfirst=False)
        tables.version.create(conn, checkfirst=False)
        conn.execute(tables.version.insert().values(version_num=HEAD))
        return
    if tables.version.name not in there:
        raise Invalid(f"ledger {database.place}: this database has other tables than a ledger's;"
                      " give the ledger one of its own")
    found = conn.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() or ""
    if found > HEAD:
        raise Invalid(f"ledger {database.place}: made by a newer version of haulier"
                      f" (tables {found}, this one knows {HEAD}); upgrade haulier")
    if found < HEAD:
        upgrade(conn, schema=schema)


def _import_all() -> None:
    """Every table is there once its file is imported; who does not make them all needs few of them."""
    from . import accounttables, crewtables, eventtables, filetables, importtables, runtables  # noqa: F401


def _take_options(dialect: str) -> None:
    """Give the tables the options that they have for this dialect."""
    for table in tables.metadata.tables.values():
        table.dialect_options[dialect].update(table.info.get(dialect, {}))
        for index in table.indexes:
            index.dialect_options[dialect].update(index.info.get(dialect, {}))


def upgrade(conn: Connection, *, schema: str | None = None, to: str = "head") -> None:
    """Run the migrations that are missing, in the transaction of `conn`."""
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": conn, "schema": schema})
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    command.upgrade(config, to)
