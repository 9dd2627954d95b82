"""A run's private folder for steps that need a file; what runs that were killed left is cleared away."""
from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PREFIX = "haulier-run-"


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that only this user can enter, gone afterwards.

    It is locked while this process, or a lane forked from it, lives: one whose lock is free is dead.
    """
    place = Path(tempfile.gettempdir()).absolute()
    sweep(place)
    path, lock = _made(place)
    try:
        yield path
    finally:
        remove_folder(path)
        os.close(lock)


def sweep(place: Path) -> None:
    """Remove this user's folders there that no process holds."""
    for path in place.glob(f"{_PREFIX}*"):
        with suppress(OSError):     # not a folder, or somebody else's, or held
            _remove_if_dead(path)


def _remove_if_dead(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(folder).st_uid == os.geteuid():
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            remove_folder(path)
    finally:
        os.close(folder)


def _made(place: Path) -> tuple[Path, int]:
    """A new folder and the descriptor that locks it."""
    while True:
        path = tempfile.mkdtemp(prefix=_PREFIX, dir=place)
        with suppress(FileNotFoundError):   # another run swept it before it was locked
            return Path(path), _locked(path)


def _locked(path: str) -> int:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):     # no locks on this file system: then nobody sweeps here
            fcntl.flock(folder, fcntl.LOCK_EX)
        os.stat(path)
    except BaseException:
        os.close(folder)
        raise
    return folder


def remove_folder(folder: Path) -> None:
    """Delete the folder and all in it, also what a script has locked up. May be called twice."""
    for root, folders, _ in os.walk(folder):
        for name in folders:
            path = os.path.join(root, name)
            if not os.path.islink(path):
                with suppress(OSError):
                    os.chmod(path, 0o700)
    shutil.rmtree(folder, ignore_errors=True)
