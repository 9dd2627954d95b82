"""`haulier plan`"""
from __future__ import annotations

import typer

from ..options import AsJson, FailEmpty, InWorkspace, JobName, ListAll
from ..session import Session

command = typer.Typer(add_completion=False)


@command.command()
def plan(
    ctx: typer.Context, job: JobName, workspace: InWorkspace = None, list_all: ListAll = False,
    fail_empty: FailEmpty = False, json: AsJson = False,
) -> None:
    """Show which files a run of a job would move, which not, and why. Changes nothing."""
    session = Session.of(ctx, json=json)
    around = session.workspace(workspace)
    found = around.loaded.job(job)
    from contextlib import ExitStack, closing

    from ... import app
    from .. import planning
    with ExitStack() as stack:
        work = stack.enter_context(app.job_work(around, found))
        ledger = app.past(around)
        if ledger:
            stack.enter_context(closing(ledger))
        status = planning.show(session, work, app.plan(work, ledger), list_all=list_all,
                               fail_empty=fail_empty)
    raise typer.Exit(status)
