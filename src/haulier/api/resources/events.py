"""What happened, and what happens."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from pydantic import BaseModel
from starlette.requests import HTTPConnection
from starlette.responses import StreamingResponse

from ...model import event
from ...model.errors import HaulierError
from ..caller import At, Viewer, identified
from ..desk import Desk
from ..shapes.event import Event, shown
from ..shapes.given import Limit, Number, Text
from ..shapes.moment import MOST

router = APIRouter(prefix="/events", tags=["events"])
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
STREAM: dict[int | str, dict[str, Any]] = {200: {"description": "Server-sent events, for as long as the client listens",
                "content": {"text/event-stream": {"schema": {"type": "string"}}}}}
LOOKS = 20
"""Thousands of events that one question looks through for those of one kind."""


class Asked(BaseModel):
    """Events after one, oldest first; or the last ones before one, newest first."""

    after: Number | None = None
    before: Number | None = None
    kind: Text = ""
    run: Number = 0
    limit: Limit = 50


class Events(BaseModel):
    """Some events; `more`: there may be others beyond them."""

    items: list[Event]
    more: bool


@router.get("", summary="Follow what happens", response_class=StreamingResponse, responses=STREAM)
async def follow(_: Viewer, desk: At, request: Request, after: Number | None = None,
                 last_event_id: Annotated[str, Header()] = "") -> StreamingResponse:
    """`event` for each event, `progress` at most once a second, `jobs` when the workspace's files have changed,
    `reload` if the client was too slow to be told everything."""
    desk.feed.has_room()
    known = int(last_event_id) if last_event_id.isdecimal() and len(last_event_id) < 19 else after
    return StreamingResponse(desk.feed.follow(known, welcome(desk, request)), media_type="text/event-stream",
                             headers=HEADERS)


@router.get("/list", summary="List events")
def list_events(_: Viewer, desk: At, asked: Annotated[Asked, Query()]) -> Events:
    """`kind` is the beginning of one, such as `transfer.` or `run.failed`."""
    found: list[event.Event] = []
    for events in _looks(desk, asked):
        found += [one for one in events if one.kind.startswith(asked.kind) and one.id < (asked.before or MOST)]
        if len(found) > asked.limit:
            break
    items = [shown(one, desk.origins.flow(one.run)) for one in found[:asked.limit]]
    return Events(items=items, more=len(found) > asked.limit)


def welcome(desk: Desk, request: HTTPConnection) -> Callable[[], bool]:
    """Whether whoever opened a stream would still be let in."""
    def is_welcome() -> bool:
        try:
            identified(desk, request)
        except HaulierError:
            return False
        return True
    return is_welcome


def _looks(desk: Desk, asked: Asked) -> Iterator[Sequence[event.Event]]:
    """About a thousand at a time, in the order that was asked for."""
    reader = desk.hub.reader
    if asked.after is not None:
        at = asked.after
        for _ in range(LOOKS):
            events = reader.events(at, limit=1000, run=asked.run)
            yield events
            if len(events) < 1000:
                return
            at = events[-1].id
    newest = reader.events(0, limit=1000, run=asked.run, newest=True) if asked.before is None else ()
    yield newest
    top = newest[-1].id if newest else asked.before or 0
    for high in range(top, max(0, top - LOOKS * 1000), -1000):
        low = max(0, high - 1001)
        yield [one for one in reversed(reader.events(low, limit=1000, run=asked.run)) if one.id < high]
