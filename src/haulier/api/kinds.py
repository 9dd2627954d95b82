"""Whether a run is of a job or of a flow, and which runs are tasks that nobody can start by themselves."""
from __future__ import annotations

from collections.abc import Set

from ..model.errors import Invalid
from ..model.run import Run, Transfer
from ..model.transfer import STEPS, Signal
from .desk import Desk
from .problem import Conflict
from .shapes.run import Kind


def flow_names(desk: Desk) -> Set[str]:
    """Of all flows of the workspace, also of those that cannot run."""
    return desk.as_now("names of flows", lambda: frozenset(desk.hub.live.workspace.flows.names()))


def job_names(desk: Desk) -> Set[str]:
    """Of all jobs of the workspace, also of those that cannot run."""
    def found() -> Set[str]:
        loaded = desk.hub.live.workspace.loaded
        return frozenset((*(job.id for job in loaded.jobs), *(loaded.broken or ())))
    return desk.as_now("names of jobs", found)


def kind_of(desk: Desk, run: Run) -> Kind:
    """By the workspace; of what is not in it any more, by what its run was: that of a flow has no source."""
    if run.flow in flow_names(desk):
        return Kind.FLOW
    is_job = run.source or not run.started or run.parent or run.flow in job_names(desk)
    return Kind.JOB if is_job else Kind.FLOW


def owner(desk: Desk, run: Run) -> str:
    """The flow that this run is only a task of, as it is written in the flow itself; '' if it is none."""
    flow, mark, _ = run.flow.partition("/")
    return flow if run.parent and mark and run.flow not in job_names(desk) else ""


def refuse_tasks(desk: Desk, run: Run) -> None:
    """Invalid if the run cannot be started again by itself."""
    if flow := owner(desk, run):
        raise Invalid(f"run {run.id} is a task of the flow {flow}, and does not run by itself:"
                      f" run that again (run {run.parent})")


def refuse_file(desk: Desk, one: Transfer, signal: Signal) -> None:
    """Nobody could go on with that file: Invalid if its run does not run by itself, Conflict if its job is gone."""
    run = desk.origins.of(one.run)
    if run is None or signal is Signal.CANCEL or (one.state, signal) not in STEPS:
        return
    refuse_tasks(desk, run)
    if run.flow not in job_names(desk) | flow_names(desk):
        raise Conflict(f"{one.path}: nothing can go on with it, as there is no job {run.flow} any more")
