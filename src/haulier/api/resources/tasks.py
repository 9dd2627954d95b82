"""Tasks of runs of flows."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Query

from ...model import task
from ...model.errors import NotFound
from ...model.graph import Node
from ...model.run import OVER, Run
from ...model.task import Key, TaskRun, TaskState
from ..again import again
from ..caller import At, Caller, Operator, Viewer
from ..desk import Desk
from ..past.output import part
from ..problem import Conflict, Forbidden
from ..shapes import run as run_shapes
from ..shapes import task as shapes
from ..shapes.given import Id, Text
from ..shapes.moment import MOST
from . import runs

router = APIRouter(prefix="/runs", tags=["tasks"])
AfterBytes = Annotated[int, Query(ge=-MOST, le=MOST)]
Bytes = Annotated[int, Query(ge=16, le=1 << 20)]


@router.get("/{id}/tasks", summary="The tasks of a run")
def list_tasks(_: Viewer, desk: At, id: Id) -> shapes.Tasks:
    """In the order of the flow, those whose turn has not come too, and below each those of its list. None of a job."""
    run = desk.hub.agenda.run(id)
    rows, children, nodes = desk.hub.tasks.tasks(id), desk.hub.tasks.children(id), _nodes(desk, run)
    items = {row.key: row.items for row in rows if row.items is not None}
    shown = [shapes.shown(row, label=shapes.label(items.get(Key(row.key.task)), row.key.item),
                          child=_child(run, row, children, nodes)) for row in _ordered(run, rows, nodes)]
    return shapes.Tasks(items=shown, params=run_shapes.params(run.params),
                        children=[runs.shown(desk, one) for one in children])


@router.get("/{id}/tasks/{key}/attempts", summary="The tries of a task")
def list_attempts(_: Viewer, desk: At, id: Id, key: Text) -> shapes.Attempts:
    """Oldest first; of one that was done in an earlier run, those there."""
    row = _row(desk, id, key)
    found = desk.hub.tasks.attempts(row.origin or id, row.key)
    return shapes.Attempts(items=[shapes.attempt(one) for one in found])


@router.get("/{id}/tasks/{key}/output", summary="What a task printed")
def output(_: Viewer, desk: At, id: Id, key: Text, attempt: Annotated[int | None, Query(ge=1, le=MOST)] = None,
           after: AfterBytes = 0, limit: Bytes = 65_536) -> shapes.Output:
    """Some of it, from a byte on: give back `next` as `after` for what follows. Negative: so far from the end.

    No character is cut in two. By default of the last try. 404 if it is on another machine: the end of it is in the
    attempt.
    """
    row = _row(desk, id, key)
    number = attempt or max(1, row.tries)
    tried = next((one for one in desk.hub.tasks.attempts(row.origin or id, row.key) if one.number == number), None)
    if tried is None:
        raise NotFound(f"run {id}, {row.key}: there was no try {number}")
    log = desk.hub.tools.log(row.origin or id, row.key, number)
    found = part(log, after, limit, is_over=tried.finished is not None)
    if found is None:
        raise NotFound(f"what try {number} of {row.key} of run {id} printed is not on this machine, or was removed;"
                       " the end of it is in the attempt")
    return found


@router.post("/{id}/tasks/{key}/decision", summary="Answer a task that asks")
def decide(caller: Operator, desk: At, id: Id, key: Text, body: shapes.DecisionGiven) -> shapes.Task:
    """By whom the task names; its run goes on at once. 409 if it does not ask, or somebody has answered already."""
    run, row = desk.hub.agenda.run(id), _row(desk, id, key)
    if not shapes.asks(row):
        said = row.decision
        why = f"{said.by} has answered already" if said else f"it is {row.state}"
        raise Conflict(f"{row.key} of run {id} does not ask a person now: {why}")
    _refuse_others(desk, caller, run, row.key)
    now = desk.hub.clock.now()
    made = desk.hub.tasks.decide(id, row.key, task.Decision(body.approved, caller.name, now, body.text))
    for name in ("questions", "overview"):
        desk.forget(name)
    caller.did(f"task.{'approved' if body.approved else 'refused'}", f"run {id}, {row.key}", body.text)
    return shapes.shown(made)


@router.post("/{id}/again", summary="Run a flow's run again", status_code=202)
def run_again(caller: Operator, desk: At, id: Id, body: shapes.AgainOrder | None = None) -> run_shapes.Run:
    """A new run that does what was not done in this one; or from some tasks on, whether they were done or not."""
    return runs.shown(desk, again(desk, caller, desk.hub.agenda.run(id), body.start if body else ()))


def _refuse_others(desk: Desk, caller: Caller, run: Run, key: Key) -> None:
    may = desk.hub.tools.deciders(run, key)
    if not caller.role.may(may.role):
        raise Forbidden(f"{caller.name} is {caller.role}, and {key} of {run.flow} asks for {may.role}")
    if may.users and caller.person not in may.users:
        raise Forbidden(f"{key} of {run.flow} asks {', '.join(may.users)}, and not {caller.person}")


def _row(desk: Desk, run: int, key: str) -> TaskRun:
    desk.hub.agenda.run(run)
    wanted = desk.hub.tools.key(key)
    found = next((row for row in desk.hub.tasks.tasks(run) if row.key == wanted), None)
    if found is None:
        raise NotFound(f"run {run} has no task {wanted}, or has not come to it")
    return found


def _nodes(desk: Desk, run: Run) -> dict[str, Node]:
    """Of its flow as it is now; none if that cannot run."""
    for flow in desk.hub.live.workspace.flows.flows:
        if flow.name == run.flow:
            return {node.id: node for node in flow.graph.nodes}
    return {}


def _ordered(run: Run, rows: Sequence[TaskRun], nodes: dict[str, Node]) -> Iterator[TaskRun]:
    places = {id: at for at, id in enumerate(nodes)}
    heard = {row.key.task for row in rows}
    more = [] if run.state in OVER else [TaskRun(run.id, Key(id)) for id in nodes if id not in heard]
    yield from sorted([*rows, *more], key=lambda row: (places.get(row.key.task, len(places)), row.key))


def _child(run: Run, row: TaskRun, children: Sequence[Run], nodes: dict[str, Node]) -> int:
    """The run that a task is that goes on: it is noted with the task when that ends."""
    node = nodes.get(row.key.task)
    if row.child or row.state is not TaskState.RUNNING or node is None:
        return 0
    name = node.settings.get({"transfer": "job", "flow": "flow"}.get(node.type, "")) or f"{run.flow}/{row.key}"
    going = [one.id for one in children if one.flow == name and one.state not in OVER]
    return going[0] if len(going) == 1 else 0
