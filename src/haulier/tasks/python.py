"""Call a function of Python: `call: report.py:monthly`."""
from __future__ import annotations

import json
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from ..core.functions import Halted, file_of, importable, parts
from ..model import errors
from ..model.errors import Failed, HaulierError, Invalid, Transient
from ..ports import Doing
from ..settings.spec import Env, TaskSpec
from .aside import Aside
from .functions import called
from .outputs import returned
from .printing import printed
from .program import Program

_ALONE = 0.4            # seconds for a function to end by itself, as one does that calls doing.check()


class PythonSpec(TaskSpec):
    """Python function

    Called in a thread of ours. What it returns is its outputs; a parameter called `doing` is given what it may know
    and ask for.
    """

    type: Literal["python"] = "python"
    call: str = Field(min_length=1)
    """`module:function`, or `file.py:function` with a file in the folder of tasks."""
    args: dict[str, Any] = {}
    """Arguments, by name."""
    isolated: bool = False
    """Whether it has a process of its own: for what cannot be stopped otherwise, or may not be trusted to end."""

    @field_validator("call")
    @classmethod
    def _has_parts(cls, call: str) -> str:
        try:
            "${" in call or parts(call)
        except Invalid as error:
            raise ValueError(str(error).removeprefix("call: ")) from None
        return call

    def file(self, tasks: Path) -> Path | None:
        return None if "${" in self.call else file_of(self.call, tasks)

    def build(self, env: Env) -> Function | Isolated:
        file_of(self.call, env.scripts)
        return (Isolated if self.isolated else Function)(self.call, env.scripts, self.args)


@dataclass(frozen=True, slots=True)
class Function:
    """A call in this process. One that is to end is ended at its next line of Python; if it is held up in something
    else it is left behind there, and does nothing more when it comes back."""

    call: str
    tasks: Path
    args: Mapping[str, Any] = field(default_factory=dict)

    def run(self, doing: Doing) -> Mapping[str, Any]:
        """What it returned."""
        def act(guarded: object) -> Mapping[str, Any]:
            return returned(called(self.call, self.tasks, self.args, guarded), self.call)

        with importable(self.tasks):
            return in_process(doing, act, self.call)


def in_process(doing: Doing, act: Callable[[object], Mapping[str, Any]], name: str) -> Mapping[str, Any]:
    """What `act` returns, called with a Doing of its own in a thread of ours; what it prints is in the log."""
    guarded = _Guarded(doing)
    with printed(doing.log) as take:
        def taken() -> Mapping[str, Any]:
            take()
            return act(guarded)
        try:
            return Aside(taken, guarded.interrupt, alone=_ALONE).run(doing)
        except SystemExit:
            return {}
        except Halted:      # thrown by somebody else's thread
            raise Failed(f"{name} was halted") from None


class _Guarded:
    """The Doing that a function is given: nothing is thrown into its thread while the engine is at work in it."""

    def __init__(self, doing: Doing) -> None:
        self._doing = doing
        self._at_work = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._doing, name)

    def transfer(self, settings: Mapping[str, Any]) -> Mapping[str, Any]:
        with self._at_work:
            return self._doing.transfer(settings)

    def start(self, flow: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        with self._at_work:
            return self._doing.start(flow, params)

    def interrupt(self, thread: int) -> bool:
        """Throw, if that may be done now; whether it may not."""
        import ctypes
        if not self._at_work.acquire(timeout=0.05):
            return True
        try:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(Halted))
        finally:
            self._at_work.release()
        return False


@dataclass(frozen=True, slots=True)
class Isolated:
    """A call in a process of its own."""

    call: str
    tasks: Path
    args: Mapping[str, Any] = field(default_factory=dict)

    def run(self, doing: Doing) -> Mapping[str, Any]:
        """What it returned."""
        with _folder(doing.folder) as folder:
            asked, answered = folder / "asked", folder / "answered"
            asked.write_text(json.dumps({"call": self.call, "tasks": str(self.tasks), "args": self.args}))
            Program(self.call, (sys.executable, "-P", "-m", "haulier.tasks.alone", str(asked), str(answered)),
                    {"PYTHONUNBUFFERED": "1"}).run(doing)
            if not answered.exists():
                raise Failed(f"{self.call} ended its process before it returned")
            return _answer(json.loads(answered.read_bytes()))


@contextmanager
def _folder(within: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=".python-", dir=within) as name:
        yield Path(name)


def _answer(said: Mapping[str, Any]) -> Mapping[str, Any]:
    if "error" not in said:
        found: Mapping[str, Any] = said["outputs"]
        return found
    kind = getattr(errors, said["error"], Failed)
    if issubclass(kind, Transient):
        raise kind(said["said"], retry_after=said["retry_after"])
    raise (kind if issubclass(kind, HaulierError) and kind is not errors.Withdrawn else Failed)(said["said"])
