"""Workbooks of spreadsheets (.xlsx)."""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Annotated, Any, Literal

from pydantic import Field

from ..core.calm import calmly
from ..model.errors import Malformed
from ..model.record import RAW, SHOWN, START, Batch, Fault, Mark, Reject, Row
from ..ports import Columns, Content, Guess, Parser
from ..settings.spec import Env, ParserSpec
from ..settings.units import Size
from .csv_header import renamed
from .libraries import malformed, spooled
from .sheet import rows
from .workbook import OLD, archive, chosen
from .workbook_guess import settings_of
from .workbook_parts import book_of

_ROWS = 1000
_CELLS = 200_000
"""Rows, and cells, of a batch: rows can have 16,384 of them."""
_ERRORS = frozenset({"#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!",
                     "#GETTING_DATA", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#BUSY!"})


class XlsxSpec(ParserSpec):
    """Excel workbook (.xlsx)"""

    type: Literal["xlsx"] = "xlsx"
    sheet: Annotated[int, Field(ge=1)] | str = 1
    """The name of the sheet, or its number from 1."""
    header: int = Field(1, ge=0, le=1000)
    """The row with the names of the columns; 0: there is none, the columns are A, B, C …"""
    rename_duplicates: bool = False
    """Whether columns without a name, or with one that another has too, get a number; else the file is refused, or
    its rows with values in such columns."""
    max_size: Size = Field(1 << 30, ge=1024)
    """A workbook that unpacks to more bytes is refused."""

    def build(self, env: Env) -> Xlsx:
        return Xlsx(self.sheet, self.header, self.max_size, env.scratch, self.rename_duplicates)

    @classmethod
    def guess(cls, name: str, head: bytes) -> Guess | None:
        named = name.lower().endswith((".xlsx", ".xlsm"))
        if named and head.startswith(OLD):
            return Guess(0.5, {}, "an old workbook, or an encrypted one: save it as .xlsx, without a password")
        if not head.startswith(b"PK\3\4"):
            return None
        inside = b"xl/" in head and b"[Content_Types].xml" in head
        if not (inside or named):
            return None
        return Guess(0.95, settings_of(head), "a ZIP archive with a workbook inside")


@dataclass(frozen=True, slots=True)
class Xlsx(Parser):
    """Whole numbers are int, others Decimal with the 15 digits that spreadsheets have; a time at midnight is a date.

    Formulas have the value that they had when the workbook was saved. Of merged cells the first has the value. Rows
    without any value are passed over. Lines are rows of the sheet.
    """

    sheet: str | int = 1
    header: int = 1
    max_size: int = 1 << 30
    scratch: Path | None = None
    rename: bool = False

    def parse(self, content: Content, *, after: Mark = START, columns: Columns | None = None) -> Iterator[Batch]:
        return calmly(self._batches(content))

    def _batches(self, content: Content) -> Iterator[Batch]:
        with spooled(content, self.scratch) as file, malformed(content, "workbook (.xlsx)"):
            lines = self._rows(file)
            names = self._names(lines)
            batch = _Filling(names, START)
            for line, cells in lines:
                batch.add(line, cells)
                if batch.is_full():
                    yield batch.done()
                    batch = _Filling(names, batch.at)
            yield batch.done()

    def _rows(self, file: IO[bytes]) -> Iterator[tuple[int, list[Any]]]:
        packed = archive(file, self.max_size)
        book = book_of(packed)
        return rows(packed, book, book.sheets[chosen(list(book.sheets), self.sheet)], self.scratch)

    def _names(self, rows: Iterator[tuple[int, list[Any]]]) -> list[str] | None:
        if not self.header:
            return None
        for line, cells in rows:
            if line >= self.header:
                return _header(cells if line == self.header else (), self.header, rename=self.rename)
        raise Malformed(f"the sheet has no row {self.header} with the names of its columns (header)")


class _Filling:
    """A batch that is being filled."""

    def __init__(self, names: list[str] | None, at: Mark) -> None:
        self.names = names
        self.at = at
        self.rows: list[Row] = []
        self.numbers: list[int] = []
        self.lines: list[int] = []
        self.rejects: list[Reject] = []
        self._cells = 0

    def add(self, line: int, cells: list[Any]) -> None:
        names = self.names if self.names is not None else [_letters(at) for at in range(len(cells))]
        number = self.at.number + 1
        if faults := _faults(names, cells):
            self.rejects.append(Reject(number, line, faults, _text(cells)))
        else:
            cells += [None] * (len(names) - len(cells))
            self.rows.append(row := dict(zip(names, cells, strict=False)))
            row.pop("", None)
            self.numbers.append(number)
            self.lines.append(line)
        self._cells += len(cells)
        self.at = Mark(number, 0, line + 1)

    def is_full(self) -> bool:
        return len(self.numbers) + len(self.rejects) >= _ROWS or self._cells >= _CELLS

    def done(self) -> Batch:
        rows = self.rows
        return Batch(rows, self.numbers, self.lines, self.at, self.rejects, raw=lambda at: _text([*rows[at].values()]))


def _header(values: Sequence[Any], line: int, *, rename: bool) -> list[str]:
    """The names of columns, "" for one without."""
    names = ["" if value is None else str(value).strip() for value in values]
    while names and not names[-1]:
        names.pop()
    if rename and names:
        return list(renamed(tuple(names)))
    twice = {name for name, count in Counter(names).items() if name and count > 1}
    if twice or not names:
        wrong = (f"two columns are called {min(twice)} (`rename_duplicates` numbers them)" if twice
                 else "no column has a name")
        raise Malformed(f"{wrong} in row {line} of the sheet; is that its header?", line=line)
    return names


def _faults(names: Sequence[str], cells: Sequence[Any]) -> tuple[Fault, ...]:
    errors = [cell for cell in cells if type(cell) is str and cell in _ERRORS]
    if not errors and len(cells) <= len(names) and "" not in names:
        return ()
    return tuple(fault for at, cell in enumerate(cells) if cell is not None
                 and (fault := _fault(names[at] if at < len(names) else "", at, cell)))


def _fault(name: str, at: int, cell: Any) -> Fault | None:
    if not name and not (type(cell) is str and cell.isspace()):
        return Fault("no_column", f"there is a value in column {_letters(at)}, which has no name",
                     _letters(at), str(cell)[:SHOWN])
    if type(cell) is str and cell in _ERRORS:
        return Fault("cell_error", f"{name} is an error of the spreadsheet: {cell}", name, cell)
    return None


def _text(cells: Sequence[Any]) -> str:
    return "\t".join("" if cell is None else str(cell) for cell in cells)[:RAW]


@cache
def _letters(at: int) -> str:
    """The name of a column that spreadsheets have: A for 0."""
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
