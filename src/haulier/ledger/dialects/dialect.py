"""What the two databases do differently, and nothing else does."""
from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, Connection, Engine, Table

Row = Sequence[Any]
EMPTY: Mapping[str, object] = {}


class Dialect(ABC):
    """SQL in `str`s has `?` for a parameter; `sql()` puts in what the driver wants."""

    schema: ClassVar[str | None] = None
    shared: ClassVar[str] = ""      # ends a SELECT whose rows nobody may take over until commit
    exclusive: ClassVar[str] = ""   # ends a SELECT whose rows nobody else may use until commit
    place: str                      # for messages: no secrets

    @abstractmethod
    def connect(self) -> Engine:
        """A new pool of connections."""

    @abstractmethod
    def begin(self, conn: Connection, *, durable: bool) -> None:
        """Start a writing transaction; one that is not durable may be lost with the power."""

    @abstractmethod
    def look(self, conn: Connection) -> None:
        """Start a reading transaction."""

    @abstractmethod
    def lock_schema(self, conn: Connection) -> None:
        """Until commit, nobody else makes or upgrades tables."""

    @abstractmethod
    def alone(self, conn: Connection, what: str) -> None:
        """Until commit, nobody else comes past here with the same word."""

    @abstractmethod
    def now(self, conn: Connection) -> int:
        """Nanoseconds since the epoch by a clock that everyone on this ledger shares."""

    @abstractmethod
    def ids(self, conn: Connection, count: int, table: str = "transfers") -> Sequence[int]:
        """Fresh ids for rows of that table, rising."""

    @abstractmethod
    def sql(self, statement: str) -> str: ...

    @abstractmethod
    def among(self, column: str) -> str:
        """A condition: the column is one of a `packed` parameter's values."""

    @abstractmethod
    def packed(self, values: Sequence[Any]) -> Any: ...

    @abstractmethod
    def insert(self, conn: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row],
               *, fixed: Mapping[str, object] = EMPTY, conflict: str = "") -> None:
        """Rows in bulk; `fixed` columns have the same value, written in SQL, in all of them."""

    def pour(self, conn: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row],
             fixed: Mapping[str, int]) -> None:
        """New rows in the fastest way that there is."""
        self.insert(conn, table, columns, rows, fixed=fixed)

    @abstractmethod
    def update(self, conn: Connection, change: Change, rows: Sequence[Row]) -> int:
        """Transfers in bulk, each row the values of `change.columns` and an id; how many matched."""

    @abstractmethod
    def ends_with(self, column: ColumnElement[str], text: str) -> ColumnElement[bool]: ...

    @abstractmethod
    def contains(self, column: ColumnElement[str], text: str) -> ColumnElement[bool]:
        """In any case of letters."""

    @abstractmethod
    def is_made(self) -> bool:
        """Whether there is a ledger."""

    @abstractmethod
    def save(self, file: Path) -> None:
        """All of it as it is at one moment, while others go on using it."""

    @abstractmethod
    def load(self, file: Path, aside: str) -> None:
        """Become what was saved in the file, which is taken; what is there stays, with `aside` after its name."""

    def run(self, conn: Connection, statement: str, *values: Any) -> Any:
        return conn.exec_driver_sql(self.sql(statement), values)


class Change:
    """An UPDATE of transfers that are in one of `states`, with values that differ by row.

    `values` are expressions over `{}`, the row's value of that column, and `t`, what is there.
    """

    def __init__(self, values: dict[str, str], fixed: str, states: Iterable[str]) -> None:
        self.columns = list(values)
        self.values = values
        self.fixed = fixed
        self.guard = quoted(states)


def pattern(text: str) -> str:
    """For LIKE … ESCAPE '!': anything with the text in it."""
    for letter in "!%_":
        text = text.replace(letter, f"!{letter}")
    return f"%{text}%"


def quoted(words: Iterable[str]) -> str:
    """Words of ours as a list in SQL."""
    return "(" + ", ".join(f"'{word}'" for word in sorted(words)) + ")"


def assigned(columns: Sequence[str]) -> str:
    """`SET` of an upsert: what is there gives way to what comes."""
    return ", ".join(f"{column} = excluded.{column}" for column in columns)
