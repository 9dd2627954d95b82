"""The tables of events: what happened, who follows it, what must arrive by when, and what is told outside."""
from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text, text

from .tables import Id, metadata, only

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

positions = Table(
    "positions", metadata,
    Column("name", Text, primary_key=True),         # of whoever follows the events
    Column("event", BigInteger, nullable=False),    # the last that was dealt with
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
