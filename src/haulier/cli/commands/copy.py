"""`haulier copy`"""
from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from ...model.flow import Action, Check, Conflict, Settle
from .. import completing
from ..options import (
    AsJson,
    BandwidthLimit,
    DryRun,
    FailEmpty,
    InWorkspace,
    ListAll,
    MaxLanes,
    MaxRetries,
    Quiet,
)
from ..session import Session

if TYPE_CHECKING:
    from ...app import CopyOrder
    from ...settings.workspace import Workspace

command = typer.Typer(add_completion=False)

Patterns: TypeAlias = list[str] | None
Proof: TypeAlias = Annotated[Check, typer.Option(
    help="The proof of delivery: the file is there (exists), in full (size), with the same bytes (checksum),"
         " read again in full (readback) or here and there (sample).")]
SELECTING = "Which files"


@dataclass(frozen=True, slots=True)
class Manner:
    """How it is to be told."""

    dry_run: bool
    list_all: bool
    resume: bool
    fail_empty: bool
    quiet: bool


def _filter(help: str, *names: str, metavar: str | None = None) -> Any:
    """One of the options that select files."""
    return typer.Option(*names, help=help, metavar=metavar, show_default=False, rich_help_panel=SELECTING)


@command.command()
def copy(  # noqa: PLR0913 - options
    ctx: typer.Context,
    source: Annotated[str, typer.Argument(metavar="SRC", autocompletion=completing.places, show_default=False,
                                          help="A file or folder: a path, a URL, or connection:path.")],
    target: Annotated[str, typer.Argument(metavar="DST", autocompletion=completing.places, show_default=False,
                                          help="Where to; a folder if it ends with / or is one.")],
    dry_run: DryRun = False,
    list_all: ListAll = False,
    check: Proof = Check.SIZE,
    step: Annotated[Patterns, typer.Option(
        metavar="STEP", autocompletion=completing.steps, show_default=False,
        help="Do this to each file on its way: name or name:argument, see haulier specs; may be given again.")] = None,
    resume: Annotated[bool, typer.Option(
        help="Go on where an earlier, interrupted copy stopped; or else begin anew.")] = True,
    conflict: Annotated[Conflict, typer.Option(
        help="What to do when the target has another file of that name.")] = Conflict.OVERWRITE,
    delete_source: Annotated[bool, typer.Option(
        "--delete-source", help="Delete each source file once it has arrived.")] = False,
    include: Annotated[Patterns, _filter(
        "Only files that match: a glob, or re: and an expression; may be given again.",
        metavar="PATTERN")] = None,
    exclude: Annotated[Patterns, _filter("No files that match; wins over --include.",
                                         metavar="PATTERN")] = None,
    min_size: Annotated[str | None, _filter("Not smaller than 10kB, 1MiB …", metavar="SIZE")] = None,
    max_size: Annotated[str | None, _filter("Not larger than 10kB, 1MiB …", metavar="SIZE")] = None,
    min_age: Annotated[str | None, _filter("Not modified for so long: 90s, 2h, 7d.", metavar="AGE")] = None,
    max_age: Annotated[str | None, _filter("Modified since then: 90s, 2h, 7d.", metavar="AGE")] = None,
    recursive: Annotated[bool, typer.Option(
        help="Also folders below the source.", rich_help_panel=SELECTING)] = True,
    lanes: MaxLanes = None, bwlimit: BandwidthLimit = None, retries: MaxRetries = None,
    fail_empty: FailEmpty = False, quiet: Quiet = False, json: AsJson = False, workspace: InWorkspace = None,
) -> None:
    """Copy a file or a folder from one place to another.

    Files that the target has already (same size and time) are skipped. A copy
    that was interrupted is gone on with by the same command. Needs no
    workspace.
    """
    session = Session.of(ctx, json=json)
    around = session.workspace_if_any(workspace)
    from ...app import COPY_RULES, CopyOrder
    from .. import orders
    rules = orders.limited(COPY_RULES, lanes=lanes, bandwidth=bwlimit, retries=retries)
    rules = orders.filtered(rules, include=include or (), exclude=exclude or (), min_size=min_size,
                            max_size=max_size, min_age=min_age, max_age=max_age)
    rules = replace(rules, check=check, conflict=conflict, recursive=recursive)
    if delete_source:
        rules = replace(rules, settle=Settle(Action.DELETE))
    order = CopyOrder(source, target, rules, orders.steps(step or (), around))
    raise typer.Exit(_carry(session, around, order, Manner(dry_run, list_all, resume, fail_empty, quiet)))


def _carry(session: Session, around: Workspace | None, order: CopyOrder, manner: Manner) -> int:
    from ... import app
    from .. import planning, running
    with ExitStack() as stack:
        work = stack.enter_context(app.copy_work(around, order))
        ledger = app.past(around) if manner.dry_run else app.open_ledger(around)
        if ledger:
            stack.enter_context(closing(ledger))
        if ledger is None or manner.dry_run:
            return planning.show(session, work, app.plan(work, ledger), list_all=manner.list_all,
                                 fail_empty=manner.fail_empty)
        if not manner.resume:
            app.forget(work, ledger)
        return running.carry(session, work, ledger, quiet=manner.quiet, fail_empty=manner.fail_empty)
