"""Records of ACH files (NACHA): 94 characters each, in lines or in one piece."""
from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import chain
from typing import NamedTuple

from ..ports import Content
from .bank_lines import decoded, lines

WIDTH = 94
_FIRST = WIDTH + 4      # bytes that hold the first line end, if there is any
_BLANK = bytes.maketrans(bytes([*range(9), *range(10, 32), 127]), b" " * 32)
"""Characters that only machines see are blanks: without them all that follows would stand elsewhere."""


class Record(NamedTuple):
    text: str       # WIDTH characters
    line: int       # where it stands; in a file without line ends: its place among the records
    was: int        # characters that there were

    def at(self, first: int, last: int) -> str:
        """Its characters from one position to another, counted from 1, both included."""
        return self.text[first - 1:last].strip()

    def number(self, first: int, last: int) -> int:
        """The same as a number; ValueError if it is none."""
        found = self.text[first - 1:last].strip()
        if not (found.isascii() and found.isdigit()):
            raise ValueError(f"positions {first} to {last} are no number: {found!r}")
        return int(found)

    def day(self, first: int) -> date | None:
        """A date as YYMMDD; None if there is none."""
        found = self.text[first - 1:first + 5]
        try:
            return date((1900 if found >= "69" else 2000) + int(found[:2]), int(found[2:4]), int(found[4:6]))
        except ValueError:
            return None


def records(content: Content) -> Iterator[Record]:
    """All of them, padding too."""
    chunks = content.read()
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) > _FIRST:
            break
    # Records follow each other without line ends if there is none where the first one must end.
    is_in_one_piece = len(head) > _FIRST and {10, 13}.isdisjoint(head[:_FIRST])
    read = _in_one_piece if is_in_one_piece else _in_lines
    for number, text in read(chain([head.removeprefix(BOM_UTF8)], chunks)):
        yield Record(text.ljust(WIDTH), number, len(text))


def _in_lines(chunks: Iterable[bytes]) -> Iterator[tuple[int, str]]:
    for number, raw in lines(chunks):
        text = decoded(raw.translate(_BLANK)).rstrip()
        if text:
            yield number, text


def _in_one_piece(chunks: Iterable[bytes]) -> Iterator[tuple[int, str]]:
    number, rest = 0, b""
    for chunk in chunks:
        rest += chunk.translate(_BLANK, b"\r\n")    # some end each block of ten records
        whole = len(rest) - len(rest) % WIDTH
        for at in range(0, whole, WIDTH):
            number += 1
            yield number, decoded(rest[at:at + WIDTH])
        rest = rest[whole:]
    if rest.strip():
        yield number + 1, decoded(rest.rstrip())
