"""The folder of a run: what its tasks print, and the temporary folder that they share."""
from __future__ import annotations

import os
import shutil
from pathlib import Path

from ...model.errors import NoSpace
from ...model.task import Key

TAIL = 4096
"""Bytes of the end of a log that are remembered with the attempt."""


class RunFolder:
    """`<runs>/<number>/`: `tmp/`, and a log for each try of each task."""

    def __init__(self, runs: Path, run: int) -> None:
        self.path = runs / str(run)
        self.tmp = self.path / "tmp"

    def make(self) -> None:
        """NoSpace if it cannot be made."""
        try:
            self.tmp.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise NoSpace(f"{self.tmp}: the folder of the run cannot be made ({error.strerror})") from error

    def take_over(self, other: RunFolder) -> bool:
        """Go on with the temporary folder of an earlier run; whether it is there."""
        if not other.tmp.is_dir() or self.tmp.exists():
            return self.tmp.exists()
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.rename(other.tmp, self.tmp)
        return True

    def log(self, key: Key, number: int) -> Path:
        """Where the try of that number prints. Ids may have a dot and a number at their end, but no brackets."""
        return self.path / f"{key}.{number}.log"

    def clear(self) -> None:
        """Remove the temporary folder, whatever is in it, but nothing that a link in it points to."""
        shutil.rmtree(self.tmp, onerror=_insist)


def _insist(function: object, path: str, _: object) -> None:
    """A task may have made folders that nobody may write to."""
    try:
        os.chmod(os.path.dirname(path), 0o700)
        if os.path.isdir(path) and not os.path.islink(path):
            os.chmod(path, 0o700)
            shutil.rmtree(path, ignore_errors=True)
        else:
            os.unlink(path)
    except OSError:
        pass    # what remains is in a folder of its own, and goes with the run


def tail(log: Path) -> str:
    """The end of what was printed."""
    try:
        with open(log, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return text if size <= TAIL else text.partition("\n")[2] or text
