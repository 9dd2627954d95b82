"""`haulier drafts`"""
from __future__ import annotations

import time
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Annotated

import typer

from ...model.files import Entry
from ...model.words import count
from .. import completing
from ..failures import DONE, SOME_FAILED
from ..options import AsJson, InWorkspace
from ..session import Session, complain
from ..words import moment, plain, size, stamp

if TYPE_CHECKING:
    from ...ports import Store

command = typer.Typer(add_completion=False)
WEEK = "7d"


@command.command("drafts")
def list_drafts(
    ctx: typer.Context,
    place: Annotated[str, typer.Argument(
        metavar="PLACE", autocompletion=completing.places, show_default=False,
        help="A folder: a path, a URL, or connection:path; by default the current folder.")] = ".",
    older: Annotated[str | None, typer.Option(
        "--older", metavar="AGE", show_default=False,
        help="Only what was last written to so long ago: 12h, 7d. By default any, but 7d with --discard.")] = None,
    discard: Annotated[bool, typer.Option("--discard", help="Throw them away.")] = False,
    needed_too: Annotated[bool, typer.Option(
        "--all", help="Throw away also what an unfinished transfer would go on with.")] = False,
    workspace: InWorkspace = None,
    json: AsJson = False,
) -> None:
    """List what interrupted transfers left in a folder and below it, or throw it away.

    Drafts are hidden files. In S3 they are unfinished uploads, which cost money;
    those of other programs look the same. What a transfer known here still needs
    is kept.
    """
    session = Session.of(ctx, json=json)
    around = session.workspace_if_any(workspace)
    from pathlib import Path

    from ... import app
    from .. import orders
    if older is None and discard:
        older = WEEK
    before = None if older is None else time.time_ns() - int(orders.age("--older", older) * 1e9)
    with ExitStack() as stack:
        store = stack.enter_context(app.folder_at(around, place, Path.cwd()))
        ledger = app.past(around)
        if ledger:
            stack.enter_context(closing(ledger))
        drafts = Drafts(session, store, before, discard=discard, needed_too=needed_too)
        for left, is_needed in sorted(app.drafts(store, ledger), key=lambda found: found[0].path):
            drafts.take(left, is_needed=is_needed)
    drafts.sum_up()
    raise typer.Exit(SOME_FAILED if drafts.failed else DONE)


class Drafts:
    """Drafts as they are found: told, thrown away if that is wanted, and counted."""

    def __init__(self, session: Session, store: Store, before: int | None, *, discard: bool, needed_too: bool) -> None:
        self._session, self._store, self._before = session, store, before
        self._discard, self._needed_too = discard, needed_too
        self.found = self.discarded = self.failed = self.bytes = self.freed = 0

    def take(self, left: Entry, *, is_needed: bool) -> None:
        """One draft, or something where drafts could be and that cannot be looked at."""
        if not left.fault and self._before is not None and (left.modified is None or left.modified > self._before):
            return
        error = str(left.fault) if left.fault else ""
        goes = self._discard and not error and (self._needed_too or not is_needed)
        if goes:
            error = self._thrown_away(left)
        self._count(left, goes=goes, error=error)
        self._session.tell("draft", path=left.path, bytes=left.size, modified=stamp(left.modified),
                           needed=is_needed, discarded=goes and not error, error=error or None)
        if error:
            complain(f"haulier: {plain(error)}")
        else:
            note = " (discarded)" if goes else " (an unfinished transfer goes on with it)" if is_needed else ""
            self._session.say(f"{left.size:>14}  {moment(left.modified):<19}  {plain(left.path)}{note}")

    def _thrown_away(self, left: Entry) -> str:
        """Why it could not be thrown away, if so."""
        from ...core.leftover import discard
        from ...model.errors import HaulierError
        try:
            discard(self._store, left)
        except HaulierError as error:
            return str(error)
        return ""

    def _count(self, left: Entry, *, goes: bool, error: str) -> None:
        self.failed += bool(error)
        if left.fault is None:
            self.found += 1
            self.bytes += left.size
        if goes and not error:
            self.discarded += 1
            self.freed += left.size

    def sum_up(self) -> None:
        """The last line."""
        self._session.tell("summary", drafts=self.found, bytes=self.bytes, discarded=self.discarded,
                           freed=self.freed, failed=self.failed)
        said = f"{count(self.found, 'draft')}, {size(self.bytes)}" if self.found else "no drafts"
        if self._discard and self.found:
            said += f"; {self.discarded} discarded, {size(self.freed)}"
        self._session.say(said)
