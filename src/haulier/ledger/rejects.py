"""Rejects as rows: kept, put right by persons, replayed."""
from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from ..model.errors import Invalid, NotFound
from ..model.intake import Kept
from ..model.record import Reject
from . import packing
from .dialects.dialect import Dialect
from .importtables import rejects
from .story import cleaned

SELECT = "SELECT j.id, j.intake, j.body, j.state, j.fixed, j.who, j.at FROM rejects j"
# Of a file that is not done yet, some may still be read again: then the rejects are others.
FIXED = f"""{SELECT} JOIN intakes i ON i.id = j.intake WHERE j.flow = (SELECT id FROM flows WHERE name = ?)
AND j.state = 'fixed' AND i.state = 'done' AND j.id > ? ORDER BY j.id LIMIT ?"""
OPEN = """SELECT count(*) FROM rejects j JOIN intakes i ON i.id = j.intake
WHERE j.state = 'open' AND i.state <> 'refused'"""
COUNTED = "UPDATE intakes SET accepted = accepted + ?, rejected = rejected - ? WHERE id = ?"


def add(conn: Connection, dialect: Dialect, flow: int, intake: int, found: Sequence[Reject]) -> None:
    if found:
        dialect.insert(conn, rejects, ("body",), [(packing.reject_text(one),) for one in found],
                       fixed={"intake": intake, "flow": flow, "state": "'open'"})


def one(conn: Connection, dialect: Dialect, number: int, *, locked: bool = False) -> Kept:
    """NotFound if there is none; if `locked`, nobody else changes it until commit."""
    row = dialect.run(conn, f"{SELECT} WHERE j.id = ?{dialect.exclusive if locked else ''}", number).first()
    if row is None:
        raise NotFound(f"there is no reject {number}")
    return _of(row)


def some(conn: Connection, dialect: Dialect, intake: int, ids: Sequence[int]) -> Sequence[Kept]:
    """Those of them that are of that file."""
    return [_of(row) for row in dialect.run(conn, f"{SELECT} WHERE j.intake = ? AND {dialect.among('j.id')}", intake,
                                            dialect.packed(ids))]


def listed(conn: Connection, dialect: Dialect, intake: int, after: int, limit: int, state: str) -> Sequence[Kept]:
    """A page, by id."""
    which, values = ("", ()) if not state else (" AND j.state = ?", (state,))
    rows = dialect.run(conn, f"{SELECT} WHERE j.intake = ? AND j.id > ?{which} ORDER BY j.id LIMIT ?",
                       intake, after, *values, limit)
    return [_of(row) for row in rows]


def fixed(conn: Connection, dialect: Dialect, flow: str, after: int, limit: int) -> Sequence[Kept]:
    """Those that wait to be replayed, of files that are done."""
    return [_of(row) for row in dialect.run(conn, FIXED, flow, after, limit)]


def fix(conn: Connection, dialect: Dialect, number: int, by: str, values: Mapping[str, str], text: str,
        *, again: bool) -> Kept:
    """As ImportBook.fix says."""
    kept = one(conn, dialect, number, locked=True)
    if kept.state in ("replayed", "dropped"):
        raise Invalid(f"reject {number}: it is {kept.state} already, by {kept.by or 'nobody'}")
    what = packing.packed([dict(values), text]) if values or text else None
    return _changed(conn, dialect, number, "fixed" if what or again else "open", by, what)


def drop(conn: Connection, dialect: Dialect, number: int, by: str) -> Kept:
    """As ImportBook.drop says."""
    kept = one(conn, dialect, number, locked=True)
    if kept.state == "replayed":
        raise Invalid(f"reject {number}: it was taken already, so it cannot be dropped")
    return kept if kept.state == "dropped" else _changed(conn, dialect, number, "dropped", by, None)


def taken(conn: Connection, dialect: Dialect, intake: int, ids: Sequence[int]) -> int:
    """Those are accepted now, and counted so; how many were not so before. A person who changed their mind while they
    were on their way was too late."""
    done: int = dialect.run(
        conn, f"UPDATE rejects SET state = 'replayed', at = ? WHERE intake = ? AND state <> 'replayed'"
              f" AND {dialect.among('id')}", time.time_ns(), intake, dialect.packed(ids)).rowcount
    dialect.run(conn, COUNTED, done, done, intake)
    return done


def still_bad(conn: Connection, dialect: Dialect, intake: int, again: Sequence[tuple[int, Reject]]) -> None:
    """They are open, with what is wrong now; what the person gave stays, to be looked at."""
    for number, reject in again:
        dialect.run(conn, "UPDATE rejects SET state = 'open', body = ? WHERE id = ? AND intake = ? AND state = 'fixed'",
                    packing.reject_text(reject), number, intake)


def open_ones(conn: Connection, dialect: Dialect) -> int:
    """How many wait for a person."""
    found: int = dialect.run(conn, OPEN).scalar_one()
    return found


def _changed(conn: Connection, dialect: Dialect, number: int, state: str, by: str, what: str | None) -> Kept:
    dialect.run(conn, "UPDATE rejects SET state = ?, fixed = ?, who = ?, at = ? WHERE id = ?", state, what, cleaned(by),
                time.time_ns(), number)
    return one(conn, dialect, number)


def _of(row: Sequence[Any]) -> Kept:
    number, intake, body, state, what, who, at = row
    values, text = packing.unpacked(what) if what else ({}, "")
    return Kept(number, intake, packing.reject_of(body), state, values, text, who or "", at or 0)
