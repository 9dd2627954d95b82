"""`haulier connections`"""
from __future__ import annotations

import re
import time
from typing import Annotated

import typer

from ...model.words import count
from .. import completing
from ..options import AsJson, InWorkspace
from ..session import Session
from ..words import plain, span, table

command = typer.Typer(add_completion=False, no_args_is_help=True)


@command.callback()
def connections() -> None:
    """List the named places of a workspace, or test one."""


@command.command("list")
def list_all(ctx: typer.Context, workspace: InWorkspace = None, json: AsJson = False) -> None:
    """List the connections of the workspace."""
    session = Session.of(ctx, json=json)
    from ...model.errors import Invalid
    found = session.workspace(workspace).connections
    rows = []
    for name in found.names():
        try:
            place, error = found.at(name).location(), ""
        except Invalid as trouble:
            place, error = "", str(trouble)
        session.tell("connection", name=name, place=place or None, error=error or None)
        rows.append([plain(name), plain(place or error)])
    if not rows:
        session.say("this workspace has no connections")
    for line in table(rows) if rows else ():
        session.say(line)


@command.command()
def test(
    ctx: typer.Context,
    place: Annotated[str, typer.Argument(metavar="NAME|PLACE", autocompletion=completing.connections,
                                         show_default=False, help="A connection, a URL, or a path.")],
    workspace: InWorkspace = None,
    json: AsJson = False,
) -> None:
    """Log in and look at the folder. Changes nothing."""
    session = Session.of(ctx, json=json)
    around = session.workspace_if_any(workspace)
    from pathlib import Path

    from ... import app
    from ...settings.places import place as place_of
    from ...settings.workspace import Workspace
    at = around or Workspace(Path.cwd())
    is_word = not re.search("[/:~.]", place)   # a name with a typing error is not to pass for a new folder
    named = place in at.connections.names() or (is_word and not Path(place).exists())
    spec = (at.connections.at(place) if named else
            place_of(place, at.connections, at.secrets, Path.cwd()).spec)
    started = time.monotonic()
    seen, is_there = app.test_connection(spec, at.env())
    took = time.monotonic() - started
    session.tell("connection", name=place if named else None, place=spec.location(), files=seen,
                 more=seen >= 1000, folder=is_there, seconds=round(took, 3))
    more = "at least " if seen >= 1000 else ""
    session.say(f"{plain(spec.location())}: works, {more}{count(seen, 'file')} at the top, {span(took)}")
    if not is_there:
        session.say("but there is no such folder yet; the first file that is sent there makes it")
