"""Which sizes the files of a batch have, so that the largest are found; names beside their flows."""
from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column, function in (("least", "min"), ("most", "max")):
        op.add_column("batches", Column(column, BigInteger))
        op.execute(f"UPDATE batches SET {column} = (SELECT {function}(size) FROM transfers WHERE batch = batches.id)")
        op.create_index(f"batches_{column}", "batches", [column])
    op.drop_index("transfers_name", "transfers")
    op.create_index("transfers_name", "transfers", ["name", "flow"])
