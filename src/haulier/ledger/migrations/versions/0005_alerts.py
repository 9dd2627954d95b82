"""Messages that are to be sent, how it stands with their channels, and the last event that was looked at for them."""
from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, Text, text

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alerts",
        Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
        Column("channel", Text, nullable=False),
        Column("flow", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("created", BigInteger, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("due", BigInteger, nullable=False),
        Column("bundle", Text, nullable=False),
        Column("tries", Integer, nullable=False, server_default=text("0")),
        Column("until", BigInteger, nullable=False, server_default=text("0")),
        Column("error", Text),
        Column("ended", BigInteger),
    )
    condition = text("ended IS NULL")
    op.create_index("alerts_open", "alerts", ["channel", "due"], sqlite_where=condition, postgresql_where=condition)
    op.create_index("alerts_alike", "alerts", ["channel", "flow", "kind", "at"])
    op.create_table(
        "channels",
        Column("name", Text, primary_key=True),
        Column("sent", BigInteger, nullable=False, server_default=text("0")),
        Column("given_up", BigInteger, nullable=False, server_default=text("0")),
        Column("last_sent", BigInteger),
        Column("last_error", Text),
        Column("last_error_at", BigInteger),
    )
    op.create_table(
        "positions",
        Column("name", Text, primary_key=True),
        Column("event", BigInteger, nullable=False),
    )
