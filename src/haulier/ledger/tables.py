"""The tables: what is remembered, and nothing about how."""
from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)

Letters = Text().with_variant(Text(collation="C"), "postgresql")   # sorted by letter, so that beginnings are found
Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite: the rowid itself
metadata = MetaData()


def only(condition: str) -> dict[str, dict[str, object]]:
    """Of an index: the rows that it has. As `info`, because an option would load that dialect here."""
    return {name: {"where": text(condition)} for name in ("sqlite", "postgresql")}


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

batches = Table(
    "batches", metadata,
    Column("id", Id, primary_key=True),
    Column("run", BigInteger, ForeignKey("runs.id"), nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("files", BigInteger, nullable=False),
    Column("low", BigInteger),      # ids of transfers that were new in it are between these two:
    Column("high", BigInteger),     # so `created` of transfers needs no index of its own
    Column("least", BigInteger),    # sizes of its files are between these two, but for those that are `extreme`:
    Column("most", BigInteger),     # so `size` of transfers needs none either
    Index("batches_run", "run"),
    Index("batches_created", "created", "low", "high"),
    Index("batches_least", "least"),
    Index("batches_most", "most"),
)

# Transfers and seen have no foreign keys: checking them for each row costs as much as the row,
# and `flow` and `batch` come from rows that the same transaction has locked.
transfers = Table(
    "transfers", metadata,
    Column("id", Id, primary_key=True),
    Column("batch", BigInteger, nullable=False),  # the latest it was in
    Column("flow", BigInteger, nullable=False),
    Column("path", Text, nullable=False),
    Column("name", Letters, nullable=False),    # last piece of path: finds it by any ending
    Column("target", Text),                 # NULL: the same as path
    Column("size", BigInteger, nullable=False),
    Column("modified", BigInteger),
    Column("tag", Text),
    Column("mode", Integer),
    Column("state", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("finished", BigInteger),         # NULL exactly while the state is not final
    Column("sha256", LargeBinary),
    Column("written", BigInteger),
    Column("delivered", Boolean),
    Column("settled", Text),
    Column("error", Text),
    Column("kind", Text),
    Column("retry_at", BigInteger),         # not to be tried again before
    Column("since", BigInteger),            # first of the present tries; NULL: created; 0: at the next claim
    Column("ended", Text),                  # its state, if that is final and not `done`
    Column("extreme", Boolean),             # one of the largest or smallest of its batch, or NULL
    Index("transfers_batch", "batch"),
    Index("transfers_name", "name", "flow"),
    Index("transfers_flow", "flow", "id"),
    # Room in each page for the rows that every step writes anew, so that no index changes.
    info={"postgresql": {"with": {"fillfactor": 50}}},
)
BASENAME = "replace(target, rtrim(target, replace(target, '/', '')), '')"
"""The last piece of a target, in words that both databases know."""
Index("transfers_target", text(BASENAME), _table=transfers, info=only("target IS NOT NULL"))
Index("transfers_open", transfers.c.flow, transfers.c.id, info=only("finished IS NULL"))
# Few rows, so it may be wide: what people ask of failed files is answered without a look at each.
Index("transfers_ended", *(transfers.c[name] for name in ("ended", "flow", "id", "batch", "finished", "size")),
      info=only("ended IS NOT NULL"))
Index("transfers_extreme", *(transfers.c[name] for name in ("size", "batch", "id")), info=only("extreme IS NOT NULL"))
Index("transfers_finished", transfers.c.finished, info=only("finished IS NOT NULL"))

# What ended in each minute, so that nobody has to read through all transfers to draw a curve.
tallies = Table(
    "tallies", metadata,
    Column("at", BigInteger, primary_key=True, autoincrement=False),    # its beginning
    Column("flow", BigInteger, primary_key=True, autoincrement=False),
    Column("files", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("failed", BigInteger, nullable=False),
    Column("skipped", BigInteger, nullable=False, server_default=text("0")),    # by runs that were forgotten since
    sqlite_with_rowid=False,
)

journal = Table(
    "journal", metadata,
    Column("transfer", Id, ForeignKey("transfers.id", ondelete="CASCADE"), primary_key=True,
           autoincrement=False),
    Column("path", Text, nullable=False),
    Column("temp", Text, nullable=False),
    Column("size", BigInteger),
    Column("modified", BigInteger),
    Column("mode", Integer),
    Column("overwrite", Boolean, nullable=False),
    Column("safe", BigInteger, nullable=False),     # bytes that are safe in the store
    Column("state", Text, nullable=False),
    Column("head", LargeBinary),
)

seen = Table(
    "seen", metadata,
    Column("flow", BigInteger, primary_key=True, autoincrement=False),
    Column("path", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("modified", BigInteger),
    Column("tag", Text),
    Column("sha256", LargeBinary),
    sqlite_with_rowid=False,
)

events = Table(
    "events", metadata,
    Column("id", Id, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("run", BigInteger, nullable=False),
    Column("batch", BigInteger, nullable=False),    # 0: about the run
    Column("transfer", BigInteger, nullable=False), # 0: about the run, or many of the batch
    Column("members", Text),                        # which of the batch, as `1-499,501`
    Column("text", Text, nullable=False),
    Column("flow", Text),                           # NULL: the run's
    Index("events_run", "run", "batch", info=only("transfer = 0")),
    Index("events_of_run", "run", "id"),
    Index("events_transfer", "transfer", info=only("transfer > 0")),
)

leases = Table(
    "leases", metadata,
    Column("name", Text, primary_key=True),
    Column("owner", BigInteger, nullable=False),    # the run
    Column("host", Text, nullable=False),           # for people
    Column("machine", Text, nullable=False),        # one boot of one host (or container)
    Column("pid", BigInteger, nullable=False),
    Column("born", BigInteger, nullable=False),     # tells a process from a later one of that pid
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
)

# What people want of files that a lane has in hand; empty most of the time.
asks = Table(
    "asks", metadata,
    Column("run", BigInteger, primary_key=True, autoincrement=False),
    Column("transfer", BigInteger, primary_key=True, autoincrement=False),
    Column("signal", Text, nullable=False),
    sqlite_with_rowid=False,
)

schedules = Table(
    "schedules", metadata,
    Column("flow", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),       # the last slot that was dealt with
    Column("schedule", Text, nullable=False),       # as it was then
)

# One row for each time that something must have arrived.
arrivals = Table(
    "arrivals", metadata,
    Column("flow", Text, primary_key=True),
    Column("rule", Text, primary_key=True),         # what is expected, as it was written when the row was made
    Column("due", BigInteger, primary_key=True, autoincrement=False),
    Column("since", BigInteger, nullable=False),
    Column("files", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("found", Integer, nullable=False),
    Column("diagnosis", Text, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Column("open", Boolean),                        # NULL once nothing more is to come of it
    Index("arrivals_open", "open", info=only("open IS NOT NULL")),
    Index("arrivals_flow", "flow", "due"),
)

# What channels outside are told; a row is a message.
alerts = Table(
    "alerts", metadata,
    Column("id", Id, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("flow", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),       # first due then: the quiet time counts from it
    Column("due", BigInteger, nullable=False),      # the next try
    Column("bundle", Text, nullable=False),         # what happened, as JSON
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Column("until", BigInteger, nullable=False, server_default=text("0")),     # somebody sends it, until then
    Column("error", Text),
    Column("ended", BigInteger),
    Index("alerts_open", "channel", "due", info=only("ended IS NULL")),
    Index("alerts_alike", "channel", "flow", "kind", "at"),
)

channels = Table(
    "channels", metadata,
    Column("name", Text, primary_key=True),
    Column("sent", BigInteger, nullable=False, server_default=text("0")),
    Column("given_up", BigInteger, nullable=False, server_default=text("0")),
    Column("last_sent", BigInteger),
    Column("last_error", Text),
    Column("last_error_at", BigInteger),
)

positions = Table(
    "positions", metadata,
    Column("name", Text, primary_key=True),         # of whoever follows the events
    Column("event", BigInteger, nullable=False),    # the last that was dealt with
)

executors = Table(
    "executors", metadata,
    Column("name", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("machine", Text, nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("born", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
)

slots = Table(
    "slots", metadata,
    Column("name", Text, primary_key=True),         # of what is limited
    Column("holder", Text, primary_key=True),
    Column("executor", Text, nullable=False),
    Index("slots_executor", "executor"),
    Index("slots_holder", "holder"),
)

# Batches that other processes may carry for the one that has their run; few rows, and none afterwards.
offers = Table(
    "offers", metadata,
    Column("batch", BigInteger, primary_key=True, autoincrement=False),
    Column("run", BigInteger, nullable=False),
    Column("turn", Integer, nullable=False),
    Column("version", Text, nullable=False),        # of the work that it is part of
    Column("taker", Text),                          # the executor that has it
    Column("recalled", Boolean, nullable=False, server_default=text("false")),
    Column("ended", Boolean, nullable=False, server_default=text("false")),
    Column("moved", BigInteger, nullable=False, server_default=text("0")),
)

# Runs that want slots which are full; whoever asks next lets those go first that have the better claim.
waits = Table(
    "waits", metadata,
    Column("name", Text, primary_key=True),         # of what is full
    Column("waiting", Text, primary_key=True),      # what their holders' names begin with
    Column("executor", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("since", BigInteger, nullable=False),
    Index("waits_executor", "executor"),
)

version = Table("alembic_version", MetaData(),  # Alembic's own, so in no migration
                Column("version_num", String(32), primary_key=True))
