"""`haulier alerts`"""
from __future__ import annotations

from typing import Annotated

import typer

from ..failures import SOME_FAILED
from ..options import AsJson, InWorkspace
from ..session import Session
from ..words import plain, span

command = typer.Typer(add_completion=False, no_args_is_help=True)


@command.callback()
def alerts() -> None:
    """Try the channels that tell when something fails."""


@command.command()
def test(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="NAME", show_default=False,
                                               help="A channel; by default each of them.")] = None,
    workspace: InWorkspace = None,
    json: AsJson = False,
) -> None:
    """Send a test message, now. Exit status 1 if one could not be sent."""
    session = Session.of(ctx, json=json)
    from ...app.telling import tested
    around = session.workspace(workspace)
    names = [name] if name else sorted({*around.alerts.specs, *around.alerts.broken})
    has_failed = False
    for one in names:
        error, took = tested(around, one)
        has_failed = has_failed or bool(error)
        session.tell("alert", name=one, ok=not error, error=error or None, seconds=round(took, 3))
        session.say(f"{plain(one)}: {plain(error) if error else f'sent, {span(took)}'}")
    if not names:
        session.say("this workspace has no channels; see `alerts` in haulier.yaml")
    if has_failed:
        raise typer.Exit(SOME_FAILED)
