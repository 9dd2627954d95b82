"""Files that were taken in."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from fastapi import APIRouter

from ...model import intake
from ...model.errors import NotFound
from ...model.intake import IntakeState, Waiting
from ...settings.flows.reading import Flow
from ..caller import Admin, At, Operator, Viewer
from ..desk import Desk
from ..far import asked
from ..problem import Conflict
from ..shapes import intake as shapes
from ..shapes import trying
from ..shapes.flow import FlowOrder
from ..shapes.given import Id, Limit, Number, Text
from . import connections, flows

router = APIRouter(prefix="/imports", tags=["imports"])
NOTHING = Waiting()


@router.get("", summary="List imports, newest first")
def list_imports(_: Viewer, desk: At, flow: Text = "", state: IntakeState | Literal[""] = "", run: Number = 0,
                 before: Number = 0, limit: Limit = 50) -> shapes.Intakes:
    """Of one flow with its task, as in `nightly/bank`, or of all; of one run; in one state."""
    found = desk.hub.imports.intakes(flow, run=run, state=state or None, before=before, limit=limit + 1)
    waits = desk.hub.imports.waiting([one.id for one in found[:limit]])
    return shapes.Intakes(items=[shapes.shown(one, waits.get(one.id, NOTHING)) for one in found[:limit]],
                          next=following(found, limit))


@router.get("/totals", summary="What waits for persons")
def totals(_: Viewer, desk: At) -> shapes.Totals:
    """Rejects that are open, and payments to be looked at; of all imports."""
    found = desk.kept("imports", desk.hub.imports.totals)
    return shapes.Totals(open=found["open"], review=found["review"])


@router.post("/suggest", summary="What reads the files of a place")
async def suggest(_: Admin, desk: At, body: trying.SampleGiven) -> trying.Suggestion:
    """As `haulier import suggest`. 404 if there is no such file, 424 if the place does not answer."""
    spec = connections.store_of(desk, body)
    return trying.suggestion(await asked(desk, lambda: desk.hub.tools.suggest(spec, body.path.strip("/"), body.pattern),
                                         may_be_missing=True))


@router.get("/check", summary="What the next run of an import would do")
async def check(_: Viewer, desk: At, flow: Text) -> trying.Check:
    """The files that are there are read to their end, as far as somebody can wait for it. Changes nothing.

    `flow` is with its task, as in `nightly/bank`, if it has several imports. 424 if a place does not answer.
    """
    found = await asked(desk, lambda: desk.hub.tools.tried(flow, desk.hub.imports), may_be_missing=True)
    return trying.check(found)


@router.get("/{id}", summary="One import and its report")
def get_import(_: Viewer, desk: At, id: Id) -> shapes.IntakeReport:
    """With the numbers that its file says of itself, and what was found instead."""
    one = desk.hub.imports.intake(id)
    return shapes.reported(one, desk.hub.imports.waiting([id]).get(id, NOTHING))


@router.post("/{id}/replay", summary="Take what was put right", status_code=202)
def replay(caller: Operator, desk: At, id: Id) -> shapes.Replay:
    """By a run of its flow, which takes all rows of the flow that were put right, tells what was decided about
    payments, and takes new files. 409 if its flow is gone, or runs and its `overlap` is `skip`."""
    one = desk.hub.imports.intake(id)
    run = flows.begun(desk, caller, _flow(desk, one), FlowOrder())
    caller.did("import.replayed", f"import {id}", f"as run {run.id}")
    return shapes.Replay(run=run.id)


def following(found: Sequence[intake.Intake] | Sequence[intake.Kept] | Sequence[intake.Booking], limit: int
              ) -> int | None:
    """How to ask for those behind a page, of which one more than that was asked for."""
    return found[limit - 1].id if len(found) > limit else None


def _flow(desk: Desk, one: intake.Intake) -> Flow:
    name = one.file.flow.partition("/")[0]
    try:
        return desk.hub.live.workspace.flows.flow(name)
    except NotFound as error:
        raise Conflict(f"{one.file.name}: {error}; its rows are taken by whoever imports it") from None
