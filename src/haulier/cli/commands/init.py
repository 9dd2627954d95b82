"""`haulier init`"""
from __future__ import annotations

from typing import Annotated

import typer

from ..options import AsJson
from ..session import Session
from ..words import plain

command = typer.Typer(add_completion=False)


@command.command()
def init(
    ctx: typer.Context,
    folder: Annotated[str, typer.Argument(metavar="DIR", help="The folder, made if it is not there.",
                                          show_default=False)] = ".",
    json: AsJson = False,
) -> None:
    """Make a workspace: settings, jobs, secrets. What is already there stays as it is."""
    session = Session.of(ctx, json=json)
    from ...settings import scaffold
    made = scaffold.init(folder)
    for path in made:
        session.tell("made", path=str(path))
        session.say(f"made {plain(str(path))}")
    if not made:
        session.say("everything was there already")
    elif any(path.name == "jobs.yaml" for path in made):
        session.say("Next: write a job into configs/jobs.yaml, then: haulier validate")
