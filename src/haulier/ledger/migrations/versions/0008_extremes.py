"""The largest and smallest files of each batch are marked; files of before are not, and are found by their batches."""
from __future__ import annotations

from alembic import op
from sqlalchemy import Boolean, Column, text

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("transfers", Column("extreme", Boolean))
    marked = text("extreme IS NOT NULL")
    op.create_index("transfers_extreme", "transfers", ["size", "batch", "id"], sqlite_where=marked,
                    postgresql_where=marked)
