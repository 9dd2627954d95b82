"""What the hub wrote down."""
from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from starlette.responses import StreamingResponse

from ..caller import At, Viewer
from ..past.journal import FILE, LogLine
from ..shapes.given import Text
from .events import HEADERS, STREAM, welcome

router = APIRouter(prefix="/logs", tags=["logs"])


class Asked(BaseModel):
    """The last lines of at least that level with `search` in them; `before` is what an earlier answer said."""

    lines: Annotated[int, Query(ge=1, le=5000)] = 500
    level: Literal["", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = ""
    search: Text = ""
    before: Annotated[str, Query(pattern=r"^(\d{1,20}-\d{1,18})?$")] = ""


class Log(BaseModel):
    """Lines, oldest first. `before`: how to ask for those before them; null: there are none."""

    lines: list[LogLine]
    file: str
    before: str | None


@router.get("", summary="The end of the log")
def read(_: Viewer, desk: At, asked: Annotated[Asked, Query()]) -> Log:
    """Also of the files that it was before it was turned over."""
    found = desk.journal.last(asked.lines, level=asked.level, search=asked.search, before=asked.before)
    return Log(lines=found.lines, file=FILE, before=found.before)


@router.get("/stream", summary="Follow the log", response_class=StreamingResponse, responses=STREAM)
async def follow(_: Viewer, desk: At, request: Request) -> StreamingResponse:
    """`line` for each line that is added from now on; `reload` if the client was too slow."""
    desk.log.has_room()
    return StreamingResponse(desk.log.follow(welcome(desk, request)), media_type="text/event-stream",
                             headers=HEADERS)
