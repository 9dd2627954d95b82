"""From an error to a message, an exit status, and (for bugs) a traceback in a file."""
from __future__ import annotations

import errno
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from .. import __version__
from ..model.errors import HaulierError, Invalid, Stopped, Throttled, Unavailable
from .session import Session, complain
from .stopping import by_signal
from .words import plain

if TYPE_CHECKING:
    from ..settings.problems import Problem

DONE, SOME_FAILED, NOT_BEGUN, NOTHING_TO_DO, INTERRUPTED = 0, 1, 2, 3, 130
READER_GONE = 141
"""As if SIGPIPE had ended us: nobody reads what we print."""


def guarded(ctx: typer.Context, act: Callable[[Any], Any]) -> Any:
    """`act`, with every way that it can end turned into an exit status."""
    try:
        with by_signal():
            return _flushed(ctx, act)
    except (typer.Exit, typer.Abort):
        raise
    except HaulierError as error:
        tell(error, Session.of(ctx, json=_is_json(ctx)))
        raise typer.Exit(status_of(error)) from None
    except KeyboardInterrupt:
        complain("haulier: interrupted")
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        _let_go_of_stdout()
        raise typer.Exit(READER_GONE) from None
    except OSError as error:
        _blame_system(error, debug=Session.of(ctx, json=_is_json(ctx)).debug)
        raise typer.Exit(SOME_FAILED) from None
    except Exception as error:
        if hasattr(error, "exit_code"):  # the library's own: wrong usage
            raise
        _report(error, Session.of(ctx, json=_is_json(ctx)))
        raise typer.Exit(SOME_FAILED) from None


def _flushed(ctx: typer.Context, act: Callable[[Any], Any]) -> Any:
    """`act`, whose end is only its end when all that it printed has arrived."""
    try:
        result = act(ctx)
    except typer.Exit:
        sys.stdout.flush()
        raise
    sys.stdout.flush()
    return result


def status_of(error: HaulierError) -> int:
    """1 for what may be gone by itself the next time, 2 for what somebody has to put right first."""
    return SOME_FAILED if isinstance(error, Unavailable | Throttled | Stopped) else NOT_BEGUN


def tell(error: HaulierError, session: Session) -> None:
    """Say what went wrong: each mistake in the settings on its own line."""
    tell_problems(getattr(error, "problems", ()), session)
    if not getattr(error, "problems", ()):
        for said in error.each if isinstance(error, Invalid) else (str(error),):
            session.tell("error", kind=type(error).__name__, error=said)
            complain(f"haulier: {plain(said)}")
    _flush()


def tell_problems(problems: Iterable[Problem], session: Session) -> None:
    """Say what is wrong in files, each mistake on its own line."""
    for problem in problems:
        session.tell("problem", **problem._asdict())
        complain(plain(str(problem)))


def _is_json(ctx: typer.Context) -> bool:
    return bool(ctx.obj) and bool(ctx.obj.is_json)


def _flush() -> None:
    try:
        sys.stdout.flush()
    except OSError:
        _let_go_of_stdout()


def _let_go_of_stdout() -> None:
    """What is still buffered goes nowhere; else Python would complain at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _blame_system(error: OSError, *, debug: bool) -> None:
    """A full disk under our feet, and the like: no bug, but nothing that we can put in better words."""
    about = f" ({plain(str(error.filename))})" if error.filename else ""
    complain(f"haulier: the system says: {error.strerror or error}{about}")
    if debug:
        complain("".join(traceback.format_exception(error)))
    if error.errno == errno.ENOSPC:
        _let_go_of_stdout()


def _report(error: Exception, session: Session) -> None:
    said = f"{type(error).__name__}: {plain(str(error))}"
    session.tell("error", kind="Bug", error=said)
    complain(f"haulier: this is a bug in haulier, please report it: {said}")
    text = "".join(traceback.format_exception(error))
    if session.debug:
        complain(text)
    try:
        complain(f"haulier: the details are in {_kept(text, session.home)}")
    except OSError as trouble:
        complain(f"haulier: the details could not be written: {trouble.strerror}; --debug shows them")


def _kept(text: str, home: Path | None) -> Path:
    """Append to the log of bugs; nobody else may read it, as values of variables are in messages."""
    from ..app import state_folder
    folder = home / "logs" if home else Path(state_folder())
    folder.mkdir(0o700, parents=True, exist_ok=True)
    path = folder / "bugs.log"
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w",
              encoding="utf-8", errors="backslashreplace") as log:
        now = time.strftime("%Y-%m-%d %H:%M:%S %z")
        log.write(f"{now} haulier {__version__}, Python {sys.version.split()[0]}\n{text}\n")
    return path
