"""What a task of a flow is given, and what is asked of it."""
from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from ..model.task import Decision
from .importbook import ImportBook
from .store import Store


class Doing(Protocol):
    """One try of one task: what it may know, and may ask for. Used by the thread that does it."""

    flow: str
    run: int
    task: str                       # its id, with [n] behind it for the n-th of a list
    number: int                     # of this try, from 1
    since: int                      # when the first try began, in nanoseconds since the epoch
    params: Mapping[str, Any]
    env: Mapping[str, str]
    """All of the environment that a program of it gets: TMP_DIR, parameters and HAULIER_… are in it."""
    home: Path
    """Where programs are started, and relative paths hang from."""
    folder: Path
    """TMP_DIR: the same for all tasks of the run, and gone when the run is over."""
    log: Path
    """What it prints is appended to this file, which is there."""
    decision: Decision | None
    """What a person said, if one was asked and has answered."""

    @property
    def imports(self) -> ImportBook:
        """The memory of files that were taken in."""
        ...

    def say(self, text: str) -> None:
        """A line of the log, from us and not from a program."""
        ...

    def check(self) -> None:
        """Stopped (Cancelled, TimeUp …) if it is to end now; called several times a second, from its own thread."""
        ...

    def wake(self) -> int:
        """A file descriptor that becomes readable when check() would raise: for those who wait in a selector."""
        ...

    def store(self, place: Mapping[str, Any] | str) -> AbstractContextManager[Store]:
        """The files at a place as jobs and commands name it: a mapping with `connection` or `type` and `path`, or a
        text such as `office:inbox`. Invalid if there is no such place."""
        ...

    def transfer(self, settings: Mapping[str, Any]) -> Mapping[str, Any]:
        """Run a job (`job`: its id) or what is written like one, to its end; how many files and bytes.

        A try that was interrupted is gone on with. Failed if files failed.
        """
        ...

    def start(self, flow: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Run another flow to its end; its number and outputs. Failed if it failed. Goes on with one that was
        interrupted."""
        ...


class Task(Protocol):
    """What a node of a flow does, its settings filled in. Made anew for each try."""

    def run(self, doing: Doing) -> Mapping[str, Any]:
        """Do it; its outputs. Transient if another try may help, Later if there is nothing to do but to wait.

        Whatever it has started is gone when it returns or raises.
        """
        ...
