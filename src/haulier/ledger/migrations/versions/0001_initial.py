"""The first tables."""
from __future__ import annotations

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    Text,
    text,
)

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Id = BigInteger().with_variant(Integer, "sqlite")


def upgrade() -> None:
    runs()
    transfers()
    delivered()
    events()


def partial(name: str, table: str, columns: list[str], condition: str) -> None:
    where = text(condition)
    op.create_index(name, table, [text(column) if "(" in column else column for column in columns],
                    sqlite_where=where, postgresql_where=where)


def runs() -> None:
    op.create_table(
        "flows",
        Column("id", Id, primary_key=True),
        Column("name", Text, nullable=False, unique=True),
    )
    op.create_table(
        "runs",
        Column("id", Id, primary_key=True),
        Column("flow", BigInteger, ForeignKey("flows.id"), nullable=False),
        Column("source", Text, nullable=False),
        Column("target", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("started", BigInteger, nullable=False),
        Column("finished", BigInteger),
        Column("done", BigInteger, nullable=False, server_default=text("0")),
        Column("failed", BigInteger, nullable=False, server_default=text("0")),
        Column("skipped", BigInteger, nullable=False, server_default=text("0")),
        Column("bytes", BigInteger, nullable=False, server_default=text("0")),
        Column("resumed", BigInteger, nullable=False, server_default=text("0")),
        Column("error", Text),
    )
    op.create_index("runs_flow", "runs", ["flow"])
    op.create_table(
        "batches",
        Column("id", Id, primary_key=True),
        Column("run", BigInteger, ForeignKey("runs.id"), nullable=False),
        Column("created", BigInteger, nullable=False),
        Column("files", BigInteger, nullable=False),
    )
    op.create_index("batches_run", "batches", ["run"])
    op.create_table(
        "leases",
        Column("name", Text, primary_key=True),
        Column("owner", BigInteger, nullable=False),
        Column("host", Text, nullable=False),
        Column("machine", Text, nullable=False),
        Column("pid", BigInteger, nullable=False),
        Column("born", BigInteger, nullable=False),
        Column("since", BigInteger, nullable=False),
        Column("until", BigInteger, nullable=False),
    )


def transfers() -> None:
    op.create_table(
        "transfers",
        Column("id", Id, primary_key=True),
        Column("batch", BigInteger, nullable=False),
        Column("flow", BigInteger, nullable=False),
        Column("path", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("target", Text),
        Column("size", BigInteger, nullable=False),
        Column("modified", BigInteger),
        Column("tag", Text),
        Column("mode", Integer),
        Column("state", Text, nullable=False),
        Column("tries", Integer, nullable=False),
        Column("created", BigInteger, nullable=False),
        Column("finished", BigInteger),
        Column("todo", Boolean),
        Column("sha256", LargeBinary),
        Column("written", BigInteger),
        Column("delivered", Boolean),
        Column("settled", Text),
        Column("error", Text),
        Column("kind", Text),
        postgresql_with={"fillfactor": 50},
    )
    op.create_index("transfers_batch", "transfers", ["batch"])
    op.create_index("transfers_name", "transfers", ["name"])
    partial("transfers_target", "transfers",
            ["replace(target, rtrim(target, replace(target, '/', '')), '')"], "target IS NOT NULL")
    partial("transfers_todo", "transfers", ["flow"], "todo IS NOT NULL")


def delivered() -> None:
    op.create_table(
        "journal",
        Column("transfer", Id, ForeignKey("transfers.id", ondelete="CASCADE"), primary_key=True,
               autoincrement=False),
        Column("path", Text, nullable=False),
        Column("temp", Text, nullable=False),
        Column("size", BigInteger),
        Column("modified", BigInteger),
        Column("mode", Integer),
        Column("overwrite", Boolean, nullable=False),
        Column("safe", BigInteger, nullable=False),
        Column("state", Text, nullable=False),
        Column("head", LargeBinary),
    )
    op.create_table(
        "seen",
        Column("flow", BigInteger, primary_key=True, autoincrement=False),
        Column("path", Text, primary_key=True),
        Column("size", BigInteger, nullable=False),
        Column("modified", BigInteger),
        Column("tag", Text),
        Column("sha256", LargeBinary),
        sqlite_with_rowid=False,
    )


def events() -> None:
    op.create_table(
        "events",
        Column("id", Id, primary_key=True),
        Column("at", BigInteger, nullable=False),
        Column("kind", Text, nullable=False),
        Column("run", BigInteger, nullable=False),
        Column("batch", BigInteger, nullable=False),
        Column("transfer", BigInteger, nullable=False),
        Column("members", Text),
        Column("text", Text, nullable=False),
    )
    partial("events_run", "events", ["run", "batch"], "transfer = 0")
    partial("events_transfer", "events", ["transfer"], "transfer > 0")
