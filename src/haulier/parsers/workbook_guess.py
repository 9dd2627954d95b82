"""A guess at the sheet and the header of a workbook: for `import suggest`."""
from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import closing
from itertools import islice
from typing import Any

from .csv_header import renamed
from .header_guess import filled, table
from .sheet import rows
from .workbook import archive
from .workbook_parts import book_of

_MOST = 64 << 20
"""Bytes that it may unpack to."""
_SHEETS, _ROWS = 20, 100
"""Sheets, and rows of each, that are looked at."""


def settings_of(data: bytes) -> dict[str, Any]:
    """Where the first sheet is that is not hidden and has a table of several rows; nothing if there is none, or if
    that is not the whole workbook."""
    try:
        packed = archive(io.BytesIO(data), _MOST)
        book = book_of(packed)
        shown = [(number, name) for number, name in enumerate(book.sheets, 1) if name not in book.hidden]
        for number, name in shown[:_SHEETS]:
            with closing(rows(packed, book, book.sheets[name], None)) as lines:
                some = [(line, [*map(_text, values)]) for line, values in islice(lines, _ROWS)]
            if (found := _table(some)) is not None:
                return ({"sheet": name} if number > 1 else {}) | found
    except Exception:
        return {}       # whoever reads it says what is wrong with it
    return {}


def _table(some: Sequence[tuple[int, list[str]]]) -> dict[str, Any] | None:
    """None: that is no table."""
    placed = [(line, row) for line, row in some if filled(row)]
    if len(placed) < 2:
        return None
    at, has_header = table([row for _, row in placed])
    if not has_header:
        return {"header": 0}
    header, names = placed[at][0], tuple(name.strip() for name in placed[at][1])
    while not names[-1]:
        names = names[:-1]
    return ({"header": header} if header != 1 else {}) | (
        {"rename_duplicates": True} if renamed(names) != names else {})


def _text(value: Any) -> str:
    return "" if value is None else str(value)
