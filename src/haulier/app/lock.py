"""One hub for each workspace: who it is, and where it listens."""
from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from ..model.errors import Busy, Denied

FILE = "state/hub.lock"
PATIENCE = 1.0
"""Seconds: who only looks holds the lock for an instant, and who has just taken it has not said who it is."""


class Holder(NamedTuple):
    """The hub that holds a workspace; `since` in nanoseconds since the epoch."""

    pid: int
    address: str
    since: int


@contextmanager
def held(home: Path, name: str = FILE) -> Iterator[Callable[[Holder], None]]:
    """The workspace is ours while this lasts, and others are told what is given to the callable.

    Busy, naming the process, if another hub has it. The system lets go of the lock when the process ends, however it
    ends. `name`: of the file that is locked, in a folder that is no workspace.
    """
    file = _opened(home / name)
    try:
        _take(file, home, name)
        os.ftruncate(file, 0)
        yield lambda holder: _write(file, holder)
        os.ftruncate(file, 0)
    finally:
        os.close(file)


def holder(home: Path, name: str = FILE) -> Holder | None:
    """The hub that runs in this workspace now; None if none does. Denied if that cannot be seen."""
    try:
        with open(home / name, "rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                with suppress(ValueError, TypeError):   # nothing is written yet
                    return Holder(**json.loads(file.read()))
    except FileNotFoundError:
        pass
    except OSError as error:
        raise Denied(f"{home / name}: cannot be read ({error.strerror}); ask as the user that the hub runs as"
                     ) from error
    return None


def _opened(path: Path) -> int:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Denied(f"{path}: cannot be written ({error.strerror}); the hub keeps its state there") from error


def _take(file: int, home: Path, name: str) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            other = holder(home, name)
        if other or time.monotonic() > until:
            who = f"process {other.pid}, {other.address}" if other else "another process"
            how = f"haulier stop {home}" if name == FILE else "haulier scheduler stop"
            raise Busy(f"{home}: {'a hub' if name == FILE else 'a scheduler'} is running here already ({who}); "
                       f"stop it with: {how}")
        time.sleep(0.02)


def _write(file: int, holder: Holder) -> None:
    os.pwrite(file, json.dumps(holder._asdict()).encode(), 0)
