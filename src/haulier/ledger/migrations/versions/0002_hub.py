"""What a hub needs: runs that are wanted, paused and woken; slots, schedules, executors."""
from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Integer, Text, text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TALLIES = """
INSERT INTO tallies (at, flow, files, bytes, failed)
SELECT finished / 60000000000 * 60000000000, flow, sum(CASE WHEN state = 'done' THEN 1 ELSE 0 END),
       sum(CASE WHEN state = 'done' THEN size ELSE 0 END), sum(CASE WHEN state = 'failed' THEN 1 ELSE 0 END)
FROM transfers WHERE state IN ('done', 'failed') GROUP BY 1, 2"""


def upgrade() -> None:
    runs()
    transfers()
    agenda()


def partial(name: str, table: str, columns: list[str], condition: str, *, unique: bool = False) -> None:
    where = text(condition)
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)


def runs() -> None:
    for column in (
        Column("trigger", Text, nullable=False, server_default=text("'hand'")),
        Column("created", BigInteger, nullable=False, server_default=text("0")),
        Column("priority", Integer, nullable=False, server_default=text("3")),
        Column("wish", Text, nullable=False, server_default=text("''")),
        Column("slot", BigInteger),
        Column("wakes", BigInteger),
        Column("turn", Integer, nullable=False, server_default=text("0")),
        Column("key", Text),
        Column("wanted", Boolean),
    ):
        op.add_column("runs", column)
    op.execute("UPDATE runs SET created = started")
    op.drop_index("runs_flow", "runs")
    op.create_index("runs_flow", "runs", ["flow", "id"])
    partial("runs_success", "runs", ["flow", "id"], "state = 'done'")
    op.create_index("runs_created", "runs", ["created"])
    op.create_index("runs_finished", "runs", ["finished"])
    partial("runs_key", "runs", ["key"], "key IS NOT NULL", unique=True)
    partial("runs_wanted", "runs", ["wanted"], "wanted IS NOT NULL")


def transfers() -> None:
    op.add_column("transfers", Column("retry_at", BigInteger))
    op.add_column("transfers", Column("since", BigInteger))
    op.add_column("transfers", Column("ended", Text))
    op.execute("UPDATE transfers SET ended = state WHERE state IN ('failed', 'cancelled', 'skipped')")
    op.drop_index("transfers_todo", "transfers")
    op.drop_column("transfers", "todo")
    if op.get_context().dialect.name == "postgresql":
        op.alter_column("transfers", "name", type_=Text(collation="C"))     # SQLite sorts by letter as it is
    op.create_index("transfers_flow", "transfers", ["flow", "id"])
    partial("transfers_open", "transfers", ["flow", "id"], "finished IS NULL")
    partial("transfers_ended", "transfers", ["ended", "flow", "id", "batch", "finished", "size"], "ended IS NOT NULL")
    partial("transfers_finished", "transfers", ["finished"], "finished IS NOT NULL")
    op.create_table(
        "tallies",
        Column("at", BigInteger, primary_key=True, autoincrement=False),
        Column("flow", BigInteger, primary_key=True, autoincrement=False),
        Column("files", BigInteger, nullable=False),
        Column("bytes", BigInteger, nullable=False),
        Column("failed", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.execute(TALLIES)
    op.create_index("events_of_run", "events", ["run", "id"])
    op.add_column("batches", Column("low", BigInteger))
    op.add_column("batches", Column("high", BigInteger))
    op.execute("UPDATE batches SET low = 1, high = (SELECT max(id) FROM transfers)")   # at least that
    op.create_index("batches_created", "batches", ["created", "low", "high"])
    op.create_table(
        "asks",
        Column("run", BigInteger, primary_key=True, autoincrement=False),
        Column("transfer", BigInteger, primary_key=True, autoincrement=False),
        Column("signal", Text, nullable=False),
        sqlite_with_rowid=False,
    )


def agenda() -> None:
    op.create_table(
        "schedules",
        Column("flow", Text, primary_key=True),
        Column("at", BigInteger, nullable=False),
        Column("schedule", Text, nullable=False),
    )
    op.create_table(
        "executors",
        Column("name", Text, primary_key=True),
        Column("host", Text, nullable=False),
        Column("machine", Text, nullable=False),
        Column("pid", BigInteger, nullable=False),
        Column("born", BigInteger, nullable=False),
        Column("since", BigInteger, nullable=False),
        Column("until", BigInteger, nullable=False),
    )
    op.create_table(
        "slots",
        Column("name", Text, primary_key=True),
        Column("holder", Text, primary_key=True),
        Column("executor", Text, nullable=False),
    )
    op.create_index("slots_executor", "slots", ["executor"])
    op.create_index("slots_holder", "slots", ["holder"])
    op.create_table(
        "waits",
        Column("name", Text, primary_key=True),
        Column("waiting", Text, primary_key=True),
        Column("executor", Text, nullable=False),
        Column("priority", Integer, nullable=False),
        Column("since", BigInteger, nullable=False),
    )
    op.create_index("waits_executor", "waits", ["executor"])
    op.create_table(
        "offers",
        Column("batch", BigInteger, primary_key=True, autoincrement=False),
        Column("run", BigInteger, nullable=False),
        Column("turn", Integer, nullable=False),
        Column("version", Text, nullable=False),
        Column("taker", Text),
        Column("recalled", Boolean, nullable=False, server_default=text("false")),
        Column("ended", Boolean, nullable=False, server_default=text("false")),
        Column("moved", BigInteger, nullable=False, server_default=text("0")),
    )
