"""A run of a flow is run again: what was not done in it, or from some tasks on."""
from __future__ import annotations

from collections.abc import Sequence

from ..core.graph import downstream
from ..model.graph import Node
from ..model.run import OVER, Run, RunState, Trigger, Wanted
from ..settings.problems import Problem, Problems, nearest
from .caller import Caller
from .desk import Desk
from .kinds import kind_of, refuse_tasks
from .problem import Conflict
from .shapes.run import Kind, params
from .wanting import alone, told


def again(desk: Desk, caller: Caller, run: Run, start: Sequence[str]) -> Run:
    """The new run. Conflict if the earlier one is not over, or is done and no task is named."""
    refuse_tasks(desk, run)
    if kind_of(desk, run) is not Kind.FLOW:
        raise Conflict(f"run {run.id} is of the job {run.flow}, which has no tasks: try again what failed in it")
    flow = desk.hub.live.workspace.flows.flow(run.flow)
    _refuse_state(run, start)
    _refuse_unknown(flow.graph.nodes, start)
    told(flow, params(run.params))
    tasks = sorted(downstream(flow.graph.nodes, start)) if start else []
    wanted = Wanted(run.flow, Trigger.RETRY, by=caller.name)
    made = alone(desk, flow, lambda: desk.hub.tasks.follow(run, wanted, tasks))
    caller.did("run.again", f"run {run.id}", f"{run.flow}, as run {made.id}{_from(start)}")
    return made


def _from(start: Sequence[str]) -> str:
    return f", from {', '.join(start)}" if start else ""


def _refuse_state(run: Run, start: Sequence[str]) -> None:
    if run.state not in OVER:
        raise Conflict(f"run {run.id} is not over: it is {run.state}")
    if run.state is RunState.DONE and not start:
        raise Conflict(f"run {run.id} is done: name the tasks from which on it is to be done again")


def _refuse_unknown(nodes: Sequence[Node], start: Sequence[str]) -> None:
    known = [node.id for node in nodes]
    wrong = [Problem("", 0, f"from.{at}", f'no task is called "{id}"', nearest(id, known))
             for at, id in enumerate(start) if id not in known]
    if wrong:
        raise Problems(wrong)
