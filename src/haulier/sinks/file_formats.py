"""Rows as bytes: JSON lines, CSV, Parquet. The same rows always make the same bytes."""
from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, time
from decimal import Decimal
from typing import IO, Any, Protocol

import msgspec

from ..model.errors import Invalid
from ..model.record import SHOWN, Fault, Row


class Format(Protocol):
    """Writes one file at a time."""

    def begin(self, file: IO[bytes]) -> None:
        """Forget what was, and write to this."""

    def write(self, rows: Sequence[Row]) -> dict[int, Fault]:
        """Write those that can be; what is wrong with the others, by their places."""

    def end(self) -> None:
        """Write what there still is; the file itself stays open."""


class JsonLines:
    """One object in each line, UTF-8; amounts as text, dates as ISO 8601 has them."""

    def __init__(self) -> None:
        self._encoder = msgspec.json.Encoder(decimal_format="string")

    def begin(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, rows: Sequence[Row]) -> dict[int, Fault]:
        try:
            self._file.write(self._encoder.encode_lines(rows))
            return {}
        except (TypeError, ValueError, RecursionError):
            return self._one_by_one(rows)

    def end(self) -> None:
        pass

    def _one_by_one(self, rows: Sequence[Row]) -> dict[int, Fault]:
        faults = {}
        for at, row in enumerate(rows):
            try:
                self._file.write(self._encoder.encode(row) + b"\n")
            except (TypeError, ValueError, RecursionError) as error:
                faults[at] = Fault("no_json", f"it cannot be written as JSON: {str(error)[:SHOWN]}")
        return faults


class Csv:
    """Lines end with CRLF, values are quoted where they must be (RFC 4180)."""

    def __init__(self, delimiter: str, decimal: str, encoding: str, columns: Sequence[str], *, header: bool,
                 guard: bool) -> None:
        self._delimiter, self._decimal, self._encoding = delimiter, decimal, encoding
        self._wanted, self._header, self._guard = columns, header, guard

    def begin(self, file: IO[bytes]) -> None:
        self._file = file
        self._columns = self._wanted
        self._is_first = True

    def write(self, rows: Sequence[Row]) -> dict[int, Fault]:
        self._columns = self._columns or [*dict.fromkeys(name for row in rows for name in row)]
        faults, good = {}, []
        for at, row in enumerate(rows):
            if fault := self._unfit(row):
                faults[at] = fault
            else:
                good.append([self._text(row.get(name)) for name in self._columns])
        text = self._lines(good)
        try:
            self._put(text)
        except UnicodeEncodeError:
            return self._one_by_one(rows, faults)
        return faults

    def end(self) -> None:
        if self._is_first:
            self._put("")

    def _unfit(self, row: Row) -> Fault | None:
        if self._wanted or row.keys() <= {*self._columns}:
            return None
        name = next(name for name in row if name not in self._columns)
        return Fault("unknown_column", f"the first rows had no column {name}; name all of them under columns", name,
                     str(row[name])[:SHOWN])

    def _one_by_one(self, rows: Sequence[Row], faults: dict[int, Fault]) -> dict[int, Fault]:
        found = dict(faults)
        for at, row in enumerate(rows):
            if at not in faults:
                try:
                    self._put(self._lines([[self._text(row.get(name)) for name in self._columns]]))
                except UnicodeEncodeError as error:
                    found[at] = Fault("no_character", f"{error.object[error.start:error.end]!r} cannot be written in "
                                                      f"{self._encoding}")
        return found

    def _put(self, text: str) -> None:
        if self._is_first and self._header:
            text = self._lines([[*self._columns]]) + text if self._columns else text
        encoding = self._encoding if self._is_first else self._encoding.removesuffix("-sig")
        self._file.write(text.encode(encoding))
        self._is_first = False

    def _lines(self, rows: Sequence[Sequence[str]]) -> str:
        text = io.StringIO()
        csv.writer(text, delimiter=self._delimiter).writerows(rows)
        return text.getvalue()

    def _text(self, value: Any) -> str:
        if isinstance(value, str):
            return f"'{value}" if self._guard and value.lstrip(" ")[:1] in _FORMULA else value
        if isinstance(value, Decimal | float):
            text = format(value, "f") if isinstance(value, Decimal) else repr(value)
            return text.replace(".", self._decimal)
        return value.isoformat() if isinstance(value, date | time) else _plain(value)


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else msgspec.json.encode(value).decode()


_FORMULA = frozenset("=+-@\t\r\n")
"""What makes spreadsheets take a text for a formula."""


def parquet(columns: Sequence[str]) -> Format:
    """Invalid if what writes it is not installed."""
    try:
        from .file_parquet import Parquet
    except ImportError:
        raise Invalid("format: parquet needs the extra: pip install 'haulier[parquet]'") from None
    return Parquet(columns)
