"""The real program, started as people start it, and browsers that are signed in at it."""
from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from haulier.settings.scaffold import init
from haulier.testing.servers import bound

PASSWORD = "correct horse battery"
ROLES = ("operator", "viewer")
PROGRAM = (sys.executable, "-m", "haulier.cli")


@dataclass
class Hub:
    """A hub that listens. `passwords` are those of admin, operator and viewer, called as their roles are."""

    home: Path
    url: str
    process: subprocess.Popen[str]
    passwords: Mapping[str, str]
    clients: dict[str, httpx.Client] = field(default_factory=dict)

    def client(self, name: str = "admin") -> httpx.Client:
        """Somebody who is signed in, without a browser; once, as that is meant to cost time."""
        if name not in self.clients:
            made = self.clients[name] = httpx.Client(base_url=f"{self.url}/api/v1", headers={"X-Haulier": "1"}, timeout=30, trust_env=False,
                                                     limits=httpx.Limits(keepalive_expiry=1))     # long before the hub ends it
            made.post("/session", json={"username": name, "password": self.passwords[name]}).raise_for_status()
        return self.clients[name]

    def add_people(self) -> None:
        """The users of the roles that the first start does not make."""
        for role in ROLES:
            self.client().post("/users", json={"name": role, "role": role, "password": PASSWORD}).raise_for_status()


def workspace(home: Path, jobs: str) -> Path:
    """A workspace with these jobs."""
    init(home)
    (home / "configs" / "jobs.yaml").write_text(jobs)
    return home


def put(path: Path, text: str) -> None:
    """Write a file that others read: they see all of it, or what was there before."""
    fresh = path.with_name(f".{path.name}.fresh")
    fresh.write_text(text)
    fresh.replace(path)


@contextmanager
def started(home: Path, port: int = 0, admin: str = "") -> Iterator[Hub]:
    """`haulier start`, until the context ends; `admin` is the password from an earlier start."""
    errors = (home / "stderr.txt").open("a")
    process = subprocess.Popen(bound([*PROGRAM, "start", str(home), "--port", str(port), "--json"]), text=True,
                               stdout=subprocess.PIPE, stderr=errors, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    clients: dict[str, httpx.Client] = {}
    try:
        said = _greeting(process, home)
        yield Hub(home, said["address"], process, {"admin": said["password"] or admin, **dict.fromkeys(ROLES, PASSWORD)}, clients)
    finally:
        for client in clients.values():
            client.close()
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()
        errors.close()


def _greeting(process: subprocess.Popen[str], home: Path) -> dict[str, Any]:
    assert process.stdout
    watch = threading.Timer(60, process.kill)
    watch.start()
    line = process.stdout.readline()
    watch.cancel()
    assert line, (home / "stderr.txt").read_text()
    said: dict[str, Any] = json.loads(line)
    return said


def until(condition: Callable[[], Any], seconds: float = 30.0) -> Any:
    """What the condition returns, once that is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)
    return found


def same_in_the_end(now: Callable[[], Any], whole: Any) -> None:
    """Wait until it is as it should be; what differs is told."""
    deadline = time.monotonic() + 30
    while now() != whole and time.monotonic() < deadline:
        time.sleep(0.1)
    assert now() == whole
