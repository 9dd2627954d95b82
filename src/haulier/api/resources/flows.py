"""Flows, as they are in the workspace's files."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from ...core.drawing.layout import laid_out
from ...core.drawing.svg import path
from ...core.params import as_json_schema
from ...model.graph import Graph, Node
from ...model.query import RunQuery
from ...model.run import Priority, Run, Wanted
from ...model.task import TaskRun
from ...settings.editing import flowtext
from ...settings.editing.hidden import looks_secret
from ...settings.flows.reading import Flow
from ...settings.flows.schedules_file import mistakes as of_schedules
from ...settings.problems import Problem
from ..caller import At, Caller, Operator, Viewer
from ..desk import Desk
from ..problem import Conflict, mistakes
from ..repertoire import Repertoire
from ..shapes import flow as shapes
from ..shapes import run as run_shapes
from ..shapes.given import Text
from ..shapes.moment import told, told_or_none
from ..shapes.task import seconds
from ..starts import schedules_of_flows
from ..wanting import alone, usual
from ..wanting import told as params_told
from . import runs, schedules

router = APIRouter(prefix="/flows", tags=["flows"])
NOWHERE = shapes.Layout(width=0, height=0, boxes=[], edges=[])


@router.get("", summary="List flows")
def list_flows(_: Viewer, desk: At) -> shapes.Flows:
    """By name, those that cannot run too; and the mistakes of all their files."""
    return shapes.Flows(items=Repertoire(desk).all(),
                        problems=mistakes(desk.as_now("problems of flows", lambda: _problems(desk))))


@router.get("/{name}", summary="One flow")
def get_flow(_: Viewer, desk: At, name: Text) -> shapes.FlowShown:
    """Its tasks, their picture, what a run can be told, and the file. Of one with mistakes only the file."""
    found = Repertoire(desk)
    shown, file = found.one(name), found.file(name)
    graph = None if shown.problems else desk.hub.live.workspace.flows.flow(name).graph
    return shapes.FlowShown(
        flow=shown, nodes=[_node(one) for one in graph.nodes] if graph else [],
        layout=_picture(desk, name) if graph else NOWHERE,
        params=_params(graph) if graph else {}, text=flowtext.text(desk.hub.live.workspace, file),
        language=_language(file))


@router.post("/{name}/run", summary="Run a flow now", status_code=202)
def run_flow(caller: Operator, desk: At, name: Text, body: shapes.FlowOrder | None = None) -> run_shapes.Run:
    """As soon as may be. 422 with all mistakes in its parameters; 409 if it runs, and its `overlap` is `skip`."""
    desk.hub.live.refresh()     # who has just saved a file means that one
    flow = desk.hub.live.workspace.flows.flow(name)
    run = begun(desk, caller, flow, body or shapes.FlowOrder())
    caller.did("flow.started", name, f"as run {run.id}")
    return runs.shown(desk, run)


@router.post("/{name}/backfill", summary="Run a flow for moments that have passed")
def backfill(caller: Operator, desk: At, name: Text, body: shapes.BackfillOrder) -> shapes.Backfill:
    """A run for each moment of its schedule from `from` to `to`, at most 1,000; with `dry_run` only the moments.

    They are told what those of the schedule are, where `params` says nothing else.
    """
    workspace = desk.hub.live.workspace
    flow = workspace.flows.flow(name)
    usually = {} if flow.form.schedule else workspace.entries.params(name)
    params = params_told(flow, {**usually, **body.params})
    slots = desk.hub.tools.slots(name, body.start, body.end)
    made = [] if body.dry_run else _filled(desk, caller, flow, slots, params)
    return shapes.Backfill(slots=[told(at) for at in slots], runs=[runs.shown(desk, run) for run in made])


@router.get("/{name}/grid", summary="The last runs of a flow, task by task")
def grid(_: Viewer, desk: At, name: Text, count: Annotated[int, Query(ge=1, le=100)] = 24) -> shapes.Grid:
    """Oldest first. Tasks that were done for each of a list count once."""
    loaded = desk.hub.live.workspace.flows
    found: Sequence[Run] = desk.hub.reader.runs(RunQuery(name, limit=count)).items[::-1]
    if name not in loaded.names():
        loaded.flow(name)       # that there is none
    rows = {run.id: [row for row in desk.hub.tasks.tasks(run.id) if not row.key.item] for run in found}
    flow = next((one for one in loaded.flows if one.name == name), None)
    ids = dict.fromkeys([*(node.id for node in (flow.graph.nodes if flow else ())),
                         *(row.key.task for run in reversed(found) for row in rows[run.id])])
    cells: dict[str, dict[str, shapes.GridCell]] = {id: {} for id in ids}
    for id, listed in rows.items():
        for row in listed:
            cells[row.key.task][str(id)] = _cell(row)
    return shapes.Grid(runs=[_column(run) for run in found], tasks=[*ids], cells=cells)


@router.get("/{name}/schedule", summary="When a flow starts next")
def schedule(_: Viewer, desk: At, name: Text, count: Annotated[int, Query(ge=1, le=100)] = 10) -> schedules.Times:
    """Also of one that is off: when it would. 409 if the flow has no schedule."""
    desk.hub.live.workspace.flows.flow(name)
    found = schedules_of_flows(desk).get(name)
    if found is None:
        raise Conflict(f"flow {name} has no schedule")
    return schedules.times(desk, found, count)


def begun(desk: Desk, caller: Caller, flow: Flow, order: shapes.FlowOrder) -> Run:
    """A new run of a flow; Problems with all mistakes in its parameters, Conflict if it may not begin now."""
    params = params_told(flow, order.params)
    wanted = Wanted(flow.name, usual(caller), priority=Priority[order.priority.name], by=caller.name, params=params)
    return alone(desk, flow, lambda: _wanted(desk, wanted))


def _filled(desk: Desk, caller: Caller, flow: Flow, slots: Sequence[int], params: str) -> list[Run]:
    made = [_wanted(desk, Wanted(flow.name, usual(caller), slot=at, by=caller.name, params=params)) for at in slots]
    if made:
        caller.did("flow.backfilled", flow.name, f"{len(made)} runs, from {told(slots[0])} to {told(slots[-1])}")
    return made


def _wanted(desk: Desk, wanted: Wanted) -> Run:
    run = desk.hub.engine.submit(wanted)
    assert run is not None      # without a key, each is its own
    return run


def _problems(desk: Desk) -> list[Problem]:
    workspace = desk.hub.live.workspace
    return [*workspace.flows.problems, *of_schedules(workspace.entries, workspace.flows)]


def _node(one: Node) -> shapes.Node:
    return shapes.Node(
        id=one.id, type=one.type, description=one.description, needs=[*one.needs], when=one.when,
        foreach=one.foreach is not None, phase=one.phase, allow_failure=one.allow_failure, tries=one.retry.tries,
        timeout=one.timeout)


def _picture(desk: Desk, name: str) -> shapes.Layout:
    """It takes a while where there are a thousand tasks."""
    return desk.as_now(f"picture of {name}", lambda: _layout(desk.hub.live.workspace.flows.flow(name).graph))


def _layout(graph: Graph) -> shapes.Layout:
    picture = laid_out(graph)
    boxes = [shapes.Box(id=one.id, x=one.x, y=one.y, w=one.w, h=one.h, layer=one.layer) for one in picture.boxes]
    edges = [shapes.Edge(start=one.start, end=one.end, path=path(one.points)) for one in picture.edges]
    return shapes.Layout(width=picture.width, height=picture.height, boxes=boxes, edges=edges)


def _params(graph: Graph) -> dict[str, Any]:
    """A default that may be a secret is not told; who leaves it out gets it all the same."""
    params = [replace(one, default=None, required=one.required and one.default is None) if looks_secret(one.name)
              else one for one in graph.params]
    return {**as_json_schema(params, graph.takes_any), "x-order": [param.name for param in params]}


def _language(file: str) -> Literal["json", "yaml"]:
    return "json" if file.endswith(".json") else "yaml"


def _column(run: Run) -> shapes.GridRun:
    return shapes.GridRun(
        id=run.id, state=run.state, created=told(run.created or run.started), started=told_or_none(run.started),
        finished=told_or_none(run.finished), seconds=seconds(run.started, run.finished), trigger=run.trigger,
        slot=told_or_none(run.slot))


def _cell(row: TaskRun) -> shapes.GridCell:
    return shapes.GridCell(state=row.state, tries=row.tries, seconds=seconds(row.since, row.finished))
