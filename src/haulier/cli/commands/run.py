"""`haulier run`"""
from __future__ import annotations

import typer

from ..options import (
    AsJson,
    BandwidthLimit,
    DryRun,
    FailEmpty,
    InWorkspace,
    JobName,
    ListAll,
    MaxLanes,
    MaxRetries,
    Quiet,
)
from ..session import Session

command = typer.Typer(add_completion=False)


@command.command()
def run(  # noqa: PLR0913 - options
    ctx: typer.Context, job: JobName, workspace: InWorkspace = None, dry_run: DryRun = False,
    list_all: ListAll = False, lanes: MaxLanes = None, bwlimit: BandwidthLimit = None,
    retries: MaxRetries = None, fail_empty: FailEmpty = False, quiet: Quiet = False, json: AsJson = False,
) -> None:
    """Run a job now. A run that was interrupted is gone on with by running the job again."""
    if dry_run:
        from .plan import plan
        plan(ctx, job, workspace, list_all, fail_empty, json)
    session = Session.of(ctx, json=json)
    around = session.workspace(workspace)
    found = around.loaded.job(job)
    from contextlib import closing
    from dataclasses import replace

    from ... import app
    from .. import orders, running
    with app.job_work(around, found) as work, closing(app.open_ledger(around)) as ledger:
        work = replace(work, rules=orders.limited(work.rules, lanes=lanes, bandwidth=bwlimit,
                                                  retries=retries))
        status = running.carry(session, work, ledger, quiet=quiet, fail_empty=fail_empty)
    raise typer.Exit(status)
