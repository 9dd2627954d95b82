"""`haulier run`"""
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ..options import (
    AsJson,
    BandwidthLimit,
    DryRun,
    FailEmpty,
    FlowOrJob,
    InWorkspace,
    ListAll,
    MaxLanes,
    MaxRetries,
    Quiet,
)
from ..session import Session

if TYPE_CHECKING:
    from ...app.ground import Ground

command = typer.Typer(add_completion=False)
FLOWS, JOBS = "Of flows", "Of jobs"


@command.command()
def run(  # noqa: PLR0913 - options
    ctx: typer.Context, name: FlowOrJob, workspace: InWorkspace = None, dry_run: DryRun = False,
    params: Annotated[str | None, typer.Option(
        "--params", "-p", metavar="JSON|FILE", show_default=False, rich_help_panel=FLOWS,
        help="Parameters: a JSON object, or a file with one.")] = None,
    param: Annotated[list[str] | None, typer.Option(
        "--param", metavar="NAME=VALUE", show_default=False, rich_help_panel=FLOWS, help="One parameter; may be "
        "given often.")] = None,
    resume: Annotated[bool, typer.Option(
        "--resume", rich_help_panel=FLOWS, help="Go on with the last run: what it did is not done again.")] = False,
    again: Annotated[list[str] | None, typer.Option(
        "--from", metavar="TASK", show_default=False, rich_help_panel=FLOWS,
        help="Do this task of the last run again, and all that needs it.")] = None,
    keep_tmp: Annotated[bool, typer.Option(
        "--keep-tmp", rich_help_panel=FLOWS, help="Leave the temporary folder of the run.")] = False,
    parallel: Annotated[int | None, typer.Option(
        "--parallel", metavar="N", min=1, show_default=False, rich_help_panel=FLOWS, help="Tasks at a time.")] = None,
    list_all: ListAll = False, lanes: MaxLanes = None, bwlimit: BandwidthLimit = None,
    retries: MaxRetries = None, fail_empty: FailEmpty = False, quiet: Quiet = False, json: AsJson = False,
) -> None:
    """Run a flow or a job now. A run of a job that was interrupted is gone on with by running the job again."""
    session = Session.of(ctx, json=json)
    ground = session.ground(workspace)
    if _is_flow(ground, name):
        from ...app.carrying import Order
        from .. import flow_running
        order = Order(name, flow_running.params_of(params, param or ()), resume, again or (), keep_tmp, parallel)
        act = flow_running.rehearse if dry_run else flow_running.run
        raise typer.Exit(act(session, ground, order, quiet=quiet))
    if dry_run:
        from .plan import plan
        plan(ctx, name, workspace, list_all, fail_empty, json)
    around = session.workspace(workspace)
    found = around.loaded.job(name)
    from contextlib import closing
    from dataclasses import replace

    from ... import app
    from .. import orders, running
    with app.job_work(around, found) as work, closing(app.open_ledger(around)) as ledger:
        work = replace(work, rules=orders.limited(work.rules, lanes=lanes, bandwidth=bwlimit,
                                                  retries=retries))
        status = running.carry(session, work, ledger, quiet=quiet, fail_empty=fail_empty)
    raise typer.Exit(status)


def _is_flow(ground: Ground, name: str) -> bool:
    """Without a workspace there is nothing else, if there is something."""
    around = ground.workspace
    names = around.flows.names()
    if ground.ledger is not None:
        return bool(names)
    return name in names and name not in {*(job.id for job in around.loaded.jobs), *(around.loaded.broken or ())}
