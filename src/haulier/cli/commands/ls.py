"""`haulier ls`"""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Annotated

import typer

from ...model.files import Entry
from .. import completing
from ..failures import DONE, SOME_FAILED
from ..options import AsJson, InWorkspace
from ..session import Session, complain
from ..words import moment, plain, stamp

command = typer.Typer(add_completion=False)
SORTED = 10_000
"""So many files are sorted by name; more are listed as they come, so that memory stays flat."""


@command.command("ls")
def list_files(
    ctx: typer.Context,
    place: Annotated[str, typer.Argument(
        metavar="PLACE", autocompletion=completing.places, show_default=False,
        help="A path, a URL, or connection:path; by default the current folder.")] = ".",
    recursive: Annotated[bool, typer.Option("--recursive", "-r", help="Also folders below it.")] = False,
    workspace: InWorkspace = None,
    json: AsJson = False,
) -> None:
    """List the files of a place: size in bytes, time, name. Needs no workspace."""
    session = Session.of(ctx, json=json)
    around = session.workspace_if_any(workspace)
    from pathlib import Path

    from ... import app
    status = DONE
    with app.opened(around, place, Path.cwd()) as (store, entry):
        entries = [entry] if entry else store.scan(deep=recursive)
        for one in _in_order(entries):
            _show(session, one)
            if one.fault:
                status = SOME_FAILED
    raise typer.Exit(status)


def _in_order(entries: Iterable[Entry]) -> Iterator[Entry]:
    rest = iter(entries)
    first = list(islice(rest, SORTED))
    if len(first) < SORTED:
        first.sort()
    return chain(first, rest)


def _show(session: Session, entry: Entry) -> None:
    if session.is_json:
        session.tell("entry", path=entry.path, bytes=entry.size, modified=stamp(entry.modified),
                     tag=entry.tag, mode=entry.mode, error=str(entry.fault) if entry.fault else None)
    elif entry.fault:
        complain(f"haulier: {plain(str(entry.fault))}")
    else:
        session.say(f"{entry.size:>14}  {moment(entry.modified):<19}  {plain(entry.path)}")
