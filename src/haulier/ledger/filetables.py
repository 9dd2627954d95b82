"""The tables of files: batches, transfers, drafts, what was delivered, and what people want of files under way."""
from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, text

from .tables import Id, Letters, metadata, only

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

# What people want of files that a lane has in hand; empty most of the time.
asks = Table(
    "asks", metadata,
    Column("run", BigInteger, primary_key=True, autoincrement=False),
    Column("transfer", BigInteger, primary_key=True, autoincrement=False),
    Column("signal", Text, nullable=False),
    sqlite_with_rowid=False,
)
