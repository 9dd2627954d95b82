"""`haulier approve`"""
from __future__ import annotations

import getpass
import time
from typing import Annotated

import typer

from ..options import AsJson, InWorkspace
from ..session import Session

command = typer.Typer(add_completion=False)


@command.command()
def approve(
    ctx: typer.Context,
    run: Annotated[int, typer.Argument(metavar="RUN", help="The number of the run.", show_default=False)],
    task: Annotated[str, typer.Argument(metavar="TASK", help="The task that asks.", show_default=False)],
    reject: Annotated[bool, typer.Option("--reject", help="Say no.")] = False,
    text: Annotated[str, typer.Option("--text", metavar="TEXT", help="Why; it is kept with the run.")] = "",
    workspace: InWorkspace = None, json: AsJson = False,
) -> None:
    """Answer a task that asks a person. Its run goes on at once where it is carried."""
    session = Session.of(ctx, json=json)
    from ...app.keys import key_of
    from ...model.task import Decision
    with session.ground(workspace).opened() as (books, _):
        row = books.tasks.decide(run, key_of(task), Decision(not reject, getpass.getuser(), time.time_ns(), text))
    said = "rejected" if reject else "approved"
    session.tell("decision", run=run, task=str(row.key), approved=not reject)
    session.say(f"run {run}, {row.key}: {said}")
