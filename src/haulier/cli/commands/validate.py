"""`haulier validate`"""
from __future__ import annotations

from typing import Annotated

import typer

from ...model.words import count
from ..failures import NOT_BEGUN
from ..options import AsJson
from ..session import Session
from ..words import plain

command = typer.Typer(add_completion=False)


@command.command()
def validate(
    ctx: typer.Context,
    folder: Annotated[str | None, typer.Argument(
        metavar="DIR", envvar="HAULIER_WORKSPACE", show_default=False,
        help="The workspace; by default the one around the current folder.")] = None,
    json: AsJson = False,
) -> None:
    """Check every file of a workspace, and show all mistakes at once. Connects to nothing."""
    session = Session.of(ctx, json=json)
    from ...settings.flows.schedules_file import mistakes
    around = session.workspace(folder)
    loaded, flows = around.loaded, around.flows
    problems = [*loaded.problems, *flows.problems, *mistakes(around.entries, flows)]
    for problem in problems:
        session.tell("problem", **problem._asdict())
        session.say(plain(str(problem)))
    session.tell("summary", jobs=len(loaded.jobs), broken=len(loaded.broken or {}), flows=len(flows.flows),
                 broken_flows=len(flows.broken), problems=len(problems))
    can_run = count(len(loaded.jobs), "job") + (f", {count(len(flows.flows), 'flow')}" if flows.names() else "")
    if problems:
        session.say(f"{count(len(problems), 'problem')}; {can_run} can run")
        raise typer.Exit(NOT_BEGUN)
    session.say(f"no problems; {can_run}")
