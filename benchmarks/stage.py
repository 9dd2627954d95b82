"""What a cell is, and where it is measured."""
from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from .measure import MEMORY, Contender, Goal
from .programs import Programs


class Stage(ExitStack):
    """A folder, and programs with a home in it, for one cell. What is entered or called back ends with it."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp(prefix="haulier-bench-", dir=root))
        self.place.chmod(0o755)     # sshd's users come here too
        self.callback(shutil.rmtree, self.place, ignore_errors=True)
        self.programs = Programs(self.place / "home")
        self.log = self.place / "log"

    def need(self, size: int) -> None:
        """RuntimeError if there is no room for so many bytes."""
        free = shutil.disk_usage(self.place).free
        if free < size:
            raise RuntimeError(f"needs {size / 1e9:.0f} GB in {self.place.parent}, {free / 1e9:.0f} GB are free")


@dataclass(frozen=True)
class Cell:
    """One row of the table. `prepare` makes files, starts servers and gives the contenders."""

    name: str
    prepare: Callable[[Stage], Sequence[Contender]]
    goals: Sequence[Goal] = ()
    repeats: int = 3
    on_disk: bool = False
    known: Mapping[str, float] = field(default_factory=dict)
    """Seconds of somebody who does not take part, measured earlier."""
    memory: Goal = MEMORY
