"""Which values were there before, in little memory: the first ones by themselves, many as digests in a file."""
from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

LIMIT = 200_000
"""Values that are kept in memory: some 20 MB. More than that are in a temporary file that SQLite keeps."""


class Seen:
    """The values of one column of one file. Equal ones are the same however they are written (1.0 and 1.00)."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._values: set[Any] = set()
        self._file: sqlite3.Connection | None = None

    def has(self, value: Any) -> bool:
        """Whether it was there before."""
        if self._file is None:
            return value in self._values
        return self._file.execute("SELECT 1 FROM seen WHERE digest = ?", (_digest(value),)).fetchone() is not None

    def add(self, value: Any) -> None:
        """It is there from now on; None never is."""
        if value is None:
            return
        if self._file is not None:
            self._file.execute("INSERT OR IGNORE INTO seen VALUES (?)", (_digest(value),))
            return
        self._values.add(value)
        if len(self._values) > self._limit:
            self._file = _moved(self._values)
            self._values = set()


def _moved(values: set[Any]) -> sqlite3.Connection:
    # An empty name is a database in a file without a name, which is gone when it is closed.
    file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    file.execute("PRAGMA journal_mode = OFF")
    file.execute("PRAGMA cache_size = -8000")
    file.execute("CREATE TABLE seen (digest BLOB PRIMARY KEY) WITHOUT ROWID")
    file.execute("BEGIN")
    file.executemany("INSERT INTO seen VALUES (?)", ((_digest(value),) for value in values))
    return file


def _digest(value: Any) -> bytes:
    return blake2b(_same(value).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _same(value: Any) -> str:
    """One text for values that are equal."""
    if isinstance(value, Decimal):
        return str(value.normalize() if value else Decimal())
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(UTC).isoformat()
    return str(value)
