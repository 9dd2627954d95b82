"""Jobs, as they are in the workspace's files."""
from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from ...model.run import Priority, Run, Trigger, Wanted
from ...settings.editing import jobs as files
from ...settings.flows import import_jobs
from ...settings.flows.reading import Flow
from ..caller import Admin, At, Caller, Operator, Viewer, Way
from ..catalogue import Catalogue
from ..desk import Desk
from ..editor import changing, draft_of
from ..far import asked
from ..problem import Conflict, mistakes
from ..shapes import job as shapes
from ..shapes import run as run_shapes
from ..shapes.flow import FlowOrder
from ..shapes.given import Text
from ..shapes.moment import told_or_none
from ..starts import schedule_of, schedules_of_flows
from ..wanting import end_all
from . import flows, runs, schedules

router = APIRouter(prefix="/jobs", tags=["jobs"])


@router.get("", summary="List jobs")
def list_jobs(_: Viewer, desk: At) -> shapes.Jobs:
    """By name, those that cannot run too; and the mistakes of all files of the workspace."""
    problems = desk.hub.live.workspace.loaded.problems
    return shapes.Jobs(items=Catalogue(desk).all(), problems=mistakes(problems))


@router.post("", summary="Add a job", status_code=201)
def add_job(caller: Admin, desk: At, body: shapes.Draft) -> shapes.EditedJob:
    """After all others, in the jobs file. 422 with all its mistakes."""
    with changing(desk, lambda one: _shown(desk, one)):
        made = files.add(desk.hub.live.workspace, **draft_of(body))
    caller.did("job.added", made.id, made.file)
    return _shown(desk, made)


@router.post("/check", summary="Look at a job that is not saved")
def check_job(_: Admin, desk: At, body: shapes.JobCheck) -> shapes.Checked:
    """As a form and as YAML, with its mistakes."""
    found = files.check(desk.hub.live.workspace, **draft_of(body), id=body.id)
    return shapes.Checked(form=found.form, yaml=found.yaml, problems=mistakes(found.problems))


@router.get("/{id}", summary="One job, as it is written")
def get_job(_: Viewer, desk: At, id: Text) -> shapes.EditedJob:
    """As a form and as YAML, secrets as dots."""
    return _shown(desk, files.shown(desk.hub.live.workspace, id))


@router.put("/{id}", summary="Change a job")
def change_job(caller: Admin, desk: At, id: Text, body: shapes.Change) -> shapes.EditedJob:
    """409 if its file has changed since; `current` is the job as it is now. Under another name it is another job."""
    with changing(desk, lambda one: _shown(desk, one)):
        made = files.replace(desk.hub.live.workspace, id, version=body.version, **draft_of(body))
    caller.did("job.changed", id, made.file if made.id == id else f"{made.file}, now {made.id}")
    if made.id != id:
        end_all(desk, id)
    return _shown(desk, made)


@router.delete("/{id}", summary="Remove a job", status_code=204)
def remove_job(caller: Admin, desk: At, id: Text, version: Text) -> None:
    """From its file; what it did stays known, and what of it is under way is cancelled. 409 as for a change."""
    with changing(desk, lambda one: _shown(desk, one)):
        files.remove(desk.hub.live.workspace, id, version)
    caller.did("job.removed", id)
    end_all(desk, id)


@router.post("/{id}/enabled", summary="Switch a job's schedule on or off")
def switch_job(caller: Admin, desk: At, id: Text, body: shapes.Switch) -> shapes.Job:
    """It can be run by hand all the same."""
    with changing(desk, lambda one: _shown(desk, one)):
        files.set_enabled(desk.hub.live.workspace, id, body.enabled)
    caller.did(f"job.switched_{'on' if body.enabled else 'off'}", id)
    return Catalogue(desk).one(id)


@router.post("/{id}/run", summary="Run a job now", status_code=202)
def run_job(caller: Operator, desk: At, id: Text, body: run_shapes.RunOrder | None = None) -> run_shapes.Run:
    """As soon as may be; after the run that is under way, if there is one."""
    desk.hub.live.refresh()     # who has just saved a file means that one
    order = body or run_shapes.RunOrder()
    run = (flows.begun(desk, caller, flow, FlowOrder(priority=order.priority)) if (flow := _import(desk, id))
           else _begun(desk, caller, id, Priority[order.priority.name]))
    caller.did("job.started", id, f"as run {run.id}")
    return runs.shown(desk, run)


@router.get("/{id}/plan", summary="What a run would do now")
async def plan(_: Viewer, desk: At, id: Text, limit: Annotated[int, Query(ge=1, le=5000)] = 200) -> shapes.Plan:
    """Changes nothing. It asks the places, and may take a while. 424 if one of them does not answer. Of a job that
    takes files in, /imports/check tells it.
    """
    if _import(desk, id):
        raise Conflict(f"job {id} takes files in: what it would do with them is told by /imports/check?flow={id}")
    found = await asked(desk, lambda: desk.hub.tools.plan(desk.hub.live.workspace.loaded.job(id), limit))
    items = [shapes.Decision(
        path=one.entry.path, size=one.entry.size, modified=told_or_none(one.entry.modified), verdict=one.verdict,
        reason=one.reason, target=target) for one, target in found.decisions]
    return shapes.Plan(items=items, counts=found.counts, bytes=found.bytes, is_whole=found.is_whole)


@router.get("/{id}/schedule", summary="When a job starts next")
def schedule(_: Viewer, desk: At, id: Text, count: Annotated[int, Query(ge=1, le=100)] = 10) -> schedules.Times:
    """Also of one that is off: when it would. 409 if the job has no schedule."""
    one = schedules_of_flows(desk).get(id) if _import(desk, id) else schedule_of(
        desk, desk.hub.live.workspace.loaded.job(id))
    if one is None:
        raise Conflict(f"job {id} has no schedule")
    return schedules.times(desk, one, count)


def _begun(desk: Desk, caller: Caller, id: str, priority: Priority) -> Run:
    desk.hub.live.workspace.loaded.job(id)
    trigger = Trigger.API if caller.way is Way.TOKEN else Trigger.HAND
    run = desk.hub.engine.submit(Wanted(id, trigger, priority=priority, by=caller.name))
    assert run is not None      # without a key, each is its own
    return run


def _import(desk: Desk, id: str) -> Flow | None:
    """The flow that a job is which takes files in; Problems if it has mistakes."""
    workspace = desk.hub.live.workspace
    return workspace.flows.flow(id) if id in import_jobs.names(workspace.flows, workspace.job_files()) else None


def _shown(desk: Desk, one: files.EditedJob) -> shapes.EditedJob:
    return shapes.EditedJob(form=dict(one.form), yaml=one.yaml, version=one.version,
                            job=Catalogue(desk).one(one.id))
