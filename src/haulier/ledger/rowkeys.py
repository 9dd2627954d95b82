"""Keys of rows that were accepted, in bulk: 16 bytes each, and nothing else is known of a row."""
from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from ..model.errors import Busy
from .dialects.dialect import Dialect
from .importtables import rowkeys

AT_ONCE = 900
"""Parameters that every SQLite takes in one statement, with some to spare."""
KNOWN = "SELECT key, intake FROM rowkeys WHERE flow = (SELECT id FROM flows WHERE name = ?) AND intake <> ?"
UNSETTLED = "SELECT name FROM intakes WHERE state IN ('reading', 'failed') AND matched IS NULL"
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


def known(conn: Connection, dialect: Dialect, flow: str, keys: Sequence[bytes], but: int) -> Mapping[bytes, int]:
    """Those of another intake than `but`, and which that is."""
    if dialect.exclusive:
        found = dialect.run(conn, f"{KNOWN} AND {dialect.among('key')}", flow, but, dialect.packed(keys))
        return {bytes(key): intake for key, intake in found}
    there: dict[bytes, int] = {}
    for at in range(0, len(keys), AT_ONCE):     # SQLite: bytes are in no JSON, so `packed` does not take them
        some = keys[at:at + AT_ONCE]
        among = f"key IN ({', '.join('?' * len(some))})"
        there.update((key, intake) for key, intake in dialect.run(conn, f"{KNOWN} AND {among}", flow, but, *some))
    return there


def refuse_unsettled(conn: Connection, dialect: Dialect, intakes: Collection[int]) -> None:
    """Busy if one of these may yet be refused, or begun anew: then its rows were not taken."""
    if not intakes:
        return
    name = dialect.run(conn, f"{UNSETTLED} AND {dialect.among('id')} LIMIT 1", dialect.packed(sorted(intakes))).scalar()
    if name is not None:
        raise Busy(f"rows of this file are in {name} too, which is not at its end yet; they are looked at again with"
                   " the next try")
