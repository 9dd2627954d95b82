"""Files whose process died, and whose turn it is to look after them and after what persons have decided."""
from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from ..model.intake import Intake, IntakeState
from . import intakes, runs
from .beginning import HELD, restart, state_of_held
from .dialects.dialect import Dialect
from .ending import become

STRANDED = f"""{intakes.SELECT} WHERE i.flow = (SELECT id FROM flows WHERE name = ?)
AND i.state IN ('reading', 'matched', 'failed') AND i.reached > 0
AND (i.run = ? OR NOT EXISTS ({HELD.replace('id = ?', 'id = i.run')})) ORDER BY i.id DESC LIMIT ?"""


def stranded(conn: Connection, dialect: Dialect, flow: str, run: int, limit: int) -> Sequence[Intake]:
    """As ImportBook.stranded says."""
    return [intakes.of(row) for row in dialect.run(conn, STRANDED, flow, run, limit)]


def give_up(conn: Connection, dialect: Dialect, number: int, tries: int, error: str) -> None:
    """As ImportBook.give_up says."""
    before = intakes.held(conn, dialect, number, tries, to=IntakeState.FAILED)
    restart(conn, dialect, before)
    become(conn, dialect, before, IntakeState.FAILED, before.error or error, None, None)


def enter(conn: Connection, dialect: Dialect, flow: str, run: int) -> int:
    """Who is in; nobody else asks for that flow until commit."""
    number = runs.number_of(conn, dialect, flow)
    inside: int | None = dialect.run(conn, "SELECT run FROM rounds WHERE flow = ?", number).scalar()
    if inside is not None and inside != run and state_of_held(conn, dialect, inside):
        return inside
    dialect.run(conn, "INSERT INTO rounds (flow, run) VALUES (?, ?)"
                      " ON CONFLICT (flow) DO UPDATE SET run = excluded.run", number, run)
    return run


def leave(conn: Connection, dialect: Dialect, flow: str, run: int) -> None:
    """Unless somebody else is in by now."""
    dialect.run(conn, "DELETE FROM rounds WHERE flow = (SELECT id FROM flows WHERE name = ?) AND run = ?", flow, run)
