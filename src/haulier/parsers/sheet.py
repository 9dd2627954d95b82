"""The rows of a sheet in an .xlsx workbook, one after the other: memory does not grow with it."""
from __future__ import annotations

import zipfile
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from ..model.errors import Malformed
from .sheet_values import iso, number, readings
from .workbook_parts import Book
from .workbook_texts import TextReader, texts_of, unescaped
from .workbook_xml import not_deep, parsed

_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
_DIGITS = "0123456789"


def rows(packed: zipfile.ZipFile, book: Book, member: str, scratch: Path | None
         ) -> Generator[tuple[int, list[Any]], None, None]:
    """All rows of the sheet that have values, with their numbers; the last value of a row is never None."""
    if not member:
        return
    with texts_of(packed, book.texts, scratch) as texts:
        reader = _Reader(readings(book), texts)
        for _ in parsed(packed, member, reader.start, reader.end, reader.parts):
            not_deep(reader.depth, member)
            yield from reader.ready
            reader.ready.clear()


class _Reader:
    """Makes rows out of the events of elements: whatever is done here is done millions of times."""

    def __init__(self, readings: dict[str | None, Callable[[str], Any]], texts: Callable[[int], str]) -> None:
        self.ready: list[tuple[int, list[Any]]] = []
        self.parts: list[str] = []
        self.depth = 0
        self._readings, self._texts, self._inline = readings, texts, TextReader(self.parts)
        self._number = 0
        self._row: list[Any] = []
        self._kind: str | None = ""
        self._style: str | None = ""
        self._text = ""
        self._places: dict[str, int] = {}
        self._column = 0

    def start(self, name: str, own: dict[str, str]) -> None:
        """An element begins."""
        self.depth += 1
        self.parts.clear()
        if name == "c":
            self._kind, self._style, self._text = own.get("t"), own.get("s"), ""
            if place := own.get("r"):
                letters = place.rstrip(_DIGITS)
                column = self._places.get(letters)
                self._column = self._place(letters) if column is None else column
            elif self._column >= _LAST_COLUMN:
                raise Malformed(f"row {self._number} has more than {_LAST_COLUMN} cells")
        elif name == "v":
            pass        # most are, or cells: no more is asked
        elif ":" in name:
            self.depth -= 1
            self.start(name.rpartition(":")[2], own)
        elif self._kind == "inlineStr":
            if name != "is":
                self._inline.start(name, own)
        elif name == "row":
            self._open(own.get("r"))

    def end(self, name: str) -> None:
        """It ends."""
        self.depth -= 1
        if name == "v":
            self._text = "".join(self.parts)
        elif name == "c":
            if (value := self._value()) is not None:
                if (missing := self._column - len(self._row)):
                    self._skip(missing)
                self._row.append(value)
            self._column += 1
            self._kind = self._text = ""
        elif ":" in name:
            self.depth += 1
            self.end(name.rpartition(":")[2])
        elif self._kind == "inlineStr":
            if name != "is":
                self._inline.end(name)
        elif name == "row" and self._row:
            self.ready.append((self._number, self._row))
            self._row = []

    def _open(self, number: str | None) -> None:
        found = int(number) if number and number.isdecimal() else self._number + 1
        if not self._number < found <= _LAST_ROW:
            raise Malformed(f"row {found} comes behind row {self._number}" if found <= _LAST_ROW else
                            f"the sheet has more than {_LAST_ROW} rows")
        self._number, self._row, self._column = found, [], 0

    def _place(self, letters: str) -> int:
        """The number of a column, from 0."""
        found = 0
        for letter in letters.upper()[:4]:
            found = found * 26 + ord(letter) - 64
        if not 0 < found <= _LAST_COLUMN or not letters.isascii() or not letters.isalpha():
            raise Malformed(f"there is a cell in column {letters[:10]!r} of row {self._number}")
        self._places[letters] = found - 1
        return found - 1

    def _skip(self, missing: int) -> None:
        if missing < 0:
            raise Malformed(f"the cells of row {self._number} are not in order")
        self._row += [None] * missing

    def _value(self) -> Any:
        kind, text = self._kind, self._text
        if kind == "inlineStr":
            return self._inline.take() or None
        if not text:
            return None
        if kind is None or kind == "n":
            return self._readings.get(self._style, number)(text)
        if kind == "s":
            return self._texts(int(text)) or None
        if kind == "b":
            return text.strip() in ("1", "true")
        return iso(text) if kind == "d" else unescaped(text)
