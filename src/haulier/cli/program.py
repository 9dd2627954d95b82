"""The program and its commands; a command's module is imported when the command is called."""
from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from .. import __version__
from .failures import guarded
from .session import Session

COMMANDS = {
    "init": "Make a workspace: settings, jobs, secrets.",
    "start": "Be the hub of a workspace: run jobs when they are due, serve the dashboard.",
    "stop": "Stop the hub of a workspace.",
    "status": "Tell whether the hub is running, and what is under way.",
    "worker": "Carry runs beside a hub that is elsewhere.",
    "user": "Say who may sign in to the dashboard.",
    "token": "Give programs a way in.",
    "state": "Back up what a workspace knows, and restore it.",
    "validate": "Check every file of a workspace.",
    "plan": "Show what a run of a job would do, and why.",
    "run": "Run a job or a flow now.",
    "list": "List the flows and jobs.",
    "schedule": "Say when flows start by themselves.",
    "scheduler": "Run flows when they are due, with little memory and no dashboard.",
    "backfill": "Run a flow for moments of its schedule that have passed.",
    "approve": "Answer a task that asks a person.",
    "output": "Show what the tasks of a run printed.",
    "import": "Look at a file before it is taken in; see what was taken, and put rejects right.",
    "copy": "Copy a file or a folder from one place to another.",
    "ls": "List the folders and files of a place.",
    "drafts": "List what interrupted transfers left at a place, or throw it away.",
    "graph": "Draw the tasks of a flow, and what needs what.",
    "export": "Write a flow as something that needs no Haulier.",
    "history": "Show what ran, and how it ended.",
    "why": "Tell the story of one file.",
    "connections": "List the named places, or test one.",
    "alerts": "Try the channels that tell when something fails.",
    "secret": "Keep a password out of the files.",
    "specs": "Show every kind of place and step, and its settings.",
}


MODULES = {"import": "imports"}
"""Commands whose module cannot be called as they are."""
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class Commands(TyperGroup):
    """Help and completion need names and one line each; the rest is loaded when it is called."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        """Every command, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # type: ignore[override]
        """A stand-in with the name and the line of help."""
        return TyperCommand(cmd_name, help=COMMANDS[cmd_name]) if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: typer.Context, args: list[str]) -> Any:  # type: ignore[override]
        """The real command."""
        self.commands = {name: self.get_command(ctx, name) for name in COMMANDS}  # for "did you mean"
        name, stand_in, rest = super().resolve_command(ctx, args)
        return name, stand_in and loaded(str(name)), rest

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        """Run the command; errors become a message and an exit status."""
        return guarded(ctx, super().invoke)


def loaded(name: str) -> Any:
    """The command itself, its module imported."""
    module = importlib.import_module(f".commands.{MODULES.get(name, name)}", __package__)
    command = typer.main.get_command(module.command)
    command.name = name
    command.help = command.help or COMMANDS[name]
    return command


program = typer.Typer(
    cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit status: 0 done, 1 some files failed or a place could not be reached,"
           " 2 something must be put right first (usage, settings, login, a missing place),"
           " 3 nothing to do (with --fail-empty), 130 interrupted.")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"haulier {__version__}")
        raise typer.Exit


def _folder(name: str, short: str | None, what: str) -> Any:
    return typer.Option(*filter(None, (name, short)), metavar="DIR", show_default=False, help=f"Folder with {what}.",
                        rich_help_panel="Flows")


def _level(text: str) -> str:
    if text.upper() not in LEVELS:
        raise typer.BadParameter(f"one of {', '.join(LEVELS)}")
    return text.upper()


@program.callback()
def _program(  # noqa: PLR0913 - options
    ctx: typer.Context,
    debug: Annotated[bool, typer.Option(
        "--debug", envvar="HAULIER_DEBUG", help="Show the traceback of a bug.")] = False,
    flows: Annotated[Path | None, _folder("--flows-dir", "-f", "the files of flows; by default flows")] = None,
    tasks: Annotated[Path | None, _folder("--tasks-dir", "-t", "the scripts of flows; by default tasks")] = None,
    output: Annotated[Path | None, _folder(
        "--output-dir", "-o", "what flows leave; without a workspace by default haulier_output")] = None,
    logs: Annotated[Path | None, _folder("--log-dir", None, "log files")] = None,
    config: Annotated[Path | None, _folder(
        "--config-dir", None, "schedules.json; without a workspace by default .haulier")] = None,
    log_level: Annotated[str, typer.Option("--log-level", "-l", metavar="LEVEL", callback=_level, show_default=False,
                                           help="DEBUG, INFO, WARNING or ERROR.")] = "INFO",
    version: Annotated[bool, typer.Option(
        "--version", callback=_print_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Move files between places, and know that they arrived."""
    given = {"flows": flows, "tasks": tasks, "output": output, "logs": logs, "config": config}
    ctx.obj = Session(debug=debug, log_level=log_level, folders={name: path for name, path in given.items() if path})


def start() -> None:
    """Run what the command line asks for."""
    # Closed by whoever started us; then nobody listens. The type says this cannot be, but it can.
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115 - until the end
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's character set lacks is no reason to stop.
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    program(prog_name="haulier")
