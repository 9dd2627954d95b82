"""One hub for each workspace: who it is, and where it listens."""
from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from ..model.errors import Busy, Denied

FILE = "state/hub.lock"


class Holder(NamedTuple):
    """The hub that holds a workspace; `since` in nanoseconds since the epoch."""

    pid: int
    address: str
    since: int


@contextmanager
def held(home: Path, holder: Holder) -> Iterator[None]:
    """The workspace is ours while this lasts; Busy, naming the process, if another hub has it.

    The system lets go of the lock when the process ends, however it ends.
    """
    path = home / FILE
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Denied(f"{path}: cannot be written ({error.strerror}); the hub keeps its state there") from error
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(_taken(home)) from None
        os.ftruncate(file, 0)
        os.pwrite(file, json.dumps(holder._asdict()).encode(), 0)
        yield
        os.ftruncate(file, 0)
    finally:
        os.close(file)


def holder(home: Path) -> Holder | None:
    """The hub that runs in this workspace now; None if none does."""
    with suppress(OSError, ValueError, TypeError), open(home / FILE, "rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return Holder(**json.loads(file.read()))
    return None


def _taken(home: Path) -> str:
    other = holder(home)
    who = f"process {other.pid}, {other.address}" if other else "another process"
    return f"{home}: a hub is running here already ({who}); stop it with: haulier stop"
