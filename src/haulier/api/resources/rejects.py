"""Rows that could not be taken, and persons who put them right."""
from __future__ import annotations

from collections.abc import Callable
from typing import Literal
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import StreamingResponse

from ...core.importing.answer import blocks, open_rejects, pieces
from ...model.errors import Invalid
from ...model.intake import IntakeState, Kept
from ..caller import At, Caller, Operator, Viewer
from ..desk import Desk
from ..problem import Conflict
from ..shapes import reject as shapes
from ..shapes.given import Id, Limit, Number
from .imports import following

router = APIRouter(prefix="/imports", tags=["imports"])
KINDS = {"csv": "text/csv", "jsonl": "application/x-ndjson"}


@router.get("/{id}/rejects", summary="The rejects of an import")
def list_rejects(_: Viewer, desk: At, id: Id, state: shapes.RejectState | Literal[""] = "", after: Number = 0,
                 limit: Limit = 100) -> shapes.Rejects:
    """In the order of the file."""
    desk.hub.imports.intake(id)
    found = desk.hub.imports.kept(id, after=after, limit=limit + 1, state=state)
    return shapes.Rejects(items=[shapes.shown(one) for one in found[:limit]], next=following(found, limit))


@router.get("/{id}/rejects/file", summary="The rejects of an import as a file", response_class=StreamingResponse,
            responses={200: {"description": "A line for each fault of those that are open", "content": {
                kind: {"schema": {"type": "string"}} for kind in KINDS.values()}}})
def download(_: Viewer, desk: At, id: Id, format: Literal["csv", "jsonl"] = "csv") -> StreamingResponse:
    """For whoever sent the rows: those that are open, each fault in a line, with the row as it was."""
    one = desk.hub.imports.intake(id)
    body = pieces(open_rejects(desk.hub.imports, id), as_lines=format == "jsonl")
    name = f"{one.file.name.rpartition('/')[2]}-rejects.{format}"
    return StreamingResponse(blocks(body), media_type=KINDS[format],
                             headers={"Content-Disposition": attached(name), "Cache-Control": "no-store"})


@router.put("/rejects/{id}", summary="Put a reject right")
def fix(caller: Operator, desk: At, id: Id, body: shapes.Fix) -> shapes.Reject:
    """Values instead of some of its own, the whole row anew, or `again` as it is; nothing at all takes it back.

    It is taken by the next run of its flow. 409 if it was taken or dropped already, or its file was refused as a whole.
    """
    _refuse_useless(desk, desk.hub.imports.reject(id), body)
    found = _changed(desk, lambda: desk.hub.imports.fix(id, caller.name, body.fixed, body.text, again=body.again))
    return _told(caller, "reject.fixed" if found.state == "fixed" else "reject.reopened", found)


@router.post("/rejects/{id}/drop", summary="Drop a reject")
def drop(caller: Operator, desk: At, id: Id) -> shapes.Reject:
    """It is never taken; it stays in the list. 409 if it was taken already."""
    return _told(caller, "reject.dropped", _changed(desk, lambda: desk.hub.imports.drop(id, caller.name)))


def attached(name: str) -> str:
    """A header that says that it is a file to be kept, under any name that files may have."""
    plain = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "_" for letter in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='', errors='replace')}"


def _refuse_useless(desk: Desk, kept: Kept, body: shapes.Fix) -> None:
    if (body.fixed or body.again) and not body.text and kept.reject.row is None:
        raise Invalid(f"reject {kept.id}: its row has no columns to put right; write the whole row anew, as `text`")
    file = desk.hub.imports.intake(kept.intake)
    if file.state is IntakeState.REFUSED and (body.fixed or body.text or body.again):
        raise Conflict(f"reject {kept.id}: {file.file.name} was refused as a whole, so no row of it is taken;"
                       " put the file right, and deliver it again")


def _changed(desk: Desk, change: Callable[[], Kept]) -> Kept:
    try:
        found = change()
    except Invalid as error:
        raise Conflict(str(error)) from None
    desk.forget("imports")
    return found


def _told(caller: Caller, what: str, found: Kept) -> shapes.Reject:
    caller.did(what, f"reject {found.id}", f"line {found.reject.line} of import {found.intake}")
    return shapes.shown(found)
