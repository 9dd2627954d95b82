"""Imports: files that were taken in, rejects, keys of rows, payments and what they were for."""
from __future__ import annotations

from typing import Any

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, Text, text

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None
NUMBER = BigInteger().with_variant(Integer, "sqlite")
LETTERS = Text().with_variant(Text(collation="C"), "postgresql")
STAYS = {
    "sqlite": [f"CREATE TRIGGER trail_stays_{word} BEFORE {word.upper()} ON trail"
               " BEGIN SELECT RAISE(ABORT, 'the trail is only added to'); END" for word in ("update", "delete")],
    "postgresql": [
        "CREATE FUNCTION trail_stays() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN RAISE EXCEPTION ''the trail is only added to''; END'",
        "CREATE TRIGGER trail_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON trail"
        " FOR EACH STATEMENT EXECUTE FUNCTION trail_stays()"],
}


def upgrade() -> None:
    for make in (_intakes, _rejects, _bookings, _beside, _trail):
        make()


def _index(table: str, name: str, *columns: str, only: str = "") -> None:
    which: dict[str, Any] = {f"{kind}_where": text(only) for kind in ("sqlite", "postgresql")} if only else {}
    op.create_index(f"{table}_{name}", table, list(columns), **which)


def _counted(name: str) -> Column[Any]:
    return Column(name, BigInteger, nullable=False, server_default=text("0"))


def _intakes() -> None:
    op.create_table(
        "intakes",
        Column("id", NUMBER, primary_key=True),
        Column("flow", BigInteger, nullable=False),
        Column("run", BigInteger, nullable=False),
        Column("name", Text, nullable=False),
        Column("place", Text, nullable=False),
        Column("size", BigInteger, nullable=False),
        Column("digest", Text, nullable=False),
        Column("parser", Text, nullable=False),
        Column("version", Text, nullable=False),
        Column("state", Text, nullable=False),
        *map(_counted, ("rows", "accepted", "rejected", "duplicates", "reached")),
        Column("mark", Text),
        Column("tries", Integer, nullable=False),
        Column("started", BigInteger, nullable=False),
        Column("finished", BigInteger),
        Column("error", Text),
        Column("origin", BigInteger),
        Column("money", Text),
        Column("report", Text),
        Column("matched", Boolean),
    )
    _index("intakes", "flow", "flow", "id")
    _index("intakes", "digest", "flow", "digest")
    _index("intakes", "run", "run")
    _index("intakes", "open", "flow", "id", only="state IN ('reading', 'matched', 'failed')")
    op.create_table(
        "rounds",
        Column("flow", BigInteger, primary_key=True, autoincrement=False),
        Column("run", BigInteger, nullable=False),
        sqlite_with_rowid=False)


def _rejects() -> None:
    op.create_table(
        "rejects",
        Column("id", NUMBER, primary_key=True),
        Column("intake", BigInteger, nullable=False),
        Column("flow", BigInteger, nullable=False),
        Column("state", Text, nullable=False),
        Column("body", Text, nullable=False),
        Column("fixed", Text),
        Column("who", Text),
        Column("at", BigInteger),
    )
    _index("rejects", "intake", "intake", "id", "state")
    _index("rejects", "open", "id", "intake", only="state = 'open'")
    _index("rejects", "fixed", "flow", "id", only="state = 'fixed'")


def _bookings() -> None:
    op.create_table(
        "bookings",
        Column("id", NUMBER, primary_key=True),
        Column("intake", BigInteger, nullable=False),
        Column("flow", BigInteger, nullable=False),
        Column("number", BigInteger, nullable=False),
        Column("key", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("review", Boolean),
        Column("posted", BigInteger),
        Column("version", Integer, nullable=False, server_default=text("1")),
        Column("at", BigInteger, nullable=False),
        Column("words", Text),
        Column("body", Text, nullable=False),
    )
    _index("bookings", "row", "intake", "number")
    _index("bookings", "review", "id", "flow", only="review IS NOT NULL")
    _index("bookings", "waiting", "intake", only="review IS NOT NULL")
    _index("bookings", "decided", "flow", "id", only="posted IS NULL AND version > 1")


def _beside() -> None:
    """Tables that are looked up in, and nothing else."""
    op.create_table(
        "rowkeys",
        Column("flow", BigInteger, primary_key=True, autoincrement=False),
        Column("key", LargeBinary, primary_key=True),
        Column("intake", BigInteger, nullable=False),
        sqlite_with_rowid=False)
    op.create_table(
        "mentions",
        *(Column(name, BigInteger, primary_key=True, autoincrement=False) for name in ("flow", "mention", "booking")),
        sqlite_with_rowid=False)
    op.create_table(
        "allocations",
        Column("flow", BigInteger, primary_key=True, autoincrement=False),
        Column("item", LETTERS, primary_key=True),
        Column("booking", BigInteger, primary_key=True, autoincrement=False),
        Column("intake", BigInteger, nullable=False),
        Column("amount", Text, nullable=False),
        sqlite_with_rowid=False)


def _trail() -> None:
    op.create_table(
        "trail",
        Column("id", NUMBER, primary_key=True),
        Column("booking", BigInteger, nullable=False),
        Column("at", BigInteger, nullable=False),
        *(Column(name, Text, nullable=False) for name in ("who", "word", "before", "after", "text")))
    _index("trail", "booking", "booking", "id")
    for statement in STAYS[op.get_bind().dialect.name]:
        op.execute(statement)
