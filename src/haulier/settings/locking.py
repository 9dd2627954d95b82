"""Files that people and processes change: by one process at a time, and what the system says in our words."""
from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..model.errors import Busy, Denied, Invalid, NoSpace, Permanent

_PATIENCE = 10.0
_PAUSE = 0.01
_FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def alone(folder: Path, said: str) -> Iterator[None]:
    """Alone among all processes that change what is in a folder; Busy with `said` if another one does for too long."""
    with translated(str(folder)):
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _lock(opened, said)
        yield
    finally:
        os.close(opened)


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Errors of the system as ours; `name` is what it is about."""
    try:
        yield
    except PermissionError as error:
        raise Denied(f"{name} may not be read or written: {error.strerror}") from error
    except OSError as error:
        kind: type[Permanent] = NoSpace if error.errno in _FULL else Invalid
        raise kind(f"{name} cannot be read or written: {error.strerror}") from error


def _lock(folder: int, said: str) -> None:
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            return fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise Busy(said) from None
            time.sleep(_PAUSE)
