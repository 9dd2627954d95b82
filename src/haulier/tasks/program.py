"""Programs that tasks run: no shell, nothing to read from, all that they print in the log of the try."""
from __future__ import annotations

import errno
import os
import select
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from ..model.errors import Failed, Invalid, Unavailable
from ..ports import Doing
from .ending import GRACE, end_family

TICK = 0.2
"""Seconds between two looks at whether the task is to end."""
_FIXED = frozenset({"TMP_DIR", "HAULIER_RUN", "HAULIER_FLOW", "HAULIER_TASK", "HAULIER_TRY", "HAULIER_OUTPUT",
                    "HAULIER_PARAMS", "HAULIER_SLOT", "HAULIER_ITEM"})
"""Variables that a task cannot set to something else."""
_TAIL = 4096            # bytes in which the last line is looked for
_LONGEST = 300          # characters of it that go into a message


@dataclass(frozen=True, slots=True)
class Program:
    """A program with its arguments, in a session of its own. `name` is what messages call it."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    """More variables than those of the try."""
    cwd: Path | None = None
    """None: where the try says."""
    ok_codes: Sequence[int] = (0,)
    hidden: Sequence[str] = field(default=(), repr=False)
    """Secrets that no message may have in it."""
    grace: float = GRACE

    def run(self, doing: Doing) -> None:
        """Return when it has ended well; Failed if not, Invalid if it cannot be started.

        If the task is stopped, everything that it has started is ended first.
        """
        doing.check()
        try:
            status, said = self._ran(doing)
        except OSError as error:    # no more files may be open, or the log cannot be written
            raise Unavailable(f"{self.name}: cannot be run now: {error.strerror}") from error
        if status not in self.ok_codes:
            raise Failed(f"{self.name} {_how(status)}{said}")

    def _ran(self, doing: Doing) -> tuple[int, str]:
        """Its status, negative for a signal, and what it printed last."""
        env = self._environment(doing.env)
        log = os.open(doing.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            start = os.fstat(log).st_size
            status = self._ended(doing, self._started(env, self.cwd or doing.home, log), env)
        finally:
            os.close(log)
        return status, "" if status in self.ok_codes else self._said(doing.log, start)

    def _environment(self, given: Mapping[str, str]) -> Mapping[str, str]:
        return {**given, **{name: text for name, text in self.env.items() if name not in _FIXED}}

    def _started(self, env: Mapping[str, str], cwd: Path, log: int) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(self.argv, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                    start_new_session=True)
        except ValueError as error:     # a NUL, or what is no text
            raise Invalid(f"{self.name}: an argument or a variable cannot be given to a program: {error}") from error
        except OSError as error:
            self._refuse(error, cwd)

    def _refuse(self, error: OSError, cwd: Path) -> NoReturn:
        program = self.argv[0]
        if not cwd.is_dir():
            raise Invalid(f"{self.name}: cannot be started in {cwd}: there is no such folder") from error
        said = {
            errno.ENOENT: f"{program} is not there; install it, or correct the first line of the script",
            errno.EACCES: f"{program} must not be executed: chmod +x {program}",
            errno.ENOEXEC: f"{program} is no program; write #! and its interpreter into the first line of the script, "
                           "or set interpreter",
            errno.E2BIG: "its arguments and variables are longer than this machine takes; pass a file"}
        if error.errno in said:
            raise Invalid(f"{self.name}: {said[error.errno]}") from error
        raise Unavailable(f"{self.name}: {program} cannot be started: {error.strerror}") from error

    def _ended(self, doing: Doing, process: subprocess.Popen[bytes], env: Mapping[str, str]) -> int:
        try:
            handle = os.pidfd_open(process.pid)
            try:
                await_handle(doing, handle)
            finally:
                os.close(handle)
        except BaseException:
            end_family(process.pid, env, self.grace)    # its number is not free before it is waited for
            with suppress(subprocess.TimeoutExpired):       # another user's, or held up in the system
                process.wait(1)
            raise
        return process.wait()

    def _said(self, log: Path, start: int) -> str:
        """The last line that it printed, without secrets."""
        with open(log, "rb") as opened:
            size = opened.seek(0, os.SEEK_END)
            opened.seek(max(start, size - _TAIL))
            lines = opened.read().decode(errors="replace").split("\n")
        text = next((line.strip() for line in reversed(lines) if line.strip()), "")
        for value in sorted(filter(None, self.hidden), key=len, reverse=True):
            text = text.replace(value, "…")
        return f": {text[-_LONGEST:]}" if text else ""


def await_handle(doing: Doing, handle: int) -> None:
    """Return when something can be read from `handle`; what doing.check() raises, if that is first."""
    poller, wake = select.poll(), doing.wake()
    poller.register(handle, select.POLLIN)
    poller.register(wake, select.POLLIN)
    while True:
        ready = {ready for ready, _ in poller.poll(TICK * 1000)}
        if handle in ready:
            return
        doing.check()
        if wake in ready:       # and yet nobody wants it to end: not to be asked without a pause
            poller.unregister(wake)


def _how(status: int) -> str:
    if status >= 0:
        return f"ended with status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    hint = " (by a person, or by the system because memory ran out)" if -status == signal.SIGKILL else ""
    return f"was ended by {name}{hint}"
