"""`haulier list`"""
from __future__ import annotations

import typer

from ..failures import DONE, NOT_BEGUN, tell_problems
from ..options import AsJson, InWorkspace
from ..session import Session
from ..words import plain

command = typer.Typer(add_completion=False)


@command.command()
def list_(ctx: typer.Context, workspace: InWorkspace = None, json: AsJson = False) -> None:
    """List the flows. Exit status 2 if one of them cannot run; why is told."""
    session = Session.of(ctx, json=json)
    ground = session.ground(workspace)
    around = ground.workspace
    wide = max((len(name) for name in around.flows.names()), default=0)
    flows = {flow.name: flow for flow in around.flows.flows}
    for name in around.flows.names():
        flow = flows.get(name)
        said = (flow.graph.description or flow.graph.title) if flow else "has mistakes, so it cannot run"
        facts = {"title": flow.graph.title, "description": flow.graph.description, "tasks": len(flow.graph.nodes)
                 } if flow else {}
        session.tell("flow", name=name, can_run=flow is not None, **facts)
        session.say(f"{name:<{wide}}  {plain(said)}".rstrip())
    if not around.flows.names():
        session.note(f"there are no flows in {around.path / around.folders.flows}")
    tell_problems(around.flows.problems, session)
    raise typer.Exit(NOT_BEGUN if around.flows.problems else DONE)
