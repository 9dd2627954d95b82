"""`haulier connections`"""
from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from .. import completing
from ..options import AsJson, InWorkspace
from ..session import Session
from ..words import count, plain, span, table

if TYPE_CHECKING:
    from ...settings.places import Place
    from ...settings.spec import Env

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
    named = place in at.connections.names()
    found = place_of(f"{place}:" if named else place, at.connections, at.secrets, Path.cwd())
    spec = found.spec
    started = time.monotonic()
    seen = app.test_connection(spec, at.env())
    took = time.monotonic() - started
    missing = not seen and _is_missing(found, at.env())
    session.tell("connection", name=place if named else None, place=spec.location(), files=seen,
                 more=seen >= 1000, folder=not missing, seconds=round(took, 3))
    more = "at least " if seen >= 1000 else ""
    session.say(f"{plain(spec.location())}: works, {more}{count(seen, 'file')} at the top, {span(took)}")
    if missing:
        session.say("but there is no such folder yet; the first file that is sent there makes it")


def _is_missing(place: Place, env: Env) -> bool:
    """Whether the folder is not there; object stores have no folders that could be missing."""
    from ...model.errors import Invalid, IsFolder, NotFound
    from ...model.files import Cap
    try:
        spec, name = place.parent()
        with spec.build(env) as above:
            if Cap.ATOMIC not in above.caps:
                above.stat(name)
    except (Invalid, IsFolder):
        return False
    except NotFound:
        return True
    return False
