"""`haulier scheduler`"""
from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from ..failures import DONE, SOME_FAILED, tell_problems
from ..options import AsJson, InWorkspace
from ..session import Session, complain
from ..stopping import until_asked
from ..words import moment, plain, stamp

if TYPE_CHECKING:
    from ...app.ground import Ground

command = typer.Typer(add_completion=False, no_args_is_help=True)
PATIENCE = 15.0
"""Seconds for one in the background to begin."""
LOOK = 0.1
NEXT = 5


@command.callback()
def scheduler() -> None:
    """Run flows and jobs when they are due: one process with little memory, and nothing that listens."""


@command.command()
def start(
    ctx: typer.Context,
    foreground: Annotated[bool, typer.Option("--foreground", "-f", help="Stay here; Ctrl-C stops it.")] = False,
    interval: Annotated[float, typer.Option("--check-interval", metavar="SECONDS", min=0.1,
                                            help="Between two looks at what is due.")] = 1.0,
    workspace: InWorkspace = None, json: AsJson = False,
) -> None:
    """Start the scheduler, in the background if nothing else is said."""
    session = Session.of(ctx, json=json)
    ground = session.ground(workspace)
    _tell_mistakes(session, ground)
    if foreground:
        from ...app import scheduler
        with until_asked() as is_over:
            scheduler.run(ground, interval, session.log_level, lambda: _greet(session, os.getpid()), is_over)
        return
    _greet(session, _started(ctx, session, ground, interval))


@command.command()
def status(
    ctx: typer.Context,
    interactive: Annotated[bool, typer.Option("--interactive", "-i", help="Show a board that stays.")] = False,
    workspace: InWorkspace = None, json: AsJson = False,
) -> None:
    """Tell whether the scheduler is running, what is under way and what is next. Exit status 1 if it is not running."""
    session = Session.of(ctx, json=json)
    ground = session.ground(workspace)
    if interactive:
        from ...tui.board import show
        show(ground)
        return
    from ...app import scheduler
    found = scheduler.holder(ground)
    session.tell("scheduler", pid=found.pid if found else None, since=stamp(found.since) if found else None)
    session.say(f"scheduler: process {found.pid}, since {moment(found.since)}" if found
                else "scheduler: not running; start it with: haulier scheduler start")
    _tell_runs(session, ground)
    _tell_next(session, ground)
    _tell_mistakes(session, ground)
    raise typer.Exit(DONE if found else SOME_FAILED)


@command.command()
def stop(ctx: typer.Context, workspace: InWorkspace = None, json: AsJson = False) -> None:
    """Stop the scheduler. What is under way is put down, and begun again by the next start."""
    session = Session.of(ctx, json=json)
    ground = session.ground(workspace)
    from ...app import scheduler
    from .stop import ask
    found = scheduler.holder(ground)
    if found is None:
        session.tell("scheduler", pid=None, stopped=False)
        session.say("no scheduler is running here")
        raise typer.Exit(DONE)
    ask(found.pid)
    until = time.monotonic() + PATIENCE
    while (left := scheduler.holder(ground)) and left.pid == found.pid and time.monotonic() < until:
        time.sleep(LOOK)
    session.tell("scheduler", pid=found.pid, stopped=left is None)
    if left:
        complain(f"haulier: process {found.pid} has not ended after {PATIENCE:g} s")
        raise typer.Exit(SOME_FAILED)
    session.say(f"stopped (process {found.pid})")


def _greet(session: Session, pid: int) -> None:
    session.tell("scheduler", pid=pid, started=True)
    session.say(f"the scheduler is running (process {pid})")
    session.flush()


def _started(ctx: typer.Context, session: Session, ground: Ground, interval: float) -> int:
    """Another process that does it, once it does; SOME_FAILED, with what it said, if it does not."""
    from ...app import scheduler
    ground.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
    said = ground.logs / "scheduler.out"
    folders = [word for name, path in session.folders.items()
               for word in ({"logs": "--log-dir"}.get(name, f"--{name}-dir"), str(path.absolute()))]
    around = ["--workspace", str(ground.home)] if ground.ledger is None else []
    argv = [sys.executable, "-m", "haulier.cli", *folders, "--log-level", session.log_level, "scheduler", "start",
            "--foreground", "--check-interval", str(interval), *around]
    with open(said, "wb") as out:
        child = subprocess.Popen(argv, cwd=ground.home, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                 start_new_session=True)
    until = time.monotonic() + PATIENCE
    while child.poll() is None and time.monotonic() < until:
        found = scheduler.holder(ground)
        if found and found.pid == child.pid:
            return found.pid
        time.sleep(LOOK)
    complain(said.read_text(errors="replace").strip() or f"haulier: the scheduler did not start; see {said}")
    raise typer.Exit(SOME_FAILED)


def _tell_mistakes(session: Session, ground: Ground) -> None:
    """What will not start, or not as it is meant; all else does."""
    from ...settings.flows.schedules_file import mistakes
    around = ground.workspace
    tell_problems((*around.flows.problems, *mistakes(around.entries, around.flows)), session)


def _tell_runs(session: Session, ground: Ground) -> None:
    if not ground.has_memory():
        return
    with ground.opened() as (books, _):
        for run in books.agenda.open():
            session.tell("run", id=run.id, flow=run.flow, state=run.state, started=stamp(run.started or None))
            session.say(f"run {run.id} of {plain(run.flow)}: {run.state}")


def _tell_next(session: Session, ground: Ground) -> None:
    from ...core.schedule import next_after
    from ...settings.starts import schedules
    around, now = ground.workspace, datetime.now(UTC)
    following = [(at, flow) for flow, one in schedules(around, around.settings.timezone).items()
                 if one.enabled and (at := next_after(one, now))]
    for at, flow in sorted(following)[:NEXT]:
        session.tell("next", flow=flow, at=at.isoformat())
        session.say(f"next {at:%Y-%m-%d %H:%M} UTC: {flow}")
