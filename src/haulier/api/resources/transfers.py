"""Single files on their way."""
from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter

from ...core import story
from ...model import run
from ...model.errors import HaulierError, Invalid
from ...model.query import Page as Found
from ...model.query import TransferQuery
from ...model.transfer import Signal
from ..caller import At, Caller, Operator, Viewer
from ..desk import Desk
from ..kinds import owner, refuse_file
from ..problem import Conflict
from ..shapes import event
from ..shapes import transfer as shapes
from ..shapes.asked import Transfers, TransfersAsked
from ..shapes.given import Id
from ..shapes.page import Page
from ..shapes.transfer import Action, Transfer
from .connections import users_of

router = APIRouter(prefix="/transfers", tags=["transfers"])
SAID = {Action.RETRY: "retried", Action.CANCEL: "cancelled", Action.PAUSE: "paused", Action.RESUME: "resumed"}


@router.get("", summary="List transfers")
def list_transfers(_: Viewer, desk: At, asked: TransfersAsked) -> Page[Transfer]:
    """Filtered by job, connection, run, state, path, time and size."""
    return listed(desk, asked)


@router.post("/actions", summary="One action on many files")
def act_on_many(caller: Operator, desk: At, body: shapes.ActionOrder) -> shapes.ActionsDone:
    """Each by itself: some may be refused, and the others are done."""
    done, refused = [], []
    for id in dict.fromkeys(body.ids):
        try:
            _act(desk, caller, id, body.action)
            done.append(id)
        except HaulierError as error:
            refused.append(shapes.Refusal(id=id, reason=str(error)))
    return shapes.ActionsDone(done=done, refused=refused)


@router.get("/{id}", summary="One transfer and its story")
def get_transfer(_: Viewer, desk: At, id: Id) -> shapes.TransferStory:
    """What happened to it, why, and what can be wanted of it now."""
    one = desk.hub.reader.transfer(id)
    told = desk.hub.ledger.history(id)
    about = desk.origins.of(one.run)
    return shapes.TransferStory(
        transfer=shown(desk, one), events=[event.shown(each, desk.origins.flow(each.run)) for each in told],
        why=[line.strip() for line in story.told(one, about, told)], actions=_actions(desk, one))


@router.post("/{id}/retry", summary="Try a file again")
def retry(caller: Operator, desk: At, id: Id) -> Transfer:
    """One that failed or was cancelled. 422 if its run is a task of a flow: run that again."""
    return _act(desk, caller, id, Action.RETRY)


@router.post("/{id}/cancel", summary="Give a file up")
def cancel(caller: Operator, desk: At, id: Id) -> Transfer:
    """Nothing of it is published; its source stays."""
    return _act(desk, caller, id, Action.CANCEL)


@router.post("/{id}/pause", summary="Pause a file")
def pause(caller: Operator, desk: At, id: Id) -> Transfer:
    """Until somebody goes on with it."""
    return _act(desk, caller, id, Action.PAUSE)


@router.post("/{id}/resume", summary="Go on with a paused file")
def resume(caller: Operator, desk: At, id: Id) -> Transfer:
    """From where it stopped."""
    return _act(desk, caller, id, Action.RESUME)


def listed(desk: Desk, asked: Transfers) -> Page[Transfer]:
    """A page of them for the wire."""
    found: Found[run.Transfer] = desk.hub.reader.transfers(query_of(desk, asked))
    return Page(items=[shown(desk, one) for one in found.items], total=found.total, total_is_capped=found.is_capped,
                limit=asked.limit, offset=asked.offset)


def query_of(desk: Desk, asked: Transfers) -> TransferQuery:
    """For the ledger, which knows what ran, and not what it uses."""
    if not asked.connection:
        return asked.query()
    if asked.connection not in desk.hub.live.workspace.connections.names():
        raise Invalid(f'no connection is called "{asked.connection}"')
    return replace(asked.query(), flows=tuple(use.runs for use in users_of(desk, asked.connection)))


def shown(desk: Desk, one: run.Transfer) -> Transfer:
    """One of them for the wire."""
    return shapes.shown(one, desk.origins.of(one.run), desk.meter.look().files)


def _actions(desk: Desk, one: run.Transfer) -> list[Action]:
    """Of a task of a flow files can only be given up."""
    about = desk.origins.of(one.run)
    is_task = about is not None and owner(desk, about) != ""
    return [action for action in shapes.actions(one.state) if action is Action.CANCEL or not is_task]


def _act(desk: Desk, caller: Caller, id: int, action: Action) -> Transfer:
    refuse_file(desk, desk.hub.reader.transfer(id), Signal[action.name])
    try:
        changed = desk.hub.engine.act(id, Signal[action.name])
    except Invalid as error:
        raise Conflict(str(error)) from None
    caller.did(f"transfer.{SAID[action]}", f"transfer {id}", changed.path)
    return shown(desk, changed)
