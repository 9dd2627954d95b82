"""Payments as rows: added in bulk, found again, told of, looked through by persons."""
from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, or_, select
from sqlalchemy.sql.functions import coalesce

from ..model.errors import NotFound
from ..model.intake import Booking
from ..model.match import REVIEW, Match, MatchState
from . import naming, sheets
from .dialects.dialect import Dialect
from .importtables import allocations, bookings, intakes
from .matchtext import match_of, match_text
from .runtables import flows
from .story import cleaned

COLUMNS = ("id", "number", "key", "state", "review", "words", "body", "sheet")
SELECT = "SELECT b.id, b.intake, b.number, b.key, b.body, b.sheet, b.posted, b.version FROM bookings b"
B = bookings.c
READ = (B.id, B.intake, B.number, B.key, B.body, B.sheet, B.posted, B.version)
OF_FLOW = "(SELECT id FROM flows WHERE name = ?)"
PLACE = "coalesce((SELECT number FROM bookings WHERE id = ?), 0)"
UNPOSTED = f"""{SELECT} JOIN intakes i ON i.id = b.intake WHERE b.flow = {OF_FLOW} AND b.posted IS NULL
AND b.version > 1 AND i.state = 'done' AND b.id > ? ORDER BY b.id LIMIT ?"""
MATCHED = MatchState.MATCHED     # to ask the class each time takes longer than the rest of a line


def add(conn: Connection, dialect: Dialect, flow: int, intake: int, found: Sequence[tuple[int, str, Match]],
        version: int = 1) -> Sequence[int]:
    """Number of its row, key of its row, match: each as a new booking; their ids."""
    if not found:
        return ()
    ids = dialect.ids(conn, len(found), "bookings")
    new = [columns_of(match) for _, _, match in found]
    kept = sheets.add(conn, dialect, [(row, body) for (row, _, _), (*_, body) in zip(found, new, strict=True)])
    fixed = {"flow": flow, "intake": intake, "at": time.time_ns(), "version": version}
    dialect.pour(conn, bookings, COLUMNS, [
        (number, row, key, state, review, words, "", sheet) for number, (row, key, _), (state, review, words, _), sheet
        in zip(ids, found, new, kept, strict=True)], fixed)
    matches = [(number, match) for number, (_, _, match) in zip(ids, found, strict=True)]
    naming.add(conn, dialect, flow, intake, matches, last=version > 1)
    allocate(conn, dialect, flow, intake, matches)
    return ids


def allocate(conn: Connection, dialect: Dialect, flow: int, intake: int, found: Sequence[tuple[int, Match]]) -> None:
    """What those of them that are matched pay."""
    rows = [(cleaned(item), number, str(amount)) for number, match in found if match.state is MATCHED
            for item, amount in (match.taken if len(match.allocations) == 1 else paid(match).items())]
    if rows:
        dialect.pour(conn, allocations, ("item", "booking", "amount"), rows, {"flow": flow, "intake": intake})


def columns_of(match: Match) -> tuple[str, bool | None, str, str]:
    """State, whether a person is to look at it, words, and all of it."""
    state, payment = match.state, match.payment
    words = f"{payment.payer_name}\n{payment.reference}\n{payment.amount}"
    return state.value, True if state in REVIEW else None, cleaned(words), match_text(match)


def paid(match: Match) -> dict[str, Decimal]:
    """How much of each item, in its own currency; an item may be named twice."""
    found: dict[str, Decimal] = {}
    for item, amount in match.taken:
        found[item] = found[item] + amount if item in found else amount
    return found


def one(conn: Connection, dialect: Dialect, number: int, *, locked: bool = False) -> Booking:
    """NotFound if there is none; if `locked`, nobody else changes it until commit."""
    row = dialect.run(conn, f"{SELECT} WHERE b.id = ?{dialect.exclusive if locked else ''}", number).first()
    if row is None:
        raise NotFound(f"there is no payment {number}")
    return read(conn, dialect, [row])[0]


def listed(conn: Connection, dialect: Dialect, intake: int, after: int, limit: int, posted: bool | None
           ) -> Sequence[Booking]:
    """A page of one file's, in the order of its rows."""
    which = {None: "", True: " AND b.posted IS NOT NULL", False: " AND b.posted IS NULL"}[posted]
    rows = dialect.run(conn, f"{SELECT} WHERE b.intake = ? AND b.number > {PLACE}{which} ORDER BY b.number LIMIT ?",
                       intake, after, limit).all()
    return read(conn, dialect, rows)


def unposted(conn: Connection, dialect: Dialect, flow: str, after: int, limit: int) -> Sequence[Booking]:
    """Those that were decided since their file was done."""
    return read(conn, dialect, dialect.run(conn, UNPOSTED, flow, after, limit).all())


def posted(conn: Connection, dialect: Dialect, ids: Sequence[int], versions: Sequence[int]) -> None:
    """Those were told of; not what was decided since, if versions are given."""
    groups: dict[int, list[int]] = {}
    for number, version in zip(ids, versions or [0] * len(ids), strict=True):
        groups.setdefault(version, []).append(number)
    for version, some in groups.items():
        dialect.run(conn, f"UPDATE bookings SET posted = ? WHERE posted IS NULL AND (version = ? OR 0 = ?)"
                          f" AND {dialect.among('id')}", time.time_ns(), version, version, dialect.packed(some))


def review(conn: Connection, dialect: Dialect, asked: tuple[str, int, Sequence[MatchState], str], after: int,
           limit: int) -> Sequence[Booking]:
    """`asked`: flow, intake, states, a part of payer, reference or amount. Files that are still read are left out."""
    flow, intake, states, text = asked
    query = select(*READ).join(intakes, intakes.c.id == B.intake).where(intakes.c.matched.is_not(None), B.id > after)
    if REVIEW.issuperset(states):
        query = query.where(B.review.is_not(None))
    if set(states) != REVIEW:
        query = query.where(B.state.in_([state.value for state in states]))
    if intake:
        query = query.where(B.intake == intake)
    if flow:
        query = query.where(B.flow == select(flows.c.id).where(flows.c.name == flow).scalar_subquery())
    if text := cleaned(text.strip()):
        amount = text.replace(" ", "").replace("\N{NO-BREAK SPACE}", "").replace(",", ".")
        words = coalesce(B.words, B.body)       # of what was matched by older versions, its body has them
        query = query.where(or_(dialect.contains(words, text), dialect.contains(words, amount)))
    return read(conn, dialect, conn.execute(query.order_by(B.id).limit(limit)).all())


def open_ones(conn: Connection, dialect: Dialect) -> int:
    """How many wait for a person."""
    found: int = dialect.run(conn, "SELECT count(*) FROM bookings b JOIN intakes i ON i.id = b.intake"
                                   " WHERE b.review IS NOT NULL AND i.matched IS NOT NULL").scalar_one()
    return found


def allocated(conn: Connection, dialect: Dialect, flow: str, items: Sequence[str], but: int) -> Mapping[str, Decimal]:
    """Sums, made here: SQLite has no number that is exact."""
    rows = dialect.run(conn, f"SELECT item, amount, count(*) FROM allocations WHERE flow = {OF_FLOW} AND intake <> ?"
                             f" AND {dialect.among('item')} GROUP BY item, amount",
                       flow, but, dialect.packed(list(map(cleaned, items))))
    found: dict[str, Decimal] = {}
    for item, amount, times in rows:
        found[item] = found.get(item, Decimal(0)) + Decimal(amount) * times
    return found


def earlier(conn: Connection, dialect: Dialect, flow: str, names: tuple[Sequence[str], Sequence[str]], but: int
            ) -> Sequence[Booking]:
    """`names`: identities and references."""
    wanted = {*(f"i{name}" for name in names[0]), *(f"r{name}" for name in names[1])} - {"i", "r"}
    numbers = sorted(set(map(naming.number, wanted)))
    rows = dialect.run(conn, f"{SELECT} WHERE b.intake <> ? AND b.id IN (SELECT m.booking FROM mentions m"
                             f" WHERE m.flow = {OF_FLOW} AND {dialect.among('m.mention')}) ORDER BY b.id",
                       but, flow, dialect.packed(numbers)).all()
    return [booking for booking in read(conn, dialect, rows)
            if not wanted.isdisjoint(naming.names(booking.match.payment))]


def read(conn: Connection, dialect: Dialect, rows: Sequence[Sequence[Any]]) -> list[Booking]:
    """By SELECT, with what is on their sheets."""
    texts = sheets.texts(conn, dialect, ((sheet, row) for _, _, row, _, body, sheet, _, _ in rows if not body))
    return [Booking(number, intake, row, key, match_of(body or texts[sheet, row]), told is not None, version)
            for number, intake, row, key, body, sheet, told, version in rows]
