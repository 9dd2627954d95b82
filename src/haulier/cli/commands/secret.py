"""`haulier secret`"""
from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...model.errors import Invalid
from ..options import AsJson, InWorkspace
from ..session import Session, complain

if TYPE_CHECKING:
    from ...settings.workspace import Workspace

command = typer.Typer(add_completion=False, no_args_is_help=True)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


@command.callback()
def secret() -> None:
    """Keep a password out of the files."""


@command.command("set")
def set_secret(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", show_default=False,
                                        help="What it is called, such as OFFICE_PASSWORD.")],
    env: Annotated[bool, typer.Option(
        "--env", help="Write NAME=… into the workspace's .env, for ${NAME}, instead.")] = False,
    workspace: InWorkspace = None,
    json: AsJson = False,
) -> None:
    """Seal a secret, asked for or read from standard input, as text to paste into a setting.

    Only this workspace's HAULIER_KEY can open it.
    """
    session = Session.of(ctx, json=json)
    around = session.workspace(workspace)
    if not _NAME.fullmatch(name):
        raise Invalid(f"{name}: not a name of a variable: letters, digits and _ only")
    if env:
        path = _write(around, name, _asked_for(name))
        session.tell("secret", name=name, file=str(path))
        session.say(f"{name} is in {path}; write ${{{name}}} where it is needed")
        return
    around.secrets.check("sealed:")     # is there a key? before anybody types anything
    sealed = around.secrets.seal(_asked_for(name))
    session.tell("secret", name=name, sealed=sealed)
    session.say(sealed)


def _asked_for(name: str) -> str:
    """What was typed, unseen and twice, or standard input without its last line end."""
    if sys.stdin.isatty():
        from getpass import getpass
        text = getpass(f"{name}: ")
        if getpass(f"{name}, again: ") != text:
            raise Invalid("the two are not the same; nothing was written")
    else:
        text = sys.stdin.read().removesuffix("\n").removesuffix("\r")
    if not text:
        raise Invalid("an empty secret; nothing was written")
    return text


def _write(workspace: Workspace, name: str, value: str) -> Path:
    from ...settings.secrets import KEY, parse_dotenv
    if name == KEY:
        raise Invalid(f"{KEY} opens every sealed value of this workspace; it is not to be replaced")
    path = workspace.path / ".env"
    before = path.read_text("utf-8") if path.exists() else ""
    after = _replaced(before, name, value)
    if parse_dotenv(after, ".env")[0].get(name) != value:
        raise Invalid(f"{name}: a .env file cannot hold this value; seal it instead (without --env)")
    _replace_private(path, after)
    if name in os.environ:
        complain(f"haulier: {name} is also set in the environment, which comes before .env")
    return path


def _replaced(text: str, name: str, value: str) -> str:
    """The file with its line for `name` replaced, or one more."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    line = f'{name}="{"".join(escapes.get(one, one) for one in value)}"'
    own = re.compile(rf"\s*(?:export\s+)?{name}\s*=", re.ASCII)
    kept = [one for one in text.splitlines() if not own.match(one)]
    return "\n".join([*kept, line]) + "\n"


def _replace_private(path: Path, text: str) -> None:
    """Whole or not at all, and for nobody else to read."""
    fresh = path.with_name(f".env.{os.getpid()}.tmp")
    try:
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(path)
    except OSError as error:
        raise Invalid(f"{path} cannot be written: {error.strerror}") from error
    finally:
        fresh.unlink(missing_ok=True)
