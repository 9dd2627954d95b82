"""What must have arrived by when; and events that belong to a flow rather than to a run of it."""
from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Integer, Text, text

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", Column("flow", Text))
    op.create_table(
        "arrivals",
        Column("flow", Text, primary_key=True),
        Column("rule", Text, primary_key=True),
        Column("due", BigInteger, primary_key=True, autoincrement=False),
        Column("since", BigInteger, nullable=False),
        Column("files", Text, nullable=False),
        Column("count", Integer, nullable=False),
        Column("state", Text, nullable=False),
        Column("found", Integer, nullable=False),
        Column("diagnosis", Text, nullable=False),
        Column("changed", BigInteger, nullable=False),
        Column("open", Boolean),
    )
    condition = text("open IS NOT NULL")
    op.create_index("arrivals_open", "arrivals", ["open"], sqlite_where=condition, postgresql_where=condition)
    op.create_index("arrivals_flow", "arrivals", ["flow", "due"])
