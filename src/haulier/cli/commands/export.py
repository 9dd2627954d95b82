"""`haulier export`"""
from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..options import FlowName, InWorkspace
from ..session import Session

command = typer.Typer(add_completion=False, no_args_is_help=True)


@command.callback()
def export() -> None:
    """Write a flow as something that needs no Haulier."""


@command.command()
def bash(
    ctx: typer.Context,
    flow: FlowName,
    output: Annotated[Path | None, typer.Option(
        "--output", "-o", metavar="FILE", show_default=False,
        help="The file to write; by default it is printed.")] = None,
    embed: Annotated[bool, typer.Option(
        "--embed", help="Put the scripts of its tasks into it too, so that this file is all that is needed.")] = False,
    workspace: InWorkspace = None,
) -> None:
    """Write a flow as a script of bash: its tasks one after the other, with the same arguments, environment, tries
    and limits. What has no equivalent there is named, and nothing is written."""
    from ...app.exporting import exported
    from ..writing import written
    around = Session.of(ctx).ground(workspace).workspace
    written(exported(around, around.flows.flow(flow), embed=embed), output, runs=True)
