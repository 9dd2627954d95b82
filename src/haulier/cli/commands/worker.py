"""`haulier worker`"""
from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..options import AsJson
from ..session import Session
from ..stopping import until_asked

command = typer.Typer(add_completion=False)


@command.command()
def worker(
    ctx: typer.Context,
    folder: Annotated[str, typer.Argument(metavar="DIR", help="A copy of the hub's workspace.",
                                          show_default=False)] = ".",
    json: AsJson = False,
) -> None:
    """Carry runs beside a hub that is elsewhere, with the same ledger in PostgreSQL. Ctrl-C stops it."""
    session = Session.of(ctx, json=json)
    around = session.workspace(folder)

    def greet(name: str) -> None:
        session.tell("worker", name=name)
        session.say(f"worker {name} is ready")
        session.flush()

    with until_asked() as is_over:
        from ...app.serving import work
        work(Path(around.path), greet, is_over)
