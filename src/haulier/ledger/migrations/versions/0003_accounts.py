"""Who may come in: users, sessions, tokens, and the audit log."""
from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, Text

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Id = BigInteger().with_variant(Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "users",
        Column("name", Text, primary_key=True),
        Column("role", Text, nullable=False),
        Column("password", Text, nullable=False),
        Column("created", BigInteger, nullable=False),
        Column("last_login", BigInteger),
    )
    op.create_table(
        "sessions",
        Column("digest", Text, primary_key=True),
        Column("user", Text, nullable=False),
        Column("created", BigInteger, nullable=False),
        Column("expires", BigInteger, nullable=False),
    )
    op.create_index("sessions_user", "sessions", ["user"])
    op.create_table(
        "tokens",
        Column("id", Id, primary_key=True),
        Column("digest", Text, nullable=False, unique=True),
        Column("name", Text, nullable=False),
        Column("role", Text, nullable=False),
        Column("owner", Text, nullable=False),
        Column("created", BigInteger, nullable=False),
        Column("expires", BigInteger),
        Column("last_used", BigInteger),
    )
    op.create_table(
        "audit",
        Column("id", Id, primary_key=True),
        Column("at", BigInteger, nullable=False),
        Column("who", Text, nullable=False),
        Column("what", Text, nullable=False),
        Column("about", Text, nullable=False),
        Column("text", Text, nullable=False),
        Column("address", Text, nullable=False),
        Column("digest", Text, nullable=False),
    )
