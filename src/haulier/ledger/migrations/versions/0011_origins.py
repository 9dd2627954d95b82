"""Users who sign in elsewhere: who vouches for them, and their number there."""
from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Text

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("issuer", "subject"):
        op.add_column("users", Column(name, Text))
    op.create_index("users_origin", "users", ["issuer", "subject"], unique=True)
