"""Payments whose rows a person has put right: kept after their file was done, and told of as decided ones are."""
from __future__ import annotations

import time
from collections.abc import Sequence

from sqlalchemy import Connection

from ..model.intake import Booking, Deed, Money, share
from ..model.match import Match
from . import bookings, deciding, intakes, packing, rejects
from .dialects.dialect import Dialect

VERSION = 2     # a person has had a hand in it


def add(conn: Connection, dialect: Dialect, flow: int, intake: int, ids: Sequence[int],
        found: Sequence[tuple[int, str, Match]]) -> None:
    """Those that are not there yet; `ids`: their rejects. Nobody else changes that intake until commit."""
    there = set(dialect.run(conn, f"SELECT number FROM bookings WHERE intake = ? AND {dialect.among('number')}", intake,
                            dialect.packed([row for row, _, _ in found])).scalars())
    new = [one for one in found if one[0] not in there]
    if not new:
        return
    who = {kept.reject.number: kept.by for kept in rejects.some(conn, dialect, intake, ids)}
    numbers = bookings.add(conn, dialect, flow, intake, new, VERSION)
    at = time.time_ns()
    kept = [Booking(number, intake, row, key, match) for number, (row, key, match) in zip(numbers, new, strict=True)]
    deciding.note(conn, dialect, [deed for one in kept for deed in (
        Deed(one.id, at, who.get(one.number) or "import", "replayed", "", "", f"row {one.number} was put right"),
        deciding.ruled(one, at))])
    _count(conn, dialect, intake, new)


def _count(conn: Connection, dialect: Dialect, intake: int, new: Sequence[tuple[int, str, Match]]) -> None:
    """The money of the file is so much more."""
    money = dict(intakes.one(conn, dialect, intake).money)
    for _, _, match in new:
        currency = match.payment.currency
        money[currency] = money.get(currency, Money()).plus(share(match))
    dialect.run(conn, "UPDATE intakes SET money = ? WHERE id = ?", packing.money_text(money), intake)
