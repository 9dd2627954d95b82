"""`haulier ls`"""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Annotated, TypeVar

import typer

from ...model.files import Entry
from .. import completing
from ..failures import DONE, SOME_FAILED
from ..options import AsJson, InWorkspace
from ..session import Session, complain
from ..words import moment, plain, stamp

command = typer.Typer(add_completion=False)
T = TypeVar("T", str, Entry)
SORTED = 10_000
"""So many folders, or files, are sorted by name; more are listed as they come, so that memory stays flat."""


@command.command("ls")
def list_files(
    ctx: typer.Context,
    place: Annotated[str, typer.Argument(
        metavar="PLACE", autocompletion=completing.places, show_default=False,
        help="A path, a URL, or connection:path; by default the current folder.")] = ".",
    recursive: Annotated[bool, typer.Option(
        "--recursive", "-r", help="All files below it, and no folders.")] = False,
    workspace: InWorkspace = None,
    json: AsJson = False,
) -> None:
    """List a place: its folders, then its files with size in bytes, time and name. Needs no workspace."""
    session = Session.of(ctx, json=json)
    around = session.workspace_if_any(workspace)
    from pathlib import Path

    from ... import app
    status = DONE
    with app.opened(around, place, Path.cwd()) as (store, entry):
        if not entry and not recursive:
            for path in _in_order(store.folders()):
                _show_folder(session, path)
        for one in _in_order([entry] if entry else store.scan(deep=recursive)):
            _show(session, one)
            if one.fault:
                status = SOME_FAILED
    raise typer.Exit(status)


def _in_order(found: Iterable[T]) -> Iterator[T]:
    rest = iter(found)
    first = list(islice(rest, SORTED))
    if len(first) < SORTED:
        first.sort()
    return chain(first, rest)


def _show_folder(session: Session, path: str) -> None:
    session.tell("entry", kind="folder", path=path, bytes=None, modified=None, tag=None, mode=None, error=None)
    session.say(f"{'':>14}  {'':<19}  {plain(path)}/")


def _show(session: Session, entry: Entry) -> None:
    if session.is_json:
        session.tell("entry", kind="file", path=entry.path, bytes=entry.size, modified=stamp(entry.modified),
                     tag=entry.tag, mode=entry.mode, error=str(entry.fault) if entry.fault else None)
    elif entry.fault:
        complain(f"haulier: {plain(str(entry.fault))}")
    else:
        session.say(f"{entry.size:>14}  {moment(entry.modified):<19}  {plain(entry.path)}")
