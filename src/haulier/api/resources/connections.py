"""Named places."""
from __future__ import annotations

from fastapi import APIRouter

from ...model.errors import HaulierError, Invalid
from ...settings.editing import connections as files
from ...settings.editing import trial
from ...settings.editing.uses import Use, uses
from ...settings.problems import Problem, Problems
from ...settings.spec import StoreSpec
from ..caller import Admin, At, Viewer
from ..desk import Desk
from ..editor import changing, draft_of
from ..far import asked
from ..problem import Conflict, mistakes
from ..shapes import connection as shapes
from ..shapes.given import Text
from ..shapes.job import Checked, Draft
from ..shapes.moment import told_or_none

router = APIRouter(prefix="/connections", tags=["connections"])


@router.get("", summary="List connections")
def list_connections(_: Viewer, desk: At) -> shapes.Connections:
    """By name."""
    return shapes.Connections(items=[_of(desk, name) for name in desk.hub.live.workspace.connections.names()])


@router.post("", summary="Add a connection", status_code=201)
def add_connection(caller: Admin, desk: At, body: shapes.NewConnection) -> shapes.EditedConnection:
    """In haulier.yaml. Secrets that are typed in are sealed. 422 with all its mistakes."""
    with changing(desk, lambda one: _shown(desk, one)):
        made = files.add(desk.hub.live.workspace, body.name, **draft_of(body))
    caller.did("connection.added", made.name, made.file)
    return _shown(desk, made)


@router.post("/check", summary="Look at a connection that is not saved")
def check_connection(_: Admin, desk: At, body: shapes.ConnectionCheck) -> Checked:
    """As a form and as YAML, with its mistakes."""
    found = files.check(desk.hub.live.workspace, **draft_of(body), name=body.name)
    return Checked(form=found.form, yaml=found.yaml, problems=mistakes(found.problems))


@router.post("/test", summary="Log in at a place")
async def test(caller: Admin, desk: At, body: shapes.FolderGiven) -> shapes.Tested:
    """And look at its folder, or at the one that a job would use there; changes nothing. That it does not work is an
    answer too.
    """
    spec = store_of(desk, body)
    if body.form is None and body.name and body.path:
        spec = desk.hub.live.workspace.connections.at(body.name, body.path)
    found = await asked(desk, lambda: desk.hub.tools.test(spec))
    return shapes.Tested(**found._asdict())


@router.post("/browse", summary="What is in a folder of a place")
async def browse(_: Admin, desk: At, body: shapes.FolderGiven) -> shapes.Folder:
    """404 if there is no such folder, 424 if the place does not answer."""
    spec = store_of(desk, body)
    found = await asked(desk, lambda: desk.hub.tools.browse(spec, body.path.strip("/")), may_be_missing=True)
    return shapes.Folder(folders=[*found.folders], is_whole=found.is_whole, files=[
        shapes.FileShown(path=one.path, size=one.size, modified=told_or_none(one.modified)) for one in found.files])


@router.get("/{name}", summary="One connection, as it is written")
def get_connection(_: Viewer, desk: At, name: Text) -> shapes.EditedConnection:
    """As a form and as YAML, secrets as dots."""
    return _shown(desk, files.shown(desk.hub.live.workspace, name))


@router.put("/{name}", summary="Change a connection")
def change_connection(caller: Admin, desk: At, name: Text, body: shapes.ConnectionChange) -> shapes.EditedConnection:
    """409 if its file has changed since; `current` is the connection as it is now."""
    workspace, to = desk.hub.live.workspace, body.name or name
    if to != name and (used := files.used_by(workspace, name)):
        raise Conflict(f'connection "{name}" is used by {", ".join(used)}, and cannot get another name')
    with changing(desk, lambda one: _shown(desk, one)):
        made = files.replace(workspace, name, version=body.version, to=to, **draft_of(body))
    caller.did("connection.changed", name, made.file if to == name else f"{made.file}, now {to}")
    return _shown(desk, made)


@router.delete("/{name}", summary="Remove a connection", status_code=204)
def remove_connection(caller: Admin, desk: At, name: Text, version: Text) -> None:
    """409 as for a change, and while jobs or flows use it."""
    used = files.used_by(desk.hub.live.workspace, name)
    if used:
        raise Conflict(f'connection "{name}" is used by {", ".join(used)}')
    with changing(desk, lambda one: _shown(desk, one)):
        files.remove(desk.hub.live.workspace, name, version)
    caller.did("connection.removed", name)


def users_of(desk: Desk, name: str) -> tuple[Use, ...]:
    """What uses a connection."""
    return desk.as_now("uses of connections", lambda: uses(desk.hub.live.workspace)).get(name, ())


def _of(desk: Desk, name: str) -> shapes.Connection:
    workspace = desk.hub.live.workspace
    kind, place, problems = "", "", []
    try:
        spec = workspace.connections.at(name)
        kind, place = str(getattr(spec, "type", "")), spec.location()
    except Problems as error:
        problems = mistakes(error.problems)
    except HaulierError as error:
        problems = mistakes([Problem("", 0, "", str(error))])
    used = dict.fromkeys(use.user for use in users_of(desk, name))
    return shapes.Connection(name=name, type=kind, location=place, used_by=[*used], problems=problems)


def _shown(desk: Desk, one: files.EditedConnection) -> shapes.EditedConnection:
    found = _of(desk, one.name).model_copy(update={"used_by": [*one.used_by]})
    return shapes.EditedConnection(connection=found, form=dict(one.form), yaml=one.yaml, version=one.version)


def store_of(desk: Desk, body: shapes.PlaceGiven) -> StoreSpec:
    """The store that is meant; Problems if the draft has mistakes."""
    workspace = desk.hub.live.workspace
    if body.form is not None:
        return trial.store(workspace, name=body.name, **draft_of(Draft(form=body.form)))
    if body.name is None:
        raise Invalid("name a connection, or send the form of one")
    return workspace.connections.at(body.name)
