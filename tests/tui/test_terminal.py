"""The installed program in a real terminal."""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .boards import PATIENCE, Place

HAULIER = str(Path(sys.executable).parent / "haulier")


class Terminal:
    """80 by 24, and a shell in it."""

    def __init__(self, folder: Path) -> None:
        self._environ = {**os.environ, "TMUX_TMPDIR": str(folder), "LC_ALL": "C.UTF-8", "TERM": "xterm-256color",
                         "TZ": "UTC", "PS1": "$ "}
        self._environ.pop("TMUX", None)
        self("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "sh")

    def __call__(self, *words: str) -> str:
        return subprocess.run(["tmux", "-u", "-L", "haulier-test", *words], env=self._environ, timeout=30, check=True,
                              capture_output=True, text=True).stdout

    def sees(self, *texts: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not all(text in (found := self("capture-pane", "-p")) for text in texts):
            assert time.monotonic() < deadline, f"{texts} did not come; the terminal shows:\n{found}"
            time.sleep(0.05)

    def type(self, *keys: str) -> None:
        self("send-keys", *keys)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    made = Terminal(tmp_path)
    yield made
    made("kill-server")


def test_in_a_terminal(place: Place, terminal: Terminal) -> None:
    place.flow("weather", {"id": "get", "script": "say.py", "args": ["sunny"]}, schedule="daily at 02:00")
    with place.scheduler():
        terminal.type(f"{HAULIER} scheduler status -i --workspace {place.home}; echo ended with $?", "Enter")
        terminal.sees("● scheduler", "1 flow", "weather", "every day at 02:00, UTC", "r Run c Cancel", "q Quit")
        terminal.type("r")
        terminal.sees("✓ weather 1", "✓ get", "I say sunny", "✓ done", "History · weather")
        terminal.type("Enter")
        terminal.sees("Run 1 of weather", "by hand", "Tries")
        terminal.type("q")
        terminal.sees("ended with 0")
