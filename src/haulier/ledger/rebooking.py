"""Payments seen otherwise while their file is still read: in bulk, and before anybody is told of them."""
from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import Connection

from ..model.errors import Invalid, NotFound
from ..model.match import Match
from . import bookings
from .dialects.dialect import Dialect
from .story import cleaned

CHANGED = ("state", "review", "words", "body")
CHANGE = f"UPDATE bookings SET {', '.join(f'{name} = ?' for name in CHANGED)} WHERE id = ?"


def rebook(conn: Connection, dialect: Dialect, flow: int, intake: int, changes: Sequence[tuple[int, Match]]
           ) -> Sequence[Match]:
    """By the numbers of their rows; how they were seen before."""
    if not changes:
        return []
    numbers = [row for row, _ in changes]
    rows = dialect.run(conn, f"{bookings.SELECT} WHERE b.intake = ? AND {dialect.among('b.number')}", intake,
                       dialect.packed(numbers)).all()
    found = {booking.number: booking for booking in bookings.read(conn, dialect, rows)}
    if missing := sorted(set(numbers) - found.keys()):
        raise NotFound(f"there is no payment of row {missing[0]} in intake {intake}")
    new = [(found[row], match) for row, match in changes]
    if wrong := [booking.number for booking, match in new if _money(booking.match) != _money(match)]:
        raise Invalid(f"row {wrong[0]}: the payment itself cannot be changed")
    conn.exec_driver_sql(dialect.sql(CHANGE), [(*bookings.columns_of(match), booking.id) for booking, match in new])
    reallocate(conn, dialect, flow, intake, [(booking.id, booking.match, match) for booking, match in new])
    return [booking.match for booking, _ in new]


def _money(match: Match) -> tuple[Decimal, str]:
    return match.payment.amount, match.payment.currency


def reallocate(conn: Connection, dialect: Dialect, flow: int, intake: int, new: Sequence[tuple[int, Match, Match]]
               ) -> None:
    """Of each payment: what it paid before, and what it pays now."""
    gone = [(flow, cleaned(item), number) for number, before, _ in new for item in bookings.paid(before)]
    if gone:
        conn.exec_driver_sql(
            dialect.sql("DELETE FROM allocations WHERE flow = ? AND item = ? AND booking = ?"), gone)
    bookings.allocate(conn, dialect, flow, intake, [(number, match) for number, _, match in new])
