"""Matches as they are first kept: many on a sheet, which is compressed, for they say much the same of each payment."""
from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from .dialects.dialect import Dialect
from .importtables import sheets

SIZE = 100
"""Matches on a sheet: more make it hardly smaller, and each is read with all of its sheet."""
LEVEL = 1       # 6 saves an eighth of the bytes, and takes four times as long


def add(conn: Connection, dialect: Dialect, found: Sequence[tuple[int, str]]) -> list[int]:
    """Numbers of rows, and their matches as text without line breaks; the sheet of each."""
    parts = [found[at:at + SIZE] for at in range(0, len(found), SIZE)]
    ids = dialect.ids(conn, len(parts), "sheets")
    dialect.pour(conn, sheets, ("id", "body"), [(sheet, _written(part)) for sheet, part
                                                in zip(ids, parts, strict=True)], {})
    return [sheet for sheet, part in zip(ids, parts, strict=True) for _ in part]


def texts(conn: Connection, dialect: Dialect, wanted: Iterable[tuple[int, int]]) -> Mapping[tuple[int, int], str]:
    """By sheet and number of the row."""
    asked = frozenset(wanted)
    if not asked:
        return {}
    rows = dialect.run(conn, f"SELECT id, body FROM sheets WHERE {dialect.among('id')}",
                       dialect.packed(sorted({sheet for sheet, _ in asked})))
    return {place: text for sheet, body in rows for number, text in _read(body) if (place := (sheet, number)) in asked}


def _written(part: Sequence[tuple[int, str]]) -> bytes:
    return zlib.compress("\n".join([f"{number}\t{text}" for number, text in part]).encode(), LEVEL)


def _read(body: bytes) -> Iterable[tuple[int, str]]:
    for line in zlib.decompress(body).decode().split("\n"):
        number, _, text = line.partition("\t")
        yield int(number), text
