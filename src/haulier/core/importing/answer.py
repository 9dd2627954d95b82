"""Rejects as a file, for whoever sent the rows: each fault in a line, with the row as it was."""
from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from ...model.intake import Intake
from ...model.names import split
from ...model.record import Reject
from ...ports import ImportBook, Store
from ..draft import put
from .settling import MARK

BLOCK = 256 * 1024
COLUMNS = ("line", "row", "column", "value", "code", "reason", "raw")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Spreadsheets take texts that begin so for formulas."""


def answer(book: ImportBook, intake: Intake, store: Store, name: str) -> str:
    """Write the rejects of a file that wait for somebody; the path, or "" if there are none. Again does no harm."""
    base = split(intake.file.name)[1]
    stem = base.rpartition(".")[0] or base
    path = name.replace("{name}", base).replace("{stem}", stem)
    found = open_rejects(book, intake.id)
    first = next(found, None)
    if first is None:
        return ""
    put(store, path, blocks(pieces(chain([first], found), as_lines=path.endswith(".jsonl"))), mark=MARK)
    return path


def open_rejects(book: ImportBook, intake: int) -> Iterator[Reject]:
    """Those of a file that wait for somebody, in its order."""
    after = 0
    while page := book.kept(intake, after=after, limit=500, state="open"):
        after = page[-1].id
        yield from (one.reject for one in page)


def pieces(rejects: Iterable[Reject], *, as_lines: bool) -> Iterator[bytes]:
    """Of a table (CSV), or of JSON lines: one for each reject."""
    if not as_lines:
        yield _table([COLUMNS])
    for one in rejects:
        rows = [(one.line, one.number, fault.column, fault.value, fault.code, fault.reason, one.raw)
                for fault in one.faults]
        yield _lines(rows) if as_lines else _table(rows)


def blocks(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same in larger parts: each may need a round trip."""
    block = bytearray()
    for part in parts:
        block += part
        if len(block) >= BLOCK:
            yield bytes(block)
            block.clear()
    if block:
        yield bytes(block)


def _lines(rows: Iterable[Sequence[str | int]]) -> bytes:
    lines = [json.dumps(dict(zip(COLUMNS, row, strict=True)), ensure_ascii=False) + "\n" for row in rows]
    return "".join(lines).encode(errors="replace")     # files may have halves of letters in them


def _table(rows: Iterable[Sequence[str | int]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([_safe(one) for one in row] for row in rows)
    return out.getvalue().encode(errors="replace")


def _safe(one: str | int) -> str | int:
    return f"'{one}" if isinstance(one, str) and one.startswith(_FORMULA) else one
