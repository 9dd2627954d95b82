"""What forgotten runs skipped is counted with what ended in each minute."""
from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, text

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tallies", Column("skipped", BigInteger, nullable=False, server_default=text("0")))
