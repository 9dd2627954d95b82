"""Transfers as a table for spreadsheets, sent as it is read: however many there are, few are held at a time."""
from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter
from starlette.responses import StreamingResponse

from ...model.query import TransferQuery
from ..caller import At, Viewer
from ..desk import Desk
from ..shapes.asked import TransfersAsked
from ..shapes.transfer import Transfer
from .transfers import query_of, shown

router = APIRouter(tags=["transfers"])
CSV: dict[int | str, dict[str, Any]] = {200: {"description": "A line of names, and a line for each file",
                                              "content": {"text/csv": {"schema": {"type": "string"}}}}}
HEADERS = {"Content-Disposition": 'attachment; filename="transfers.csv"', "Cache-Control": "no-store"}
FIELDS = ("id", "state", "path", "flow", "run", "source", "destination", "target", "size", "sha256", "tries", "error",
          "created", "finished")
FORMULA = re.compile(r"\s*[=+\-@]|[\t\r]")
"""What a spreadsheet would compute."""
BLOCK = 1 << 16


@router.get("/transfers.csv", summary="All transfers of a list, as CSV", response_class=StreamingResponse,
            responses=CSV)
def save_transfers(_: Viewer, desk: At, asked: TransfersAsked) -> StreamingResponse:
    """Filtered as the list is, newest first, all of them: `sort`, `limit` and `offset` do not count."""
    query = query_of(desk, asked)   # what is wrong with it is to be answered before the first line is
    return StreamingResponse(_blocks(desk, query), media_type="text/csv; charset=utf-8", headers=HEADERS)


def _blocks(desk: Desk, query: TransferQuery) -> Iterator[str]:
    page = io.StringIO("\ufeff")    # so that spreadsheets know the letters
    page.seek(0, io.SEEK_END)
    lines = csv.writer(page)
    lines.writerow(FIELDS)
    for one in desk.hub.reader.each_transfer(query):
        lines.writerow(_cells(shown(desk, one)))
        if page.tell() > BLOCK:
            yield page.getvalue()
            page.seek(0)
            page.truncate()
    yield page.getvalue()


def _cells(one: Transfer) -> Iterator[object]:
    for field in FIELDS:
        value = getattr(one, field)
        yield f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value
