"""`haulier backfill`"""
from __future__ import annotations

import getpass
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..failures import DONE
from ..options import AsJson, FlowName, InWorkspace, Quiet
from ..session import Session

if TYPE_CHECKING:
    from datetime import datetime

    from ...app.ground import Ground

command = typer.Typer(add_completion=False)


@command.command()
def backfill(  # noqa: PLR0913 - options
    ctx: typer.Context, flow: FlowName,
    first: Annotated[str, typer.Option("--from", metavar="TIME", help="A date, or a time.", show_default=False)],
    last: Annotated[str, typer.Option("--to", metavar="TIME", help="A date (that day too), or a time.",
                                      show_default=False)],
    params: Annotated[str | None, typer.Option("--params", "-p", metavar="JSON|FILE", show_default=False,
                                               help="Parameters of the runs, beside those of the schedule.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Show for which moments; run nothing.")] = False,
    quiet: Quiet = False, workspace: InWorkspace = None, json: AsJson = False,
) -> None:
    """Run a flow for the moments of its schedule that have passed, one after the other.

    Where a hub or a scheduler is running, it carries them.
    """
    session = Session.of(ctx, json=json)
    ground = session.ground(workspace)
    from ...app import backfilling
    from ...app.scheduler import holder
    from ..flow_running import params_of
    around = ground.workspace
    found = backfilling.slots(around, flow, first, last)
    told = backfilling.told(around, flow, params_of(params, ()))
    around.flows.flow(flow).given(told)
    for at in found if dry_run else ():
        session.tell("slot", at=at.isoformat())
        session.say(f"{at:%Y-%m-%d %H:%M} UTC")
    if not found:
        session.note(f"{flow}: its schedule has no moment between {first} and {last}")
    if dry_run or not found:
        raise typer.Exit(DONE)
    if holder(ground):
        _hand_over(session, ground, flow, found, told)
        raise typer.Exit(DONE)
    raise typer.Exit(_carried(session, ground, flow, found, told, quiet=quiet))


def _hand_over(session: Session, ground: Ground, flow: str, slots: Sequence[datetime], params: Mapping[str, Any]
               ) -> None:
    from ...app.backfilling import want
    with ground.opened() as (books, _):
        for at in slots:
            run = want(books.agenda, flow, at, params, getpass.getuser())
            session.tell("run", id=run.id, slot=at.isoformat())
            session.say(f"run {run.id}: {at:%Y-%m-%d %H:%M} UTC")


def _carried(session: Session, ground: Ground, flow: str, slots: Sequence[datetime], params: Mapping[str, Any], *,
             quiet: bool) -> int:
    """One after the other; the first that is not done is the last."""
    from ...app.backfilling import want
    from ...app.carrying import Order
    from .. import flow_running
    for at in slots:
        with ground.opened() as (books, _):
            run = want(books.agenda, flow, at, params, getpass.getuser())
        session.note(f"{at:%Y-%m-%d %H:%M} UTC")
        if status := flow_running.run(session, ground, Order(flow, params, run=run.id), quiet=quiet):
            return status
    return DONE
