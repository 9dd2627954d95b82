"""Which files are in a database: a small table beside the rows, written in their transaction."""
from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    MetaData,
    String,
    Table,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError

from ..ports import FileKey

FILES = Table(
    "haulier_files", MetaData(),
    Column("flow", String(255), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("name", String(1024), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("rows", BigInteger, nullable=False),
    comment="Files that Haulier brought here: a row is there if and only if all of its file is.")


def prepare(conn: Connection) -> None:
    """Make the table if it is not there; another process may do so at the same moment."""
    if inspect(conn).has_table(FILES.name):
        return
    try:
        FILES.create(conn)
    except DBAPIError:
        conn.rollback()
        if not inspect(conn).has_table(FILES.name):
            raise


def claim(conn: Connection, file: FileKey) -> bool:
    """Note the file; whether it was there already. Whoever else notes it waits until this transaction is over."""
    known = select(FILES.c.rows).where(FILES.c.flow == file.flow, FILES.c.digest == file.digest)
    if conn.execute(known).first() is not None:
        return True
    try:
        with conn.begin_nested():
            conn.execute(insert(FILES).values(flow=file.flow, digest=file.digest, name=file.name[-1024:],
                                              at=datetime.now(UTC), rows=0))
    except IntegrityError:
        return True
    return False


def count(conn: Connection, file: FileKey, rows: int) -> None:
    """Note how many rows of it are there."""
    conn.execute(update(FILES).where(FILES.c.flow == file.flow, FILES.c.digest == file.digest).values(rows=rows))
