"""Executions of jobs and flows."""
from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query

from ...model.errors import HaulierError, Invalid
from ...model.query import Page as Found
from ...model.query import RunQuery
from ...model.run import OVER, Run, RunState, Trigger, Wanted, Wish
from ..again import again
from ..caller import At, Caller, Operator, Viewer
from ..desk import Desk
from ..kinds import kind_of, refuse_tasks
from ..problem import Conflict
from ..shapes import run as shapes
from ..shapes.asked import RunsAsked, TransfersAsked
from ..shapes.given import Id, Text
from ..shapes.page import Page
from ..shapes.transfer import ActionsDone, Refusal, Transfer
from ..wanting import usual
from . import transfers

router = APIRouter(prefix="/runs", tags=["runs"])


@router.get("", summary="List runs, newest first")
def list_runs(_: Viewer, desk: At, asked: RunsAsked) -> Page[shapes.Run]:
    """Filtered by job or flow, state, trigger and time. Those that are tasks of others only if their flow is named."""
    found: Found[Run] = desk.hub.reader.runs(asked.query())
    return Page(items=[shown(desk, one) for one in found.items], total=found.total,
                total_is_capped=found.is_capped, limit=asked.limit, offset=asked.offset)


@router.get("/grid", summary="The last runs in short")
def grid(_: Viewer, desk: At, flow: Text = "", count: Annotated[int, Query(ge=1, le=200)] = 30) -> list[shapes.Cell]:
    """Newest first; of one job or of all."""
    return [shapes.cell(one) for one in desk.hub.reader.runs(RunQuery(flow, limit=count)).items]


@router.get("/{id}", summary="One run")
def get_run(_: Viewer, desk: At, id: Id) -> shapes.Run:
    """With its progress, while this hub carries it."""
    return shown(desk, desk.hub.agenda.run(id))


@router.get("/{id}/transfers", summary="The files of a run")
def list_transfers(_: Viewer, desk: At, id: Id, asked: TransfersAsked) -> Page[Transfer]:
    """As all transfers are listed."""
    desk.hub.agenda.run(id)
    return transfers.listed(desk, asked.model_copy(update={"run": id}))


@router.post("/pause-all", summary="Pause everything")
def pause_all(caller: Operator, desk: At) -> ActionsDone:
    """Every run that is not over and not paused. Runs that begin later are not paused."""
    return _wish_all(desk, caller, Wish.PAUSE, "paused", lambda run: not _is_paused(run))


@router.post("/resume-all", summary="Go on with everything that is paused")
def resume_all(caller: Operator, desk: At) -> ActionsDone:
    """Every run that is paused, whoever paused it."""
    return _wish_all(desk, caller, Wish.NONE, "resumed", _is_paused)


@router.post("/{id}/cancel", summary="Cancel a run")
def cancel(caller: Operator, desk: At, id: Id) -> shapes.Run:
    """What was delivered stays; everything else of it ends."""
    return _wish(desk, caller, id, Wish.CANCEL, "cancelled")


@router.post("/{id}/pause", summary="Pause a run")
def pause(caller: Operator, desk: At, id: Id) -> shapes.Run:
    """What is under way is put down where it is, until somebody goes on with it."""
    return _wish(desk, caller, id, Wish.PAUSE, "paused")


@router.post("/{id}/resume", summary="Go on with a paused run")
def resume(caller: Operator, desk: At, id: Id) -> shapes.Run:
    """From where it stopped."""
    return _wish(desk, caller, id, Wish.NONE, "resumed")


@router.post("/{id}/retry", summary="Try again what failed", status_code=202)
def retry(caller: Operator, desk: At, id: Id) -> shapes.Run:
    """A new run for the files that failed in this one; where it is the run itself that failed, for all of them.

    Of a flow, for what was not done.
    """
    run = desk.hub.agenda.run(id)
    refuse_tasks(desk, run)
    if kind_of(desk, run) is shapes.Kind.FLOW:
        return shown(desk, again(desk, caller, run, ()))
    return shown(desk, _retried(desk, caller, run))


def shown(desk: Desk, run: Run) -> shapes.Run:
    """For the wire."""
    return shapes.shown(run, desk.meter.look().runs, kind_of(desk, run), lost=run.id in desk.lost())


def _is_paused(run: Run) -> bool:
    return run.wish is Wish.PAUSE or run.state is RunState.PAUSED


def _wish_all(desk: Desk, caller: Caller, wish: Wish, said: str, fits: Callable[[Run], bool]) -> ActionsDone:
    done, refused = [], []
    for run in desk.hub.agenda.open():
        if run.wish is Wish.CANCEL or not fits(run):
            continue
        try:
            _wish(desk, caller, run.id, wish, said)
            done.append(run.id)
        except HaulierError as error:   # over meanwhile
            refused.append(Refusal(id=run.id, reason=str(error)))
    return ActionsDone(done=done, refused=refused)


def _wish(desk: Desk, caller: Caller, id: int, wish: Wish, said: str) -> shapes.Run:
    before = desk.hub.agenda.run(id)
    try:
        run = desk.hub.engine.wish(id, wish)
    except Invalid as error:
        raise Conflict(str(error)) from None
    caller.did(f"run.{said}", f"run {id}", before.flow)
    return shown(desk, run)


def _retried(desk: Desk, caller: Caller, run: Run) -> Run:
    if run.state not in OVER:
        raise Conflict(f"run {run.id} is not over: it is {run.state}")
    if run.state is RunState.DONE:
        raise Conflict(f"run {run.id} is done: there is nothing to try again")
    desk.hub.live.workspace.loaded.job(run.flow)    # its mistakes, or that there is none
    found = desk.hub.agenda.retry(run.id)
    if not found and run.totals.failed:
        raise Conflict(f"what failed in run {run.id} has been tried again since")
    wanted = desk.hub.engine.submit(Wanted(run.flow, Trigger.RETRY if found else usual(caller), by=caller.name))
    assert wanted is not None   # without a key, each is its own
    caller.did("run.retried", f"run {run.id}", f"{run.flow}, as run {wanted.id}")
    return wanted
