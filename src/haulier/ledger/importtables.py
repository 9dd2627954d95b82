"""The tables of imports: files that were taken in, their rejects, their rows' keys, and payments."""
from __future__ import annotations

from sqlalchemy import DDL, BigInteger, Boolean, Column, Index, Integer, LargeBinary, Table, Text, event, text

from .tables import Id, Letters, metadata, only

NOUGHT = text("0")

intakes = Table(
    "intakes", metadata,
    Column("id", Id, primary_key=True),
    Column("flow", BigInteger, nullable=False),
    Column("run", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("digest", Text, nullable=False),
    Column("parser", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("rows", BigInteger, nullable=False, server_default=NOUGHT),
    Column("accepted", BigInteger, nullable=False, server_default=NOUGHT),
    Column("rejected", BigInteger, nullable=False, server_default=NOUGHT),
    Column("duplicates", BigInteger, nullable=False, server_default=NOUGHT),
    Column("reached", BigInteger, nullable=False, server_default=NOUGHT),   # rows before its mark
    Column("mark", Text),                           # NULL: the beginning
    Column("tries", Integer, nullable=False),
    Column("started", BigInteger, nullable=False),
    Column("finished", BigInteger),
    Column("error", Text),
    Column("origin", BigInteger),                   # of a duplicate: the intake that had those bytes
    Column("money", Text),
    Column("report", Text),
    Column("matched", Boolean),                     # all of it is read and kept, so it is never read again; or NULL
    Index("intakes_flow", "flow", "id"),
    Index("intakes_digest", "flow", "digest"),
    Index("intakes_run", "run"),
    Index("intakes_open", "flow", "id", info=only("state IN ('reading', 'matched', 'failed')")),
)

# Which run does what persons have decided, one at a time for each import.
rounds = Table(
    "rounds", metadata,
    Column("flow", BigInteger, primary_key=True, autoincrement=False),
    Column("run", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

rejects = Table(
    "rejects", metadata,
    Column("id", Id, primary_key=True),
    Column("intake", BigInteger, nullable=False),
    Column("flow", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("body", Text, nullable=False),           # the reject
    Column("fixed", Text),                          # what a person gives instead
    Column("who", Text),
    Column("at", BigInteger),
    Index("rejects_intake", "intake", "id", "state"),
    Index("rejects_open", "id", "intake", info=only("state = 'open'")),
    Index("rejects_fixed", "flow", "id", info=only("state = 'fixed'")),
)

# One row for each row that was accepted, so it is short: no foreign key, no index but this one.
rowkeys = Table(
    "rowkeys", metadata,
    Column("flow", BigInteger, primary_key=True, autoincrement=False),
    Column("key", LargeBinary, primary_key=True),
    Column("intake", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

bookings = Table(
    "bookings", metadata,
    Column("id", Id, primary_key=True),
    Column("intake", BigInteger, nullable=False),
    Column("flow", BigInteger, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("key", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("review", Boolean),                      # a person is to look at it, or NULL
    Column("posted", BigInteger),                   # when those were told who are to know
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("at", BigInteger, nullable=False),
    Column("words", Text),                          # payer, reference, amount; NULL: its body has them
    Column("body", Text, nullable=False),           # the match, with its payment; empty: it is on its sheet
    Column("sheet", BigInteger),
    Index("bookings_row", "intake", "number"),
    Index("bookings_review", "id", "flow", info=only("review IS NOT NULL")),
    Index("bookings_waiting", "intake", info=only("review IS NOT NULL")),
    Index("bookings_decided", "flow", "id", info=only("posted IS NULL AND version > 1")),
)

# Matches as the rules made them, many on one: nothing of them changes, and they say much the same of each payment.
sheets = Table(
    "sheets", metadata,
    Column("id", Id, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

# What a payment is found by: its identity and references, each as a number. Two may have the same.
mentions = Table(
    "mentions", metadata,
    Column("flow", BigInteger, primary_key=True, autoincrement=False),
    Column("mention", BigInteger, primary_key=True, autoincrement=False),
    Column("booking", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

# The same of a file that is still read, in its order.
named = Table(
    "named", metadata,
    Column("intake", BigInteger, primary_key=True, autoincrement=False),
    Column("booking", BigInteger, primary_key=True, autoincrement=False),
    Column("mention", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

# Of payments that are matched. Amounts are text: SQLite has no number that is exact.
allocations = Table(
    "allocations", metadata,
    Column("flow", BigInteger, primary_key=True, autoincrement=False),
    Column("item", Letters, primary_key=True),
    Column("booking", BigInteger, primary_key=True, autoincrement=False),
    Column("intake", BigInteger, nullable=False),
    Column("amount", Text, nullable=False),
    sqlite_with_rowid=False,
)

trail = Table(
    "trail", metadata,
    Column("id", Id, primary_key=True),
    Column("booking", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("word", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("text", Text, nullable=False),
    Index("trail_booking", "booking", "id"),
)

STAYS = {
    "sqlite": [f"CREATE TRIGGER trail_stays_{word} BEFORE {word.upper()} ON trail"
               " BEGIN SELECT RAISE(ABORT, 'the trail is only added to'); END" for word in ("update", "delete")],
    "postgresql": [
        "CREATE FUNCTION trail_stays() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN RAISE EXCEPTION ''the trail is only added to''; END'",
        "CREATE TRIGGER trail_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON trail"
        " FOR EACH STATEMENT EXECUTE FUNCTION trail_stays()"],
}
for _dialect, _statements in STAYS.items():
    for _statement in _statements:
        event.listen(trail, "after_create", DDL(_statement).execute_if(dialect=_dialect))  # type: ignore[no-untyped-call]
