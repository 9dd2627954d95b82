"""`haulier start`"""
from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..options import AsJson
from ..session import Session, complain
from ..stopping import until_asked

command = typer.Typer(add_completion=False)


@command.command()
def start(
    ctx: typer.Context,
    folder: Annotated[str, typer.Argument(metavar="DIR", help="The workspace.", show_default=False)] = ".",
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Where to listen; 0.0.0.0 is everywhere.")
                    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", "-p", metavar="PORT", min=0, max=65535,
                                      help="0 is any that is free.")] = 7345,
    json: AsJson = False,
) -> None:
    """Be the hub of a workspace: run its jobs when they are due, and serve the dashboard. Ctrl-C stops it."""
    session = Session.of(ctx, json=json)
    around = session.workspace(folder)

    def greet(address: str, password: str | None) -> None:
        session.tell("hub", address=address, user="admin" if password else None, password=password)
        session.say(f"Haulier is at {address}")
        if password:
            session.say(f"Sign in as admin with the password {password} (it is not shown again).")
        session.flush()

    _warn(host, is_encrypted=around.settings.tls is not None)
    with until_asked() as is_over:
        from ...app.serving import Listening, serve
        serve(Path(around.path), Listening(host, port), greet, is_over)


def _warn(host: str, *, is_encrypted: bool) -> None:
    if not is_encrypted and host not in ("127.0.0.1", "::1", "localhost"):
        complain(f"haulier: listening at {host} without encryption: set `tls` in haulier.yaml, or put a proxy in front")
