"""Run a bash script on the file: `bash_script:/abs/path.sh`."""
from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which
from typing import Any, Literal

from pydantic import Field, field_validator

from ..model.errors import Invalid, Unsupported
from ..model.files import Part
from ..settings.spec import Env, StepSpec
from ..settings.units import Duration
from .child import Child, TimedOut
from .spool import Spool, spooled

_SAID = 2048            # bytes of standard error that go into a message
_ANSWER = 16 * 1024     # bytes of standard output in which a path is looked for


class BashScriptSpec(StepSpec):
    """Run a bash script

    The file's path is `$1`, and the current folder is a private one with only that file in it.
    If the last line printed is the path of a file, that file goes on; otherwise the first one,
    as the script left it, does.
    """

    type: Literal["bash_script"] = "bash_script"
    path: Path
    """The script, as an absolute path on this machine."""
    timeout: Duration = Field(300.0, gt=0)
    """Seconds that it may take for one file; then it is killed and the file fails."""
    args: tuple[str, ...] = ()
    """More arguments: `$2`, `$3` …"""
    env: Mapping[str, str] = Field(default_factory=dict)
    """More environment variables. HAULIER_JOB and HAULIER_NAME are always there."""

    @field_validator("path")
    @classmethod
    def _is_absolute(cls, path: Path) -> Path:
        if not path.is_absolute():
            raise ValueError(f"{path}: write the whole path of the script, from / on")
        return path

    @classmethod
    def from_word(cls, argument: str) -> Mapping[str, Any]:
        return {"path": argument}

    def build(self, env: Env) -> BashScript:
        bash = which("bash")
        if bash is None:
            raise Unsupported("bash_script: there is no bash on this machine; install it")
        if not self.path.is_file():
            raise Invalid(f"bash_script: {self.path}: there is no such file")
        return BashScript((bash, os.fspath(self.path)), tuple(self.args), dict(self.env),
                          self.timeout, env.flow, env.scratch)


@dataclass(frozen=True, slots=True)
class BashScript:
    """The whole file is there before the script starts, and the script ends before it goes on."""

    command: tuple[str, ...]
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 300.0
    job: str = ""
    scratch: Path | None = None
    repeatable = False

    def __call__(self, part: Part, /) -> Iterable[Part]:
        return spooled(part, self.scratch, lambda spool: self._result(part, spool))

    def _result(self, part: Part, spool: Spool) -> Path:
        answer = os.fsdecode(self._run(part, spool)).rstrip("\r\n")
        for said in (answer, answer.strip().rpartition("\n")[2].strip()):
            if path := _file(spool.folder, said):
                return path
        if not spool.path.exists():
            raise Invalid(f"{part.name}: {self.command[-1]} removed the file, and the last line "
                          "it printed is not the path of another")
        return spool.path

    def _run(self, part: Part, spool: Spool) -> bytes:
        """The end of what the script printed."""
        env = {**os.environ, "HAULIER_JOB": self.job, "HAULIER_NAME": part.name, **self.env}
        answer = bytearray()
        with Child([*self.command, os.fspath(spool.path), *self.args], cwd=spool.folder,
                   env=env) as child:
            errors = child.keep_errors(_SAID)
            try:
                for data in child.output(seconds=self.timeout, stop_if_asked=part.stop_if_asked):
                    answer += data
                    del answer[:-_ANSWER]
            except TimedOut as error:
                raise Invalid(f"{part.name}: {self.command[-1]} did not end in {self.timeout:g} s "
                              f"and was killed{_said(errors)}") from error
        if child.status:
            raise Invalid(f"{part.name}: {self.command[-1]} {_ended(child.status)}{_said(errors)}")
        return bytes(answer)


def _file(folder: Path, said: str) -> Path | None:
    try:
        return folder / said if said and (folder / said).is_file() else None
    except (OSError, ValueError):
        return None  # no path at all: too long, or a NUL in it


def _ended(status: int) -> str:
    return f"was ended by signal {-status}" if status < 0 else f"failed with exit status {status}"


def _said(errors: bytearray) -> str:
    text = errors.decode(errors="replace").strip()
    return f": {text}" if text else ""
