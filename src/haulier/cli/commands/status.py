"""`haulier status`"""
from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from ..failures import DONE, SOME_FAILED
from ..options import AsJson
from ..session import Session
from ..words import moment, plain, stamp

command = typer.Typer(add_completion=False)


@command.command()
def status(
    ctx: typer.Context,
    folder: Annotated[str, typer.Argument(metavar="DIR", help="The workspace.", show_default=False)] = ".",
    json: AsJson = False,
) -> None:
    """Tell whether the hub of a workspace is running, and what is under way. Exit status 1 if it is not running."""
    session = Session.of(ctx, json=json)
    around = session.workspace(folder)
    from ...app.lock import holder
    from ...ledger import books
    found = holder(around.path)
    session.tell("hub", pid=found.pid if found else None, address=found.address if found else None,
                 since=stamp(found.since) if found else None)
    session.say(f"hub: {found.address}, process {found.pid}, since {moment(found.since)}" if found
                else "hub: not running; start it with: haulier start")
    with closing(books(around.ledger_url())) as opened:
        for run in opened.agenda.open():
            session.tell("run", id=run.id, flow=run.flow, state=run.state, trigger=run.trigger,
                         created=stamp(run.created), started=stamp(run.started or None), wakes=stamp(run.wakes))
            until = f", goes on at {moment(run.wakes)}" if run.wakes else ", until somebody decides"
            session.say(f"run {run.id} of {plain(run.flow)}: {run.state}{until if run.state == 'waiting' else ''}")
    raise typer.Exit(DONE if found else SOME_FAILED)
