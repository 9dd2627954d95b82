"""Keys of rows that were accepted, in bulk: 16 bytes each, and nothing else is known of a row."""
from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from ..model.errors import Busy
from .dialects.dialect import Dialect
from .importtables import rowkeys

AT_ONCE = 900
"""Parameters that every SQLite takes in one statement, with some to spare."""
KNOWN = "SELECT key FROM rowkeys WHERE flow = (SELECT id FROM flows WHERE name = ?) AND intake <> ?"
COLUMNS = ("key",)


def add(conn: Connection, dialect: Dialect, flow: int, intake: int, keys: Sequence[bytes]) -> None:
    """Busy if a file that is read at the same time had one of them first."""
    if not keys:
        return
    try:
        dialect.pour(conn, rowkeys, COLUMNS, [(key,) for key in sorted(keys)],      # sorted: neighbours share pages
                     {"flow": flow, "intake": intake})
    except IntegrityError as error:
        raise Busy("rows of this file were taken from another file meanwhile; they are looked at again with the next"
                   " try") from error


def add_again(conn: Connection, dialect: Dialect, flow: int, intake: int, keys: Sequence[bytes]) -> None:
    """Those that are not there yet."""
    if keys:
        dialect.insert(conn, rowkeys, COLUMNS, [(key,) for key in sorted(keys)],
                       fixed={"flow": flow, "intake": intake}, conflict="ON CONFLICT DO NOTHING")


def known(conn: Connection, dialect: Dialect, flow: str, keys: Sequence[bytes], but: int) -> set[bytes]:
    """Those of another intake than `but`."""
    if dialect.exclusive:
        found = dialect.run(conn, f"{KNOWN} AND {dialect.among('key')}", flow, but, dialect.packed(keys)).scalars()
        return set(map(bytes, found))
    there: set[bytes] = set()
    for at in range(0, len(keys), AT_ONCE):     # SQLite: bytes are in no JSON, so `packed` does not take them
        some = keys[at:at + AT_ONCE]
        among = f"key IN ({', '.join('?' * len(some))})"
        there.update(dialect.run(conn, f"{KNOWN} AND {among}", flow, but, *some).scalars())
    return there
