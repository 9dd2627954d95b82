"""`haulier history`"""
from __future__ import annotations

from collections.abc import Sequence, Set
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from ...model.run import LOST, Run, RunState, Transfer
from ...model.task import TaskRun
from .. import completing
from ..options import AsJson, InWorkspace
from ..session import Session
from ..words import moment, plain, size, span, stamp, table

if TYPE_CHECKING:
    from ...ports import Ledger
    from ...settings.workspace import Workspace

command = typer.Typer(add_completion=False)


@command.command()
def history(
    ctx: typer.Context,
    job: Annotated[str, typer.Argument(
        metavar="NAME", autocompletion=completing.flows_and_jobs, show_default=False,
        help="Only this flow, this job, or this copy (copy-…).")] = "",
    run: Annotated[int | None, typer.Option("--run", metavar="ID", min=1, show_default=False,
                                            help="The files of one run, or its tasks.")] = None,
    limit: Annotated[int | None, typer.Option(
        "--limit", "-n", metavar="N", min=1, show_default=False,
        help="So many at most; by default 20 runs, or 1000 files.")] = None,
    workspace: InWorkspace = None,
    json: AsJson = False,
) -> None:
    """Show what ran, newest first, or with --run the files or the tasks of one run.

    In a folder with flows that is no workspace: what ran of these. Elsewhere: the copies of this user.
    """
    session = Session.of(ctx, json=json)
    around = session.workspace_if_any(workspace)
    from ... import app
    books = app.kept(around, None if job.startswith("copy-") else session.flows_of(workspace))
    if books is None:
        _refuse_unknown(job, around)
        session.say("nothing has run yet")
        return
    with closing(books):
        if run and (tasks := books.tasks.tasks(run)):
            _show_tasks(session, tasks)
        elif run:
            _show_files(session, books.ledger, run, limit or 1000)
        else:
            found = books.ledger.runs(job, limit=limit or 20)
            if not found:
                _refuse_unknown(job, around)
            _show_runs(session, found, books.agenda.lost())


def _refuse_unknown(job: str, workspace: Workspace | None) -> None:
    """Problems or NotFound if `job` is none that could have run."""
    if job and workspace:
        workspace.loaded.job(job)
    elif job:
        from ...model.errors import NotFound
        raise NotFound(f'nothing called "{job}" has run')


def _show_runs(session: Session, runs: Sequence[Run], lost: Set[int]) -> None:
    runs = [run._replace(error=LOST) if run.id in lost else run for run in runs]
    for run in runs:
        session.tell("run", id=run.id, flow=run.flow, source=run.source, target=run.target, state=run.state,
                     started=stamp(run.started or None), finished=stamp(run.finished), done=run.totals.done,
                     failed=run.totals.failed, skipped=run.totals.skipped, bytes=run.totals.bytes,
                     error=run.error or None)
    if not runs:
        session.say("nothing has run yet")
        return
    rows = [["run", "flow", "started", "took", "state", "done", "failed", "skipped", "moved", ""]]
    for line in table(rows + [_row(run, run.id in lost) for run in runs], right=frozenset({0, 3, 5, 6, 7, 8})):
        session.say(line)


def _row(run: Run, is_lost: bool) -> list[str]:
    took = span((run.finished - run.started) / 1e9) if run.finished and run.started else "-"
    done = run.totals
    note = run.error or (f"{run.source} -> {run.target}" if run.flow.startswith("copy-") else "")
    if run.state is RunState.WAITING and run.wakes:
        note = f"until {moment(run.wakes)}{f': {note}' if note else ''}"
    state = "interrupted" if is_lost else run.state
    return [str(run.id), plain(run.flow), moment(run.started or None), took, state, str(done.done), str(done.failed),
            str(done.skipped), size(done.bytes), plain(note)]


def _show_tasks(session: Session, tasks: Sequence[TaskRun]) -> None:
    for row in tasks:
        session.tell("task", run=row.run, task=str(row.key), state=row.state, tries=row.tries,
                     started=stamp(row.started or None), finished=stamp(row.finished), error=row.error or None,
                     outputs=dict(row.outputs) or None, child=row.child or None, origin=row.origin or None)
    for line in table([_task_row(row) for row in tasks], right=frozenset({3})):
        session.say(line)


def _task_row(row: TaskRun) -> list[str]:
    took = span((row.finished - row.started) / 1e9) if row.finished and row.started else "-"
    error = f": {row.error.removeprefix(f'{row.key}: ')}" if row.error else ""
    return [row.state, f"try {row.tries}" if row.tries else "", moment(row.started or None), took,
            plain(f"{row.key}{error}")]


def _show_files(session: Session, ledger: Ledger, run: int, limit: int) -> None:
    from ..reporting import facts_of
    found = ledger.transfers(run=run, limit=limit + 1)
    for transfer in found[:limit]:
        session.tell("file", run=run, **facts_of(transfer), created=stamp(transfer.created),
                     finished=stamp(transfer.finished), settled=transfer.settled or None)
    if not found:
        session.say(_why_none(ledger, run))
        return
    for line in table([_file_row(transfer) for transfer in found[:limit]], right=frozenset({1, 2})):
        session.say(line)
    if len(found) > limit:
        session.say(f"… and more: --limit {limit * 10} shows them")


def _why_none(ledger: Ledger, number: int) -> str:
    """What became of a run without files; NotFound if there was none."""
    from ...model.errors import NotFound
    run = next((run for run in ledger.runs(limit=100_000) if run.id == number), None)
    if run is None:
        raise NotFound(f"there is no run {number}")
    return plain(f"run {number} moved no files{f': {run.error}' if run.error else ''}")


def _file_row(transfer: Transfer) -> list[str]:
    to = f" -> {transfer.target}" if transfer.target != transfer.path else ""
    error = f": {transfer.error}" if transfer.error else ""
    return [transfer.state, f"try {transfer.tries}", size(transfer.entry.size), moment(transfer.finished),
            plain(f"{transfer.path}{to}{error}")]
