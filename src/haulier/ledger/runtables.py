"""The tables of runs: flows, their runs, the tasks in them, and the times that schedules have dealt with."""
from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text, text

from .tables import Id, metadata, only

flows = Table(
    "flows", metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
)

runs = Table(
    "runs", metadata,
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
    Column("trigger", Text, nullable=False, server_default=text("'hand'")),
    Column("created", BigInteger, nullable=False, server_default=text("0")),
    Column("priority", Integer, nullable=False, server_default=text("3")),
    Column("wish", Text, nullable=False, server_default=text("''")),
    Column("slot", BigInteger),
    Column("wakes", BigInteger),
    Column("turn", Integer, nullable=False, server_default=text("0")),
    Column("key", Text),        # of whoever wanted it: two with the same are one
    Column("wanted", Boolean),  # NULL once it is over, and if it was not asked for at the agenda
    Column("params", Text),
    Column("parent", BigInteger),   # the run that it is a task of
    Column("origin", BigInteger),   # the earlier run that it goes on from
    Index("runs_flow", "flow", "id"),
    Index("runs_success", "flow", "id", info=only("state = 'done'")),
    Index("runs_created", "created"),
    Index("runs_finished", "finished"),
    Index("runs_key", "key", unique=True, info=only("key IS NOT NULL")),
    Index("runs_wanted", "wanted", info=only("wanted IS NOT NULL")),
    Index("runs_parent", "parent", info=only("parent IS NOT NULL")),
)

# What became of each task of a run, in the order in which they were heard of. JSON is kept as text.
tasks = Table(
    "tasks", metadata,
    Column("id", Id, primary_key=True),
    Column("run", BigInteger, nullable=False),
    Column("task", Text, nullable=False),
    Column("item", Integer, nullable=False),        # 0: the task itself
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
    Column("child", BigInteger),    # the run that it is
    Column("decision", Text),
    Column("origin", BigInteger),   # the earlier run that it was done in
    Index("tasks_key", "run", "task", "item", unique=True),
)

attempts = Table(
    "attempts", metadata,
    Column("id", Id, primary_key=True),
    Column("run", BigInteger, nullable=False),
    Column("task", Text, nullable=False),
    Column("item", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("started", BigInteger, nullable=False),
    Column("finished", BigInteger),
    Column("state", Text, nullable=False),
    Column("error", Text),
    Column("kind", Text),
    Column("tail", Text),           # the end of what it printed
    Index("attempts_key", "run", "task", "item", "number", unique=True),
)

schedules = Table(
    "schedules", metadata,
    Column("flow", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),       # the last slot that was dealt with
    Column("schedule", Text, nullable=False),       # as it was then
)
