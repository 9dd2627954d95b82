"""`haulier stop`"""
from __future__ import annotations

import os
import signal
import time
from typing import Annotated

import typer

from ..failures import DONE, SOME_FAILED
from ..options import AsJson
from ..session import Session, complain

command = typer.Typer(add_completion=False)
LOOK = 0.1


@command.command()
def stop(
    ctx: typer.Context,
    folder: Annotated[str, typer.Argument(metavar="DIR", help="The workspace.", show_default=False)] = ".",
    wait: Annotated[float, typer.Option("--wait", metavar="SECONDS", min=0,
                                        help="How long to wait until it has put down what it was doing.")] = 30,
    json: AsJson = False,
) -> None:
    """Stop the hub of a workspace. What is under way is put down, and gone on with at the next start."""
    session = Session.of(ctx, json=json)
    around = session.workspace(folder)
    from ...app.lock import holder
    found = holder(around.path)
    if found is None:
        session.tell("hub", pid=None, stopped=False)
        session.say("no hub is running here")
        raise typer.Exit(DONE)
    ask(found.pid)
    until = time.monotonic() + wait
    while (left := holder(around.path)) and left.pid == found.pid and time.monotonic() < until:
        time.sleep(LOOK)
    session.tell("hub", pid=found.pid, stopped=left is None)
    if left:
        complain(f"haulier: process {found.pid} has not ended after {wait:g} s")
        raise typer.Exit(SOME_FAILED)
    session.say(f"stopped (process {found.pid})")


def ask(pid: int) -> None:
    """Tell the process to end; fine if it has. Denied if it is another user's."""
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:      # it has ended by itself
        pass
    except PermissionError:
        from ...model.errors import Denied
        raise Denied(f"process {pid} is another user's; stop it as the user that the hub runs as") from None
