"""Rows to a table: one transaction for a file, and the note that the file is there in it."""
from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import chain
from typing import TypeVar

from sqlalchemy import Connection, Table
from sqlalchemy.exc import StatementError

from ..model.errors import Invalid, Unavailable
from ..model.files import go_on
from ..model.record import SHOWN, Fault, Row
from ..ports import FileKey, Refusal, Sink
from . import sql_files
from .hand import Hand
from .sql_database import Database, quietly
from .sql_table import Wanted, table
from .sql_writers import Values, Writer, writer

T = TypeVar("T")
_LEAVE = 2.0
"""Seconds that a statement which is to end gets for it: then its connection is cut."""


class SqlSink(Sink):
    """All that speaks with the database is done by one thread, so that a slow statement can be ended."""

    is_final = False

    def __init__(self, database: Database, wanted: Wanted) -> None:
        self._database, self._wanted = database, wanted
        self._hand = Hand("rows to a database", database.interrupt, _LEAVE)
        self._check: Callable[[], None] = go_on
        self._conn: Connection | None = None
        self._file: FileKey | None = None
        self._table: Table | None = None
        self._writer: Writer | None = None
        self._last: Mapping[str, Fault | None] = {}
        """What became of the rows that were put last, by key: they may be put again."""
        self._count = 0

    def begin(self, file: FileKey, check: Callable[[], None] = go_on) -> bool:
        self._check = check
        self.abort()
        return self._do(lambda: self._begin(file))

    def put(self, rows: Sequence[Row], keys: Sequence[str]) -> Sequence[Refusal]:
        if self._conn is None:
            raise Unavailable(f"{self._database.shown}: the transaction is gone; the file begins anew")
        new = [at for at, key in enumerate(keys) if key not in self._last]
        if new:
            faults = self._do(lambda: self._put_new([rows[at] for at in new], [keys[at] for at in new]))
            self._count += len(new) - len(faults)
            self._last = {**{key: self._last[key] for key in keys if key in self._last},
                          **{keys[at]: faults.get(place) for place, at in enumerate(new)}}
        return [Refusal(at, fault) for at, key in enumerate(keys) if (fault := self._last[key]) is not None]

    def commit(self) -> None:
        if self._conn is None or self._file is None:
            raise Unavailable(f"{self._database.shown}: the transaction is gone; the file begins anew")
        self._do(self._commit)

    def abort(self) -> None:
        if self._conn is not None:
            self._hand.do(self._forget, go_on)

    def close(self) -> None:
        self.abort()
        self._hand.close()
        self._database.close()

    def _do(self, call: Callable[[], T]) -> T:
        """In the hand. After an error nothing of the transaction is left."""
        def whole() -> T:
            with self._database.translated():
                return call()
        try:
            return self._hand.do(whole, self._check)
        except BaseException:
            self.abort()
            raise

    # In the hand's thread

    def _begin(self, file: FileKey) -> bool:
        with self._database.connect() as conn:
            sql_files.prepare(conn)
            conn.commit()
        self._file, self._count = file, 0
        self._conn = self._database.connect()
        if file.gathered:
            return False
        if sql_files.claim(self._conn, file):
            self._forget()
            return True
        return False

    def _put_new(self, rows: Sequence[Row], keys: Sequence[str]) -> dict[int, Fault]:
        """Rows that may come again with others are noted one by one, and left out if they are here."""
        assert self._conn is not None and self._file is not None
        there = sql_files.there(self._conn, self._file, keys) if self._file.gathered else set()
        new = [at for at, key in enumerate(keys) if key not in there]
        faults = {new[place]: fault for place, fault in self._put([rows[at] for at in new]).items()} if new else {}
        if self._file.gathered or (self._file.parted and faults):
            sql_files.note(self._conn, self._file, [keys[at] for at in new if at not in faults])
        return faults

    def _put(self, rows: Sequence[Row]) -> dict[int, Fault]:
        assert self._conn is not None
        if self._writer is None:
            self._table = table(self._conn, self._wanted, rows)
            self._writer = writer(self._database.dialect, self._table, self._wanted)
        columns, places, values, faults = self._laid_out(rows)
        if values:
            self._write(columns, values, places, faults)
        return faults

    def _laid_out(self, rows: Sequence[Row]) -> tuple[Sequence[str], list[int], list[Values], dict[int, Fault]]:
        """The columns of the table, and of each row that fits them its place and values; what is wrong with others."""
        assert self._table is not None
        names = self._wanted.columns or {name: name for name in dict.fromkeys(chain.from_iterable(rows))}
        known = {source: name for source, name in names.items() if name in self._table.columns}
        unknown = names.keys() - known.keys()
        self._refuse_unknown(rows, unknown)
        sources = [*known]
        needed = [source for source, name in known.items() if name in self._wanted.keys]
        if len(needed) < len(self._wanted.keys):
            raise Invalid(f"{self._wanted.shown}: the rows have nothing for {', '.join(self._wanted.keys)}")
        faults = self._unfit(rows, unknown, needed)
        places = [at for at in range(len(rows)) if at not in faults] if faults else [*range(len(rows))]
        values = [tuple(map(rows[at].get, sources)) for at in places]
        return [*known.values()], places, values, faults

    def _refuse_unknown(self, rows: Sequence[Row], unknown: Collection[str]) -> None:
        """What no row of a file can put right is a mistake in the settings."""
        for name in sorted(unknown):
            if all(name in row for row in rows):
                raise Invalid(f"table {self._wanted.shown} has no column {name}; make it, or name under columns what "
                              "goes where")

    def _unfit(self, rows: Sequence[Row], unknown: Collection[str], needed: Sequence[str]) -> dict[int, Fault]:
        faults = {}
        for name in needed:
            for at, row in enumerate(rows):
                if row.get(name) is None:
                    faults[at] = Fault("no_key", f"{name} is empty, and rows are told apart by it", name)
        for at, row in enumerate(rows if unknown else ()):
            if name := next((name for name in row if name in unknown), ""):
                faults[at] = Fault("unknown_column", f"the table has no column {name}", name, str(row[name])[:SHOWN])
        return faults

    def _write(self, columns: Sequence[str], rows: Sequence[Values], places: Sequence[int],
               faults: dict[int, Fault]) -> None:
        """All at once; if the database refuses that, each half, down to the rows that it means."""
        assert self._conn is not None and self._writer is not None
        self._writer.prepare(self._conn)
        saved = self._conn.begin_nested()
        try:
            self._writer.write(self._conn, columns, rows)
            saved.commit()
            return
        except (StatementError, OverflowError, UnicodeError) as error:
            fault = self._database.fault(error)
            if fault is None:
                raise
            saved.rollback()
        if len(rows) == 1:
            faults[places[0]] = fault
            return
        middle = len(rows) // 2
        self._write(columns, rows[:middle], places[:middle], faults)
        self._write(columns, rows[middle:], places[middle:], faults)

    def _commit(self) -> None:
        assert self._conn is not None and self._file is not None
        if not self._file.gathered:
            sql_files.count(self._conn, self._file, self._count)
        self._conn.commit()
        self._forget()

    def _forget(self) -> None:
        conn, self._conn = self._conn, None
        self._table = self._writer = None
        self._last = {}
        quietly(conn)
