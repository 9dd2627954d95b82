"""What payments are found by, kept in the order of the file first: sorted when all are there, so that each page of the
index is written once, and not once in every few thousand payments."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from zlib import crc32

from sqlalchemy import Connection

from ..model.match import Match
from ..model.payment import Payment, RefKind
from .dialects.dialect import Dialect
from .importtables import mentions, named

FINDABLE = frozenset({RefKind.END_TO_END, RefKind.MANDATE, RefKind.BANK})
NOTHING = frozenset({"", "NOTPROVIDED", "NOT PROVIDED"})
"""What banks write where there is no reference."""
ALL = 1 << 32
"""There are so many numbers for names."""
AT_ONCE = 500_000
"""Names that are sorted in one transaction, for others wait for it."""
SORT = """INSERT INTO mentions (flow, mention, booking) SELECT i.flow, n.mention, n.booking FROM named n
JOIN intakes i ON i.id = n.intake WHERE n.intake = ? AND n.mention >= ? AND n.mention < ?
ORDER BY n.mention, n.booking ON CONFLICT DO NOTHING"""


def names(payment: Payment) -> list[str]:
    """What it is found by."""
    found = [f"i{payment.identity}"] if payment.identity else []
    if payment.bank_reference not in NOTHING:
        found.append(f"r{payment.bank_reference}")
    found += [f"r{text}" for kind, text, _ in payment.references if kind in FINDABLE and text not in NOTHING]
    return found


def number(name: str) -> int:
    """By which it is looked up. Two names may have the same."""
    return crc32(name.encode(errors="replace"))


def add(conn: Connection, dialect: Dialect, flow: int, intake: int, found: Sequence[tuple[int, Match]], *,
        last: bool) -> None:
    """Of these bookings; they are found at once if they are the `last`, else once their file is."""
    rows = [(mention, booking) for booking, match in found for mention in set(map(number, names(match.payment)))]
    if rows and last:
        dialect.pour(conn, mentions, ("mention", "booking"), sorted(rows), {"flow": flow})
    elif rows:
        dialect.pour(conn, named, ("mention", "booking"), rows, {"intake": intake})


def slices(conn: Connection, dialect: Dialect, intake: int) -> Iterator[tuple[int, int]]:
    """Parts of all numbers, for `sort`."""
    count = dialect.run(conn, "SELECT count(*) FROM named WHERE intake = ?", intake).scalar_one()
    step = ALL // -(-count // AT_ONCE) + 1 if count else ALL
    return iter([(start, start + step) for start in range(0, ALL, step)] if count else [])


def sort(conn: Connection, dialect: Dialect, intake: int, part: tuple[int, int]) -> None:
    """The file's payments are found by those of their names; again does no harm."""
    dialect.run(conn, SORT, intake, *part)
