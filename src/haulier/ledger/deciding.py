"""What persons decide of payments, and the trail of it, which is only ever added to.

What the rules did, and when those were told who are to know, stands in the payment's own row until somebody decides
otherwise: so a million payments that nobody touches have no trail to be written.
"""
from __future__ import annotations

import time
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import Connection

from ..model.errors import Busy, Invalid
from ..model.intake import Booking, Deed, Intake, share
from ..model.match import Match
from . import bookings, intakes, packing, rebooking
from .dialects.dialect import Dialect
from .importtables import trail as lines
from .story import cleaned

COLUMNS = ("booking", "at", "who", "word", "before", "after", "text")
SHOWN = 10
"""Items that a line of the trail names."""


class Word(NamedTuple):
    """Who says what."""

    by: str
    word: str
    text: str = ""


def decide(conn: Connection, dialect: Dialect, number: int, version: int, match: Match, said: Word) -> Booking:
    """As ImportBook.decide says."""
    before = bookings.one(conn, dialect, number)
    intake = intakes.one(conn, dialect, before.intake, locked=True)     # before its payments, as others do
    before = bookings.one(conn, dialect, number, locked=True)
    if before.version != version:
        raise Busy(f"payment {number}: somebody decided about it meanwhile; look at it again")
    if not intakes.is_matched(conn, dialect, intake.id):
        raise Busy(f"payment {number}: its file {intake.file.name} is still being read")
    _prove(number, before.match, match)
    note(conn, dialect, [*_unwritten(conn, dialect, before), Deed(
        number, time.time_ns(), said.by, said.word, described(before.match), described(match), said.text)])
    _store(conn, dialect, before, match)
    _move_money(conn, dialect, intake, before.match, match)
    intakes.tell(conn, dialect, intake, "decided", f"payment {number}: {said.word} by {said.by}")
    return bookings.one(conn, dialect, number)


def note(conn: Connection, dialect: Dialect, deeds: Sequence[Deed]) -> None:
    """More lines of the trail."""
    dialect.insert(conn, lines, COLUMNS, [
        (number, at, *(cleaned(text) for text in texts)) for number, at, *texts in deeds])


def trail(conn: Connection, dialect: Dialect, number: int) -> Sequence[Deed]:
    """All of it, oldest first."""
    return [*_written(conn, dialect, number), *_unwritten(conn, dialect, bookings.one(conn, dialect, number))]


def ruled(booking: Booking, at: int) -> Deed:
    """What the rules said."""
    match = booking.match
    return Deed(booking.id, at, match.rule or "rules", match.state.value, "", described(match),
                "; ".join(match.reasons))


def described(match: Match) -> str:
    """`matched: INV-1 100.00, INV-2 50.00`."""
    parts = [f"{item} {amount}" for item, amount in match.allocations[:SHOWN]]
    more = len(match.allocations) - SHOWN
    return match.state.value + (": " + ", ".join(parts) if parts else "") + (f" and {more} more" if more > 0 else "")


def _prove(number: int, before: Match, after: Match) -> None:
    if after.payment != before.payment:
        raise Invalid(f"payment {number}: the payment itself cannot be changed")
    amount = after.payment.amount
    paid = sum((part.amount for part in after.allocations), Decimal(0))
    if paid + after.rest != amount:
        raise Invalid(f"payment {number}: {paid} for items and a rest of {after.rest} are not its amount, {amount}")


def _store(conn: Connection, dialect: Dialect, before: Booking, match: Match) -> None:
    dialect.run(conn, rebooking.CHANGE, *bookings.columns_of(match), before.id)
    flow = dialect.run(conn, "UPDATE bookings SET posted = NULL, version = version + 1 WHERE id = ? RETURNING flow",
                       before.id).scalar_one()
    rebooking.reallocate(conn, dialect, flow, before.intake, [(before.id, before.match, match)])


def _move_money(conn: Connection, dialect: Dialect, intake: Intake, before: Match, after: Match) -> None:
    """From where it was counted to where it is now; the total stays."""
    currency = before.payment.currency
    if currency in intake.money:
        moved = {currency: intake.money[currency].less(share(before)).plus(share(after))}
        dialect.run(conn, "UPDATE intakes SET money = ? WHERE id = ?", packing.money_text({**intake.money, **moved}),
                    intake.id)


def _written(conn: Connection, dialect: Dialect, number: int) -> list[Deed]:
    rows = dialect.run(conn, f"SELECT {', '.join(COLUMNS)} FROM trail WHERE booking = ? ORDER BY id", number)
    return [Deed(*row) for row in rows]


def _unwritten(conn: Connection, dialect: Dialect, booking: Booking) -> list[Deed]:
    """What its own row tells: what the rules did, if nobody decided yet, and when it was told."""
    at, posted = dialect.run(conn, "SELECT at, posted FROM bookings WHERE id = ?", booking.id).one()
    now, found = described(booking.match), []
    if booking.version == 1:
        found = [ruled(booking, at)]
    return found + ([Deed(booking.id, posted, "import", "posted", now, now)] if posted is not None else [])
