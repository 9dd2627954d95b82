"""A whole ledger as one file, and a ledger out of such a file."""
from __future__ import annotations

import time
from pathlib import Path

from sqlalchemy import Connection

from ..model.run import RESTORED
from . import schema
from .database import dialect_of
from .dialects.dialect import Dialect
from .opening import prepared

LATEST = schema.HEAD
NOBODYS = ("leases", "executors", "slots", "waits", "sessions")
"""Tables about processes and people who are there now: nothing in them holds any more."""
FORGET_DRAFTS = ("UPDATE transfers SET sha256 = NULL, written = NULL, kind = ?, error = ?"
                 " WHERE finished IS NULL AND delivered IS NOT TRUE")


def is_made(url: str) -> bool:
    """Whether there is a ledger."""
    return dialect_of(url).is_made()


def save(url: str, file: Path) -> None:
    """As it is at one moment, while others go on using it."""
    prepared(url).close()
    dialect_of(url).save(file)


def restore(url: str, file: Path, aside: str) -> None:
    """Make what was saved in the file the ledger at `url`; the one that is there is kept, `aside` after its name.

    Invalid if it was saved by a newer program. Nobody may be using the ledger.
    """
    dialect = dialect_of(url)
    if dialect.schema is None:      # a file: it takes its place when it is ready
        _make_ready(f"sqlite:///{file}")
        dialect.load(file, aside)
    else:
        dialect.load(file, aside)
        _make_ready(url)


def _make_ready(url: str) -> None:
    database = prepared(url)
    try:
        with database.write() as conn:
            _grow_old(conn, database.dialect)
    finally:
        database.close()


def _grow_old(conn: Connection, dialect: Dialect) -> None:
    """What it says of the present was long ago: no process, no session is there any more.

    Nor is a draft that is gone a file that was published: that all of it was copied is forgotten, so that it is looked
    at, and gone on with if it is there.
    """
    for table in NOBODYS:
        dialect.run(conn, f"DELETE FROM {table}")
    since = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
    dialect.run(conn, FORGET_DRAFTS, RESTORED, f"the ledger was restored at {since} from a backup in which this file"
                                               " was on its way")
