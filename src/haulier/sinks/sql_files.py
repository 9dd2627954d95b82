"""Which files are in a database: a small table beside the rows, written in their transaction."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256

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
    comment="Files that Haulier brought here, and rows that persons decided: each if and only if all of it is there.")
AT_ONCE = 500
"""Keys that are asked for in one statement."""


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


def there(conn: Connection, file: FileKey, keys: Sequence[str]) -> set[str]:
    """The keys of those of these rows that were noted one by one."""
    found: set[str] = set()
    for start in range(0, len(keys), AT_ONCE):
        wanted = {_digest(key): key for key in keys[start:start + AT_ONCE]}
        known = select(FILES.c.digest).where(FILES.c.flow == file.flow, FILES.c.digest.in_(wanted))
        found |= {wanted[digest] for digest in conn.scalars(known)}
    return found


def note(conn: Connection, file: FileKey, keys: Sequence[str]) -> None:
    """Note of each of these rows that it is there."""
    if keys:
        now = datetime.now(UTC)
        conn.execute(insert(FILES), [{"flow": file.flow, "digest": _digest(key), "name": file.name[-1024:], "at": now,
                                      "rows": 1} for key in keys])


def _digest(key: str) -> str:
    return sha256(f"row\0{key}".encode()).hexdigest()
