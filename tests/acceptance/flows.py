"""Flows and scripts in the folder of a program, and what is seen of them from outside."""
from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from acceptance.conftest import Done, Program

LATE = 60.0
"""Seconds that something may take, however busy the machine is."""
NOTE = """\
#!/bin/sh
# One line for each time that it ran, and for each time that it came to its end.
echo "$HAULIER_TASK begun" >> "$NOTES"
sleep "${1:-0}"
echo "$HAULIER_TASK done" >> "$NOTES"
"""
TOLD = """\
import json, os, sys
print(json.dumps({"argv": sys.argv[1:], "env": dict(os.environ), "at": os.getcwd()}))
"""


def script(program: Program, name: str, text: str) -> Path:
    """Into the folder of tasks; it may be executed if it says what runs it."""
    path = program.at / "tasks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    if text.startswith("#!"):
        path.chmod(0o755)
    return path


def flow(program: Program, name: str, *tasks: dict[str, Any], **keys: Any) -> Path:
    """A file of JSON with a flow in it."""
    path = program.at / "flows" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"name": name, "tasks": tasks, **keys}, indent=2))
    return path


def one(id: str, *needs: str, **keys: Any) -> dict[str, Any]:
    """A task; a script that is called as it is, if nothing else is said."""
    kind = {} if "type" in keys or "script" in keys else {"script": "note.sh"}
    return {"id": id, **kind, **({"depends_on": list(needs)} if needs else {}), **keys}


def states(done: Done) -> dict[str, str]:
    """The last state of each task, as `run --json` told it."""
    return {told["task"]: told["state"] for told in done.of("task")}


def summary(done: Done) -> dict[str, Any]:
    """What `run --json` said at its end."""
    found, = done.of("summary")
    return found


def printed(done: Done, task: str) -> list[str]:
    """The lines that a task printed."""
    return [told["text"] for told in done.of("output") if told["task"] == task]


def told(done: Done, task: str) -> dict[str, Any]:
    """What the script TOLD was given."""
    found: dict[str, Any] = json.loads(printed(done, task)[-1])
    return found


def notes(program: Program) -> list[str]:
    """What the script NOTE has noted so far, whole lines only: one may be on its way."""
    path = program.at / "notes"
    text = path.read_text() if path.exists() else ""
    return text[:text.rfind("\n") + 1].splitlines()


def noting(program: Program) -> None:
    """Have the script NOTE, and a file for its notes."""
    script(program, "note.sh", NOTE)
    program.environ["NOTES"] = str(program.at / "notes")


def alive(mark: str | Path, *but: int) -> list[int]:
    """Processes whose environment has this text in it: those of one test, by its folder."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) in (os.getpid(), *but):
            continue
        try:
            environ = Path(f"/proc/{name}/environ").read_bytes()
            state = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if str(mark).encode() in environ and state not in "ZX":
            found.append(int(name))
    return found


def spoken(process: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    """What a program says as lines of JSON, while it goes on."""
    assert process.stdout
    yield from map(json.loads, process.stdout)


def said(process: subprocess.Popen[str], is_it: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first thing of that kind that it says."""
    return next(line for line in spoken(process) if is_it(line))


def stopped(process: subprocess.Popen[str], number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
    """Ask a program to stop; its exit status, and how many seconds it took."""
    asked = time.monotonic()
    process.send_signal(number)
    process.communicate(timeout=LATE)
    return process.returncode, time.monotonic() - asked


def on_screen(program: Program, words: Sequence[str], text: str, keys: str) -> int:
    """Run a command at a terminal of 80 x 24 until it shows a text, then press keys; its exit status."""
    pid, terminal = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        os.chdir(program.at)
        os.execve(program.program, [program.program, *words],
                  {**program.env, "TERM": "xterm-256color", "COLUMNS": "80"})
    shown, until = b"", time.monotonic() + LATE
    with open(terminal, "r+b", buffering=0) as screen:
        while True:
            assert time.monotonic() < until, shown[-2000:]
            if select.select([screen], [], [], 0.2)[0]:
                try:
                    shown += screen.read(1 << 16) or b""
                except OSError:     # it has ended
                    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            if text.encode() in shown and keys:
                screen.write(keys.encode())
                keys = ""


def counted(lines: Iterable[str]) -> dict[str, int]:
    """How often each line is there."""
    found: dict[str, int] = {}
    for line in lines:
        found[line] = found.get(line, 0) + 1
    return found


@pytest.fixture
def yard(haulier: Program) -> Iterator[Program]:
    """A folder that is no workspace, with a scheduler that is ended if one was left running."""
    noting(haulier)
    yield haulier
    for pid in alive(f"HOME={haulier.home}"):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
