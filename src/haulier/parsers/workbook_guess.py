"""A guess at the sheet and the header of a workbook: for `import suggest`."""
from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import closing
from itertools import islice
from typing import Any, NamedTuple

from .header_guess import filled, table
from .sheet import rows
from .workbook import archive
from .workbook_parts import book_of

_MOST = 64 << 20
"""Bytes that it may unpack to."""
_ROWS = 100
"""Rows that are looked at."""


class Place(NamedTuple):
    """Where a table is."""

    sheet: str
    number: int         # of the sheet, from 1
    header: int         # the row with names, 0: none


def place_of(data: bytes) -> Place | None:
    """The first sheet that is not hidden and has a table of several rows; None if there is none, or it is not the
    whole workbook."""
    try:
        packed = archive(io.BytesIO(data), _MOST)
        book = book_of(packed)
        for number, (name, member) in enumerate(book.sheets.items(), 1):
            with closing(rows(packed, book, member, None)) as lines:
                some = [[_text(value) for value in line] for line in islice(lines, _ROWS)]
            if name not in book.hidden and (header := _header(some)) is not None:
                return Place(name, number, header)
    except Exception:
        return None     # whoever reads it says what is wrong with it
    return None


def _header(some: Sequence[Sequence[str]]) -> int | None:
    """None: that is no table."""
    placed = [(line, row) for line, row in enumerate(some, 1) if filled(row)]
    if len(placed) < 2:
        return None
    at, has_header = table([row for _, row in placed])
    return placed[at][0] if has_header else 0


def _text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return f"{value:.15g}" if isinstance(value, float) else str(value)
