"""The tables of processes: who is there, what each of them holds, and what they carry for one another."""
from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text, text

from .tables import metadata

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
