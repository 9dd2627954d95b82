"""Open items in a CSV file: `place: erp:exports`, `file: open.csv`."""
from __future__ import annotations

import csv
import errno
import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from ..core.reconcile.index import Index
from ..model.errors import Denied, Invalid, Malformed, NotFound
from ..model.match import OpenItem
from ..settings.forms import PlaceSetting
from ..settings.spec import Env
from .fields import Fields, Format, MappedSpec

_CHUNK = 256 * 1024


class CsvItemsSpec(MappedSpec):
    """CSV file

    All items are read when they are first needed, and kept in memory. What payments take off them is taken off
    here, so the file may be older than the last payments: but items that are paid for must not be missing in it while
    their payments may still come back.
    """

    type: Literal["csv"] = "csv"
    place: PlaceSetting = ""
    """The folder, as a path, a connection with a path, or a URL."""
    file: str = Field(min_length=1)
    """The file in it; without a place a file of this machine, relative to the workspace."""
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    """What stands between columns."""
    encoding: str = "utf-8-sig"
    """As utf-8-sig, latin-1 or cp1252."""
    decimal: Literal[".", ","] = "."
    """What stands before the fraction of amounts."""
    thousands: Literal["", ",", ".", " ", "'"] = ""
    """What stands between groups of their digits."""
    dates: str = ""
    """How dates are written, as %d.%m.%Y; if empty, as 2024-12-31."""
    between: str = ";"
    """What stands between several references, names or accounts in one column."""

    def build(self, env: Env) -> Index:
        fields = Fields(self, Format(self.decimal, self.thousands, self.dates, self.between))
        if not self.place:
            return Index(self._items(_read(env.home / self.file), fields))
        with env.store(self.place) as store:
            return Index(self._items(store.read(self.file), fields))

    def _items(self, body: Iterable[bytes], fields: Fields) -> Iterator[OpenItem]:
        try:
            text = io.TextIOWrapper(io.BufferedReader(_Raw(body)), self.encoding, newline="")
        except LookupError:
            raise Invalid(f"encoding: there is none called {self.encoding!r}") from None
        rows = csv.reader(text, delimiter=self.delimiter, strict=True)
        try:
            names = self._header(next(rows, []), fields)
            for row in rows:
                if row:
                    yield fields.item(self._named(names, row, rows.line_num), f"{self.file}, line {rows.line_num}")
        except csv.Error as error:
            raise Malformed(f"{self.file}, line {rows.line_num}: {error}", line=rows.line_num) from None
        except UnicodeDecodeError:
            raise Malformed(f"{self.file}, behind line {rows.line_num}: not {self.encoding}; set `encoding`",
                            line=rows.line_num) from None

    def _header(self, names: list[str], fields: Fields) -> list[str]:
        names = [name.strip() for name in names]
        missing = [column for name in fields.given for column in fields.columns[name] if column not in names]
        if not any(names) or missing:
            shown = f"no column {missing[0]}" if missing else "no names of columns"
            raise Malformed(f"{self.file}: {shown} in its first line: {self.delimiter.join(names)[:100]!r}", line=1)
        return names

    def _named(self, names: list[str], row: list[str], line: int) -> Mapping[str, str]:
        if len(row) != len(names):
            raise Malformed(f"{self.file}, line {line}: {len(row)} columns, not {len(names)}", line=line)
        return dict(zip(names, row, strict=True))


def _read(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except OSError as error:
        kind = {errno.ENOENT: NotFound, errno.EACCES: Denied}.get(error.errno or 0, Invalid)
        raise kind(f"open items: {path}: {error.strerror}") from error


class _Raw(io.RawIOBase):
    """Chunks as a file that is read."""

    def __init__(self, body: Iterable[bytes]) -> None:
        self._body, self._rest = iter(body), b""

    def readable(self) -> bool:
        return True

    def readinto(self, room: Any) -> int:
        while not self._rest:
            try:
                self._rest = next(self._body)
            except StopIteration:
                return 0
        size = min(len(room), len(self._rest))
        room[:size], self._rest = self._rest[:size], self._rest[size:]
        return size
