"""`haulier graph`"""
from __future__ import annotations

import shutil
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ..options import FlowName, InWorkspace
from ..session import Session

command = typer.Typer(add_completion=False)


class Form(StrEnum):
    TEXT = "text"
    SVG = "svg"
    MERMAID = "mermaid"


@command.command()
def graph(
    ctx: typer.Context,
    flow: FlowName,
    form: Annotated[Form, typer.Option("--format", help="For the terminal, as a picture, or for pages.")] = Form.TEXT,
    output: Annotated[Path | None, typer.Option(
        "--output", "-o", metavar="FILE", show_default=False,
        help="Where to write it; by default it is printed.")] = None,
    workspace: InWorkspace = None,
) -> None:
    """Draw the tasks of a flow, and what needs what."""
    from ..writing import written
    drawn = Session.of(ctx).ground(workspace).workspace.flows.flow(flow).graph
    if form is Form.SVG:
        from ...core.drawing.svg import svg
        text = svg(drawn)
    elif form is Form.MERMAID:
        from ...core.drawing.mermaid import mermaid
        text = mermaid(drawn)
    else:
        from ...core.drawing import terminal
        text = terminal.text(terminal.drawn(drawn, width=shutil.get_terminal_size().columns))
    written(text, output)
