"""The commands that take part, with a private home so that no setting of the user counts."""
from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from .measure import Command, Figures


def own(name: str) -> str:
    """A program of this Python's environment, or else of the system."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if not found:
        raise RuntimeError(f"{name} is not installed")
    return found


class Programs:
    """`haulier` with a workspace, and its peers."""

    def __init__(self, home: Path) -> None:
        self.workspace = home / "workspace"
        self.workspace.mkdir(parents=True)
        self._settings = self.workspace / "haulier.yaml"
        self._settings.write_text("")
        self._rclone = home / "rclone.conf"
        self._rclone.touch()
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith(("AWS_", "HAULIER_", "RCLONE_", "SSH_", "XDG_"))}
        self.environment = {**kept, "HOME": str(home), "LC_ALL": "C.UTF-8"}

    def connection(self, name: str, **fields: object) -> None:
        """A named connection for haulier."""
        text = self._settings.read_text() or "connections:\n"
        self._settings.write_text(text + f"  {name}: {json.dumps(fields)}\n")

    def remote(self, name: str, **fields: object) -> None:
        """A named remote for rclone."""
        with open(self._rclone, "a") as file:
            file.write(f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in fields.items()))

    def command(self, name: str, before: Callable[[], Sequence[str]],
                after: Callable[[], Figures | None] = lambda: None, **environment: str) -> Command:
        return Command(name, before, after, self.environment | environment)

    def copy(self, source: str | Path, target: str | Path, *more: str) -> Sequence[str]:
        return [own("haulier"), "copy", "--workspace", str(self.workspace), "--quiet", *more, str(source), str(target)]

    def rclone(self, *words: str | Path) -> Sequence[str]:
        return [own("rclone"), "--config", str(self._rclone), "--quiet", *map(str, words)]
