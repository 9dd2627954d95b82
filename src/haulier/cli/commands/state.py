"""`haulier state`"""
from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from ...model.words import count
from ..options import AsJson, InWorkspace
from ..session import Session
from ..words import plain, size

command = typer.Typer(add_completion=False, no_args_is_help=True)


@command.callback()
def state() -> None:
    """Back up what a workspace knows, and restore it."""


@command.command()
def backup(
    ctx: typer.Context,
    file: Annotated[Path | None, typer.Argument(
        metavar="FILE", show_default=False, help="The file to make, or a folder for it; by default backups/.")] = None,
    secrets: Annotated[bool, typer.Option(
        "--secrets", help="Also .env and files that `file:` names. Whoever has the backup has them.")] = False,
    workspace: InWorkspace = None,
    json: AsJson = False,
) -> None:
    """Write the ledger, the settings, jobs, flows and tasks into one file; the hub may go on working meanwhile."""
    session = Session.of(ctx, json=json)
    around = session.workspace(workspace)
    from ...app.backup import make
    usual = time.strftime("haulier-%Y%m%dT%H%M%SZ.tar.gz", time.gmtime())
    if file is None:
        file = around.path / "backups" / usual
    elif file.is_dir():
        file /= usual
    made = make(around, file, secrets=secrets)
    space = file.stat().st_size
    session.tell("backup", file=str(file), bytes=space, members=len(made.members), secrets=made.has_secrets)
    session.say(f"{plain(str(file))}: {count(len(made.members), 'file')}, {size(space)}")
    session.note("With its secrets: keep it as you keep them." if secrets else
                 "Without .env: keep HAULIER_KEY and passwords elsewhere, or say --secrets.")


@command.command()
def check(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.", show_default=False)],
    json: AsJson = False,
) -> None:
    """Read a backup to its end, and compare all that is in it with its digests."""
    session = Session.of(ctx, json=json)
    from ...app import backup
    found = backup.check(file)
    session.tell("backup", file=str(file), made=found.made, haulier=found.haulier, tables=found.tables,
                 database=found.database, members=len(found.members), secrets=found.has_secrets)
    session.say(f"{plain(str(file))}: whole; made {found.made} by haulier {found.haulier}, {found.database},"
                f" {count(len(found.members), 'file')}, {'with' if found.has_secrets else 'without'} secrets")


@command.command()
def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.", show_default=False)],
    to: Annotated[Path, typer.Option("--to", metavar="DIR", show_default=False,
                                     help="What is to be the workspace; by default the current folder.")] = Path(),
    replace: Annotated[bool, typer.Option(
        "--replace", help="Although something is there; that is kept aside, under replaced-…")] = False,
    json: AsJson = False,
) -> None:
    """Make a folder what it was when a backup was made. No hub may be running in it.

    What was delivered since is not known then: it is sent once more, over the same bytes.
    """
    session = Session.of(ctx, json=json)
    from ...app import backup
    done = backup.restore(file, to.absolute(), replace=replace)
    session.tell("restored", folder=str(to.absolute()), made=done.manifest.made, aside=done.aside if replace else None)
    session.say(f"{plain(str(to.absolute()))}: as it was at {done.manifest.made}")
    if not done.manifest.has_secrets:
        session.note("The backup has no .env: put HAULIER_KEY and the passwords back, if they are not there.")


@command.command()
def prune(
    ctx: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Only say what would be forgotten.")] = False,
    workspace: InWorkspace = None,
    json: AsJson = False,
) -> None:
    """Forget history that is older than `history` in haulier.yaml says, as a hub does by itself once an hour."""
    session = Session.of(ctx, json=json)
    around = session.workspace(workspace)
    from contextlib import closing

    from ...ledger import books
    from ...model.history import Pruned
    keep, now = around.settings.history.keep(), time.time_ns()
    with closing(books(around.ledger_url())) as opened:
        done = opened.agenda.prunable(keep, now) if dry_run else Pruned(
            *map(sum, zip(Pruned(), *opened.agenda.prune(keep, now), strict=True)))
    session.tell("pruned", dry_run=dry_run, **done._asdict())
    session.say(f"{'would be forgotten' if dry_run else 'forgotten'}: {count(done.runs, 'run')},"
                f" {count(done.files, 'file')}, {count(done.events, 'event')}")
