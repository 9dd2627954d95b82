"""`haulier output`"""
from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from ..options import AsJson, InWorkspace
from ..session import Session
from ..tailing import Tail
from ..words import plain

if TYPE_CHECKING:
    from ...ledger.books import Books
    from ...model.task import TaskRun

command = typer.Typer(add_completion=False)
LOOK = 0.2


@command.command()
def output(
    ctx: typer.Context,
    run: Annotated[int, typer.Argument(metavar="RUN", help="The number of the run.", show_default=False)],
    task: Annotated[str | None, typer.Argument(metavar="TASK", help="Only this task.", show_default=False)] = None,
    number: Annotated[int | None, typer.Option("--try", metavar="N", min=1, show_default=False,
                                               help="Of this try; by default the last.")] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Go on until the run is over.")] = False,
    workspace: InWorkspace = None, json: AsJson = False,
) -> None:
    """Show what the tasks of a run printed."""
    session = Session.of(ctx, json=json)
    ground = session.ground(workspace)
    from ...app.keys import key_of
    from ...engine.graph.folders import RunFolder
    from ...model.run import OVER
    with ground.opened() as (books, _):
        books.agenda.run(run)       # NotFound
        folder, tails = RunFolder(ground.runs, run), dict[str, Tail]()
        while True:
            is_over = books.agenda.run(run).state in OVER or not follow
            for row in _chosen(books, run, str(key_of(task)) if task else "", number or 1, is_over=is_over):
                path = folder.log(row.key, number or max(1, row.tries))
                tail = tails.setdefault(str(path), Tail(path))
                _say(session, row, tail, alone=task is not None, is_over=is_over)
            session.flush()
            if is_over:
                return
            time.sleep(LOOK)


def _chosen(books: Books, run: int, key: str, number: int, *, is_over: bool) -> list[TaskRun]:
    """Those that have begun that try; NotFound if the one that is asked for never will."""
    from ...model.errors import NotFound
    rows = [row for row in books.tasks.tasks(run) if not key or str(row.key) == key]
    begun = [row for row in rows if row.tries >= number]
    if key and not (begun if is_over else rows):
        what = f"try {number} of {key}" if number > 1 else f'task "{key}" that has begun'
        raise NotFound(f"run {run} has no {what}")
    return begun


def _say(session: Session, row: TaskRun, tail: Tail, *, alone: bool, is_over: bool) -> None:
    while lines := tail.lines(to_the_end=is_over):
        for line in lines:
            session.tell("output", task=str(row.key), text=line)
            session.say(plain(line.expandtabs()) if alone else f"{row.key} | {plain(line.expandtabs())}")
