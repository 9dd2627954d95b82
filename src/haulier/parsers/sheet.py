"""The rows of a sheet in an .xlsx workbook, one after the other: memory does not grow with it."""
from __future__ import annotations

import zipfile
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from ..model.errors import Malformed
from .workbook_parts import LONGEST, Book, TextReader, parsed, texts_of, unescaped

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
_EPOCH, _EARLY, _MAC = datetime(1899, 12, 30), datetime(1899, 12, 31), datetime(1904, 1, 1)
_MARCH, _LAST_DAY = 60, 2_958_466
"""Days have been counted wrongly before March 1900 since there are spreadsheets; the last day is in the year 9999."""
_DIGITS = "0123456789"


def rows(packed: zipfile.ZipFile, book: Book, member: str, scratch: Path | None
         ) -> Generator[Sequence[Any], None, None]:
    """All rows of the sheet, from its first one on, empty ones too."""
    if not member:
        return
    with texts_of(packed, book.texts, scratch) as texts:
        reader = _Reader(book, texts)
        before = 0
        for _ in parsed(packed, member, reader.start, reader.end, reader.text):
            for number, values in reader.ready:
                for _ in range(before + 1, number):
                    yield ()
                before = number
                yield values
            reader.ready.clear()


class _Reader:
    """Makes rows out of the events of elements."""

    def __init__(self, book: Book, texts: Callable[[int], str]) -> None:
        self.ready: list[tuple[int, list[Any]]] = []
        self._book, self._texts, self._inline = book, texts, TextReader()
        self._number = 0
        self._row: list[Any] = []
        self._kind: str | None = ""
        self._style: str | None = ""
        self._value: list[str] | None = None
        self._text = ""
        self._places: dict[str, int] = {}
        self._column = 0
        self._in_cell = False

    def start(self, name: str, own: dict[str, str]) -> None:
        """An element begins."""
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "c":
            self._in_cell, self._kind, self._style, self._text = True, own.get("t"), own.get("s"), ""
            if place := own.get("r"):
                self._column = self._place(place.rstrip(_DIGITS))
        elif name == "v":
            self._value = []
        elif name == "row":
            self._open(own.get("r"))
        elif self._in_cell and self._kind == "inlineStr":
            self._inline.start(name, own)

    def text(self, text: str) -> None:
        """Text in it."""
        if self._value is not None:
            self._value.append(text)
            if len(self._value) * len(text) > LONGEST:
                raise Malformed(f"a value in row {self._number} has more than {LONGEST} characters")
        elif self._kind == "inlineStr":
            self._inline.text(text)

    def end(self, name: str) -> None:
        """It ends."""
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "v":
            self._text, self._value = "".join(self._value or ()), None
        elif name == "c" and self._in_cell:
            self._close()
        elif name == "row" and self._number:
            self.ready.append((self._number, self._row))
            self._row = []
        elif self._in_cell and self._kind == "inlineStr":
            self._inline.end(name)

    def _open(self, number: str | None) -> None:
        found = int(number) if number and number.isdecimal() else self._number + 1
        if not self._number < found <= LAST_ROW:
            raise Malformed(f"row {found} comes behind row {self._number}" if found <= LAST_ROW else
                            f"the sheet has more than {LAST_ROW} rows")
        self._number, self._row, self._column = found, [], 0

    def _place(self, letters: str) -> int:
        """The number of a column, from 0."""
        found = self._places.get(letters)
        if found is None:
            found = 0
            for letter in letters.upper()[:4]:
                found = found * 26 + ord(letter) - 64
            if not 0 < found <= LAST_COLUMN or not letters.isascii() or not letters.isalpha():
                raise Malformed(f"there is a cell in column {letters[:10]!r} of row {self._number}")
            self._places[letters] = found = found - 1
        return found

    def _close(self) -> None:
        value = self._made()
        if value is not None:
            missing = self._column - len(self._row)
            if missing > 0:
                self._row += [None] * missing
            if missing < 0:
                raise Malformed(f"the cells of row {self._number} are not in order")
            if self._column >= LAST_COLUMN:
                raise Malformed(f"row {self._number} has more than {LAST_COLUMN} cells")
            self._row.append(value)
        self._column += 1
        self._in_cell, self._kind = False, ""

    def _made(self) -> Any:
        kind, text = self._kind, self._text
        if kind == "inlineStr":
            return self._inline.take()
        if not text:
            return None
        if kind == "s":
            return self._texts(int(text))
        if kind is None or kind == "n":
            return self._number_of(float(text))
        if kind == "b":
            return text.strip() in ("1", "true")
        return _iso(text) if kind == "d" else unescaped(text)

    def _number_of(self, value: float) -> Any:
        style, book = self._style, self._book
        at = int(style) if style and style.isdecimal() else 0
        if at not in book.dates:
            return value
        if at in book.spans:
            return timedelta(days=value) if abs(value) < _LAST_DAY else value
        return _moment(value, since_1904=book.since_1904)


def _moment(value: float, *, since_1904: bool) -> Any:
    """A day, a time or both; the number itself if it is none."""
    if not 0 <= value < _LAST_DAY - 1462 * since_1904:
        return value
    passed = timedelta(milliseconds=round(value * 86_400_000))
    if value < 1:
        return (_EPOCH + passed).time()
    return (_MAC if since_1904 else _EPOCH if value >= _MARCH else _EARLY) + passed


def _iso(text: str) -> date | time | str:
    for kind in (datetime, time):
        with suppress(ValueError):
            return kind.fromisoformat(text)
    return text
