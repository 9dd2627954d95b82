"""`haulier why`"""
from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..failures import DONE, SOME_FAILED
from ..options import AsJson, InWorkspace
from ..session import Session
from ..words import plain, stamp

if TYPE_CHECKING:
    from ...ports import Ledger
    from ...settings.workspace import Workspace

command = typer.Typer(add_completion=False)


@command.command()
def why(
    ctx: typer.Context,
    path: Annotated[str, typer.Argument(
        metavar="PATH", show_default=False,
        help="The file: its path, or the end of it, at the source or at the target.")],
    limit: Annotated[int, typer.Option("--limit", "-n", metavar="N", min=1,
                                       help="So many of its transfers at most, newest first.")] = 10,
    workspace: InWorkspace = None,
    json: AsJson = False,
) -> None:
    """Tell the story of one file: when it was seen, each try, where it went, what would happen now.

    Exit status 1 if no run has ever seen it.
    """
    session = Session.of(ctx, json=json)
    around = session.workspace_if_any(workspace)
    from ... import app
    with ExitStack() as stack:
        ledger = app.past(around, session.flows_of(workspace))
        if ledger:
            stack.enter_context(closing(ledger))
        seen = _tell_past(session, ledger, path, limit) if ledger else 0
        taken = _tell_imports(session, workspace, path, limit) if ledger else 0
        if not (seen or taken):
            session.say(f"No run has ever seen {plain(path)}.")
        if around:
            _tell_present(session, around, ledger, path, is_known=taken > 0)
    raise typer.Exit(DONE if seen or taken else SOME_FAILED)


def _tell_past(session: Session, ledger: Ledger, path: str, limit: int) -> int:
    from ...core.story import told
    from .. import story
    from ..reporting import facts_of
    transfers, runs = story.found(ledger, path, Path.cwd(), limit)
    for transfer in transfers:
        run, events = runs.get(transfer.run), ledger.history(transfer.id)
        session.tell("file", id=transfer.id, run=transfer.run, flow=run.flow if run else None,
                     **facts_of(transfer), settled=transfer.settled or None,
                     created=stamp(transfer.created), finished=stamp(transfer.finished))
        for event in events:
            session.tell("event", file=transfer.id, run=event.run, at=stamp(event.at), kind=event.kind,
                         text=event.text)
        for line in told(transfer, run, events):
            session.say(line)
    return len(transfers)


def _tell_imports(session: Session, workspace: str | None, path: str, limit: int) -> int:
    """What became of its rows."""
    from ..importing import memory
    from ..taken import taken_from, tell_taken
    with memory(session, workspace) as book:
        found = taken_from(book, path, limit) if book else []
        for one in found:
            tell_taken(session, one)
    return len(found)


def _tell_present(session: Session, workspace: Workspace, ledger: Ledger | None, path: str, *, is_known: bool) -> None:
    """What the jobs that it may belong to would do with it now."""
    from .. import story
    from ..session import complain
    asked = False
    for job, inside, decision, error in story.decisions(workspace.loaded.jobs, path, ledger, Path.cwd()):
        asked = True
        session.tell("now", job=job.id, path=inside, verdict=decision.verdict if decision else None,
                     reason=decision.reason or None if decision else None,
                     error=str(error) if error else None)
        if error:
            complain(f"haulier: job {plain(job.id)}: {plain(str(error))}")
        else:
            session.say(story.now(job, decision, inside))
    if not (asked or is_known):
        session.say("No job has a source that it could be in.")
