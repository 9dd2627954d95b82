"""Run a script of the folder of tasks: `script: fetch.py`."""
from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from ..core.taskfile import located
from ..ports import Doing
from ..settings.spec import Env, TaskSpec
from .arguments import arguments, text_of
from .outputs import written
from .program import Program
from .scriptfile import command


def _texts(given: Any) -> Any:
    """Numbers and booleans may stand where a variable's text does."""
    if not isinstance(given, Mapping):
        return given
    return {name: text_of(value) if isinstance(value, bool | int | float) else value for name, value in given.items()}


def _named(env: dict[str, SecretStr]) -> dict[str, SecretStr]:
    for name in env:
        if not name or "=" in name or "\0" in name:
            raise ValueError(f"{name!r} cannot be the name of a variable")
    return env


def _listed(given: Any) -> Any:
    """One where a list may be; nothing where it may be empty."""
    return [given] if isinstance(given, str) and given else given or ()


Variables: TypeAlias = Annotated[dict[str, SecretStr], BeforeValidator(_texts), AfterValidator(_named)]
Words: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class ScriptSpec(TaskSpec):
    """Script

    Run without a shell: every argument arrives exactly as it is written.
    """

    type: Literal["script"] = "script"
    script: str = Field(min_length=1)
    """The file, in the folder of tasks."""
    args: list[Any] | dict[str, Any] = []
    """A list, or names with values: one letter is given as `-k value`, a longer name as `--key=value`; true gives the
    name alone, false and null nothing, a list each of its values."""
    env: Variables = Field(default={}, repr=False)
    """More environment variables; values may refer to secrets."""
    pass_params: bool = False
    """Whether every parameter of the run is given as `--name=value` too."""
    interpreter: Words = ()
    """What runs it: a program, or a list of a program and arguments. If empty, what its first line (`#!`) says, else
    Python for `.py` and names without an ending, and bash for `.sh`."""
    cwd: str = ""
    """The folder that it is started in; a relative one hangs from the workspace."""
    ok_codes: tuple[int, ...] = Field(default=(0,), min_length=1)
    """The exit statuses that mean success."""
    outside: bool = False
    """Whether the file may be outside the folder of tasks."""

    def file(self, tasks: Path) -> Path | None:
        if "${" in self.script or any("${" in word for word in self.interpreter):
            return None
        path = located(self.script, tasks, outside=self.outside)
        command(path, self.interpreter)
        return path

    def build(self, env: Env) -> Script:
        path = located(self.script, env.scripts, outside=self.outside)
        words = command(path, self.interpreter)
        written = {name: value.get_secret_value() for name, value in self.env.items()}
        values = {name: env.secret(value) for name, value in self.env.items()}
        hidden = tuple(value for name, value in values.items() if value != written[name])
        if words[0] == sys.executable:
            values = {"PYTHONUNBUFFERED": "1", **values}    # what it prints is seen when it prints it
        program = Program(self.script, words, values, env.home / os.path.expanduser(self.cwd) if self.cwd else None,
                          self.ok_codes, hidden)
        return Script(program, self.args, pass_params=self.pass_params)


@dataclass(frozen=True, slots=True)
class Script:
    """A script with the arguments that it gets."""

    program: Program
    args: list[Any] | dict[str, Any]
    pass_params: bool = False

    def run(self, doing: Doing) -> Mapping[str, Any]:
        """What it wrote to the file of HAULIER_OUTPUT; Failed if it ended with a status that does not mean success."""
        given = arguments(self.args, doing.params if self.pass_params else {})
        told = Path(doing.env["HAULIER_OUTPUT"])
        with suppress(OSError):     # of an earlier try
            told.unlink()
        replace(self.program, argv=(*self.program.argv, *given)).run(doing)
        return written(told)
