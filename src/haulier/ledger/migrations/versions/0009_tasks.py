"""Flows of tasks: what a run was asked for with, whose task it is, and what became of each of its own."""
from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, Text, text

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None
NUMBER = BigInteger().with_variant(Integer, "sqlite")


def upgrade() -> None:
    for column in (Column("params", Text), Column("parent", BigInteger), Column("origin", BigInteger)):
        op.add_column("runs", column)
    known = text("parent IS NOT NULL")
    op.create_index("runs_parent", "runs", ["parent"], sqlite_where=known, postgresql_where=known)
    op.create_table(
        "tasks",
        Column("id", NUMBER, primary_key=True),
        Column("run", BigInteger, nullable=False),
        Column("task", Text, nullable=False),
        Column("item", Integer, nullable=False),
        Column("state", Text, nullable=False),
        Column("tries", Integer, nullable=False),
        Column("since", BigInteger, nullable=False),
        Column("started", BigInteger, nullable=False),
        Column("finished", BigInteger),
        Column("due", BigInteger),
        Column("error", Text),
        Column("kind", Text),
        Column("outputs", Text),
        Column("items", Text),
        Column("child", BigInteger),
        Column("decision", Text),
        Column("origin", BigInteger),
    )
    op.create_index("tasks_key", "tasks", ["run", "task", "item"], unique=True)
    op.create_table(
        "attempts",
        Column("id", NUMBER, primary_key=True),
        Column("run", BigInteger, nullable=False),
        Column("task", Text, nullable=False),
        Column("item", Integer, nullable=False),
        Column("number", Integer, nullable=False),
        Column("started", BigInteger, nullable=False),
        Column("finished", BigInteger),
        Column("state", Text, nullable=False),
        Column("error", Text),
        Column("kind", Text),
        Column("tail", Text),
    )
    op.create_index("attempts_key", "attempts", ["run", "task", "item", "number"], unique=True)
