"""Matches many on a sheet, compressed; what they are found by is sorted when all of a file is there.

Those that are kept stay where they are, however many there are.
"""
from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, LargeBinary

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None
NUMBER = BigInteger().with_variant(Integer, "sqlite")


def upgrade() -> None:
    op.create_table("sheets", Column("id", NUMBER, primary_key=True), Column("body", LargeBinary, nullable=False))
    op.create_table(
        "named",
        *(Column(name, BigInteger, primary_key=True, autoincrement=False) for name in ("intake", "booking", "mention")),
        sqlite_with_rowid=False)
    op.add_column("bookings", Column("sheet", BigInteger))
