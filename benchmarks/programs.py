"""The commands that take part, each with a private home so that no setting of the user counts."""
from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path


class Programs:
    """`haulier` of this Python's environment, and the peers that are installed."""

    def __init__(self, home: Path) -> None:
        self.home = home
        home.mkdir(parents=True, exist_ok=True)
        self.workspace = home / "workspace"
        self.rclone_config = home / "rclone.conf"
        self.rclone_config.touch()
        os.environ.update(HOME=str(home), XDG_STATE_HOME=str(home / "state"), LC_ALL="C.UTF-8")
        os.environ.pop("SSH_AUTH_SOCK", None)

    @staticmethod
    def _own(name: str) -> str:
        beside = Path(sys.executable).with_name(name)
        found = str(beside) if beside.exists() else shutil.which(name)
        if not found:
            raise RuntimeError(f"{name} is not installed")
        return found

    def haulier(self, *words: str | Path) -> Sequence[str]:
        return [self._own("haulier"), *map(str, words)]

    def copy(self, source: str | Path, target: str | Path, *more: str) -> Sequence[str]:
        where = ["--workspace", self.workspace] if self.workspace.exists() else []
        return self.haulier("copy", *where, "--quiet", *more, source, target)

    def rclone(self, *words: str | Path) -> Sequence[str]:
        return [self._own("rclone"), "--config", str(self.rclone_config), "--quiet", *map(str, words)]
