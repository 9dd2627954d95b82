"""`haulier schedule`"""
from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..failures import DONE, NOT_BEGUN, tell_problems
from ..options import AsJson, FlowName, InWorkspace
from ..session import Session
from ..words import plain

if TYPE_CHECKING:
    from ...model.schedule import Schedule
    from ...settings.workspace import Workspace

KEYS = ("cron", "every", "at", "on", "timezone", "overlap", "misfire")
command = typer.Typer(add_completion=False, no_args_is_help=True)


@command.callback()
def schedule() -> None:
    """Say when flows start by themselves. A scheduler or a hub that is running sees every change at once."""


@command.command()
def add(  # noqa: PLR0913 - options
    ctx: typer.Context, flow: FlowName,
    interval: Annotated[str | None, typer.Option(
        "--interval", metavar="PERIOD", show_default=False,
        help="hourly, daily, weekly, monthly, or an interval such as 15m.")] = None,
    at: Annotated[str | None, typer.Option("--at", metavar="HH:MM", show_default=False,
                                           help="With daily, weekly, monthly; by default midnight.")] = None,
    on: Annotated[str | None, typer.Option("--on", metavar="DAYS", show_default=False,
                                           help="With weekly: such as mon,thu. With monthly: such as 1,15.")] = None,
    cron: Annotated[str | None, typer.Option(
        "--cron", metavar="EXPRESSION", show_default=False,
        help="5 fields, 0 and 7 are Sunday; or @daily and the like. Wins over --interval.")] = None,
    timezone: Annotated[str | None, typer.Option("--timezone", metavar="ZONE", show_default=False,
                                                 help="Such as Europe/Stockholm; by default the workspace's.")] = None,
    overlap: Annotated[str | None, typer.Option(
        "--overlap", metavar="POLICY", show_default=False,
        help="While the last run goes on: skip, queue or parallel; by default skip.")] = None,
    misfire: Annotated[str | None, typer.Option(
        "--misfire", metavar="POLICY", show_default=False,
        help="When starts were missed: skip, once or all; by default once.")] = None,
    description: Annotated[str, typer.Option("--description", metavar="TEXT", help="For people.")] = "",
    params: Annotated[str | None, typer.Option("--params", "-p", metavar="JSON|FILE", show_default=False,
                                               help="Parameters of the runs.")] = None,
    disabled: Annotated[bool, typer.Option("--disabled", help="Add it, but let it start nothing yet.")] = False,
    workspace: InWorkspace = None, json: AsJson = False,
) -> None:
    """Add the schedule of a flow, or put it in the place of the one that it has."""
    session = Session.of(ctx, json=json)
    from ...model.errors import Invalid
    from ...settings.flows.entries import made
    from ..flow_running import params_of
    if cron is None and interval is None:
        raise Invalid("say when: --interval daily --at 03:00, or --cron '0 3 * * *'")
    more = {"on": on, "timezone": timezone, "overlap": overlap, "misfire": misfire}
    try:
        entry = made(flow, cron=cron, every=interval, at=at, description=description, enabled=not disabled,
                     params=params_of(params, ()), **more)
    except Invalid as error:
        raise Invalid(*map(_as_option, error.each)) from None
    around = session.ground(workspace).workspace
    replaced = around.schedules.add(entry, around.flows)
    _tell(session, flow, entry.schedule(around.settings.timezone), replaced="changed" if replaced else "added")


@command.command("list")
def list_(ctx: typer.Context, workspace: InWorkspace = None, json: AsJson = False) -> None:
    """List what starts by itself, the next one first. Exit status 2 if a schedule has mistakes."""
    session = Session.of(ctx, json=json)
    around = session.ground(workspace).workspace
    from ...settings.flows.schedules_file import mistakes
    from ...settings.starts import schedules
    rows = sorted((_row(around, flow, one) for flow, one in schedules(around, around.settings.timezone).items()),
                  key=lambda row: (row["next"] is None, row["next"] or "", row["flow"]))
    wide = max((len(row["flow"]) for row in rows), default=0)
    for row in rows:
        session.tell("schedule", **row)
        when = row["next"] or "off"
        about = f" ({plain(row['description'])})" if row["description"] else ""
        session.say(f"{row['flow']:<{wide}}  {when:<20}  {row['sentence']}{about}")
    if not rows:
        session.note("nothing starts by itself")
    wrong = mistakes(around.entries, around.flows)
    tell_problems(wrong, session)
    raise typer.Exit(NOT_BEGUN if wrong else DONE)


@command.command()
def remove(ctx: typer.Context, flow: FlowName, workspace: InWorkspace = None, json: AsJson = False) -> None:
    """Take out the schedule of a flow."""
    _change(ctx, workspace, json, flow, "removed")


@command.command()
def enable(ctx: typer.Context, flow: FlowName, workspace: InWorkspace = None, json: AsJson = False) -> None:
    """Let the schedule of a flow start it."""
    _change(ctx, workspace, json, flow, "enabled")


@command.command()
def disable(ctx: typer.Context, flow: FlowName, workspace: InWorkspace = None, json: AsJson = False) -> None:
    """Let the schedule of a flow start nothing."""
    _change(ctx, workspace, json, flow, "disabled")


def _as_option(said: str) -> str:
    """A mistake in a key, as one in its option."""
    key, colon, text = said.partition(": ")
    return f"--{'interval' if key == 'every' else key}{colon}{text}" if key in KEYS else said


def _change(ctx: typer.Context, workspace: str | None, json: bool, flow: str, done: str) -> None:
    session = Session.of(ctx, json=json)
    around = session.ground(workspace).workspace
    _refuse_own(around, flow)
    if done == "removed":
        around.schedules.remove(flow)
    else:
        around.schedules.enable(flow, done == "enabled")
    session.tell("schedule", flow=flow, done=done)
    session.say(f"{flow}: {done}")


def _refuse_own(around: Workspace, flow: str) -> None:
    from ...model.errors import Invalid
    found = next((one for one in around.flows.flows if one.name == flow and one.form.schedule), None)
    if found:
        raise Invalid(f"{flow} has its schedule in {found.file}; change it there")
    job = next((one for one in around.loaded.jobs if one.id == flow), None)
    if job:
        raise Invalid(f"{flow} is a job; its schedule is in {job.file}: change it there")


def _row(around: Workspace, flow: str, schedule: Schedule) -> dict[str, Any]:
    from ...core.schedule import next_after, sentence
    following = next_after(schedule, datetime.now(UTC)) if schedule.enabled else None
    entry = next((one for one in around.entries.entries if one.flow == flow), None)
    return {"flow": flow, "sentence": sentence(schedule), "enabled": schedule.enabled,
            "next": following.strftime("%Y-%m-%d %H:%MZ") if following else None,
            "description": entry.description if entry else ""}


def _tell(session: Session, flow: str, schedule: Schedule, *, replaced: str) -> None:
    from ...core.schedule import next_after, sentence
    following = next_after(schedule, datetime.now(UTC))
    session.tell("schedule", flow=flow, done=replaced, sentence=sentence(schedule), enabled=schedule.enabled,
                 next=following.isoformat() if following else None)
    when = f"next {following:%Y-%m-%d %H:%M} UTC" if following and schedule.enabled else "off" if following else "never"
    session.say(f"{flow}: {replaced}, {sentence(schedule)}; {when}")
