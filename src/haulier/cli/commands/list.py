"""`haulier list`"""
from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from ..failures import DONE, NOT_BEGUN, tell_problems
from ..options import AsJson, InWorkspace
from ..session import Session
from ..words import plain

if TYPE_CHECKING:
    from ...settings.workspace import Workspace

command = typer.Typer(add_completion=False)


class Row(NamedTuple):
    """A flow or a job, in words for people and as facts for programs."""

    kind: str
    name: str
    said: str | None
    """None: it has mistakes."""
    facts: dict[str, Any]


@command.command()
def list_(ctx: typer.Context, workspace: InWorkspace = None, json: AsJson = False) -> None:
    """List the flows, and the jobs of a workspace. Exit status 2 if one of them cannot run; why is told."""
    session = Session.of(ctx, json=json)
    ground = session.ground(workspace)
    around = ground.workspace
    rows, problems = [*_flows(around)], [*around.flows.problems]
    if ground.ledger is None:       # only workspaces have jobs
        rows += _jobs(around)
        problems += around.loaded.problems
    wide = max((len(row.name) for row in rows), default=0)
    for row in rows:
        session.tell(row.kind, name=row.name, can_run=row.said is not None, **row.facts)
        said = "has mistakes, so it cannot run" if row.said is None else plain(row.said)
        session.say(f"{row.name:<{wide}}  {said}".rstrip())
    if not rows:
        session.note(f"there are no flows in {around.path / around.folders.flows}")
    tell_problems(problems, session)
    raise typer.Exit(NOT_BEGUN if problems else DONE)


def _flows(around: Workspace) -> Iterator[Row]:
    flows = {flow.name: flow.graph for flow in around.flows.flows}
    for name in around.flows.names():
        graph = flows.get(name)
        yield Row("flow", name, graph.description or graph.title, {
            "title": graph.title, "description": graph.description, "tasks": len(graph.nodes),
        }) if graph else Row("flow", name, None, {})


def _jobs(around: Workspace) -> Iterator[Row]:
    for job in around.loaded.jobs:
        about = job.form.description or ""
        yield Row("job", job.id, about or f"{job.source.location()} -> {job.target.location()}", {"description": about})
    for name in around.loaded.broken or ():
        yield Row("job", name, None, {})
