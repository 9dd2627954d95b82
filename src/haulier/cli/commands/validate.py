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
    loaded = session.workspace(folder).loaded
    for problem in loaded.problems:
        session.tell("problem", **problem._asdict())
        session.say(plain(str(problem)))
    jobs, broken = len(loaded.jobs), len(loaded.broken or {})
    session.tell("summary", jobs=jobs, broken=broken, problems=len(loaded.problems))
    if loaded.problems:
        session.say(f"{count(len(loaded.problems), 'problem')}; {count(jobs, 'job')} can run")
        raise typer.Exit(NOT_BEGUN)
    session.say(f"no problems; {count(jobs, 'job')}")
