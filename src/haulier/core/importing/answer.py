"""Rejects as a file, for whoever sent the rows: each fault in a line, with the row as it was."""
from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

from ...model.intake import Intake
from ...model.names import split
from ...model.record import Reject
from ...ports import ImportBook, Store
from .settling import put

COLUMNS = ("line", "row", "column", "value", "code", "reason", "raw")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Spreadsheets take texts that begin so for formulas."""


def answer(book: ImportBook, intake: Intake, store: Store, name: str) -> str:
    """Write the rejects of a file that wait for somebody; the path, or "" if there are none. Again does no harm."""
    base = split(intake.file.name)[1]
    stem = base.rpartition(".")[0] or base
    path = name.replace("{name}", base).replace("{stem}", stem)
    data = (_lines if path.endswith(".jsonl") else _table)(_rejects(book, intake.id))
    if data:
        put(store, path, data)
    return path if data else ""


def _rejects(book: ImportBook, intake: int) -> Iterator[Reject]:
    after = 0
    while page := book.kept(intake, after=after, limit=500, state="open"):
        after = page[-1].id
        yield from (one.reject for one in page)


def _rows(rejects: Iterator[Reject]) -> Iterator[tuple[str | int, ...]]:
    for one in rejects:
        for fault in one.faults:
            yield one.line, one.number, fault.column, fault.value, fault.code, fault.reason, one.raw


def _lines(rejects: Iterator[Reject]) -> bytes:
    return b"".join(json.dumps(dict(zip(COLUMNS, row, strict=True)), ensure_ascii=False).encode() + b"\n"
                    for row in _rows(rejects))


def _table(rejects: Iterator[Reject]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    for at, row in enumerate(_rows(rejects)):
        if not at:
            writer.writerow(COLUMNS)
        writer.writerow([f"'{one}" if isinstance(one, str) and one.startswith(_FORMULA) else one for one in row])
    return out.getvalue().encode()
