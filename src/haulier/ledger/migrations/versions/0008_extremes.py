"""The largest and smallest files of each batch are marked, and its sizes are those of the others."""
from __future__ import annotations

from alembic import op
from sqlalchemy import Boolean, Column, text

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# One of 128 files, at each end. Files that are not marked are found too, but not as fast.
MARK = """UPDATE transfers SET extreme = true WHERE id IN (SELECT id FROM (
SELECT id, row_number() OVER (PARTITION BY batch ORDER BY size) AS up,
row_number() OVER (PARTITION BY batch ORDER BY size DESC) AS down,
1 + count(*) OVER (PARTITION BY batch) / 128 AS marks FROM transfers) AS placed WHERE up <= marks OR down <= marks)"""
OTHERS = "SELECT {function}(size) FROM transfers WHERE batch = batches.id AND extreme IS NULL"


def upgrade() -> None:
    op.add_column("transfers", Column("extreme", Boolean))
    op.execute(MARK)
    least, most = (OTHERS.format(function=function) for function in ("min", "max"))
    op.execute(f"UPDATE batches SET least = ({least}), most = ({most})")
    marked = text("extreme IS NOT NULL")
    op.create_index("transfers_extreme", "transfers", ["size", "batch", "id"], sqlite_where=marked,
                    postgresql_where=marked)
