"""Batches of a flow that others had when the process that lent them ended."""
from __future__ import annotations

from collections.abc import Set

from sqlalchemy import Connection

from ..model.errors import Busy
from .dialects.dialect import Dialect

OURS = "run IN (SELECT r.id FROM runs r JOIN flows f ON f.id = r.flow WHERE f.name = ?)"


class Lent(Busy):
    """Somebody alive has batches of the flow."""


def settle(conn: Connection, dialect: Dialect, flow: str, alive: Set[str]) -> None:
    """Nothing is offered any more. Lent if one of these executors has a batch that it did not hand in."""
    rows = dialect.run(conn, f"SELECT taker, ended FROM offers WHERE {OURS}{dialect.exclusive}", flow).all()
    if busy := sorted({taker for taker, ended in rows if taker in alive and not ended}):
        raise Lent(f"{flow}: {', '.join(busy)} still has files of it in hand, and puts them down now;"
                   " try again in a moment")
    if rows:
        dialect.run(conn, f"DELETE FROM offers WHERE {OURS}", flow)


def recall(conn: Connection, dialect: Dialect, flow: str) -> None:
    """Whoever has batches of the flow is to hand them in."""
    dialect.run(conn, f"UPDATE offers SET recalled = true WHERE {OURS}", flow)
