"""The hub and its workers, started as people start them and asked as programs ask them."""
from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Self, TypeVar

from .launch import family_of, field, share_of
from .measure import Figures, Running
from .programs import Programs, own

T = TypeVar("T")
PATIENCE = 60.0     # seconds for a program to be ready
STOPS = 15.0        # seconds for it to end, when it was asked to
OVER = ("done", "failed", "cancelled", "crashed")


class Home:
    """A workspace with its settings and jobs, and a token that may do everything."""

    def __init__(self, programs: Programs, path: Path, **settings: object) -> None:
        (path / "configs").mkdir(parents=True)
        (path / "haulier.yaml").write_text(json.dumps(settings))
        self.path, self.environment = path, programs.environment
        self._token = ""

    def jobs(self, *jobs: Mapping[str, object]) -> None:
        """These, and no others any more."""
        fresh = self.path / "configs" / "jobs.new"
        fresh.write_text(json.dumps({"jobs": jobs}))
        fresh.replace(fresh.with_suffix(".yaml"))

    @property
    def token(self) -> str:
        """Made when it is first asked for, after an admin: a hub makes one at its first start, which takes memory."""
        if not self._token:
            self._told("user", "add", "admin", "--role", "admin")
            self._token = json.loads(self._told("token", "create", "bench", "--role", "admin"))["token"]
        return self._token

    def _told(self, *words: str) -> str:
        said = subprocess.run([own("haulier"), *words, "--json", "--workspace", str(self.path)], text=True,
                              input="a long password\n", env=self.environment, capture_output=True, timeout=PATIENCE)
        if said.returncode:
            raise RuntimeError(f"haulier {words[0]}: {said.stderr.strip()}")
        return said.stdout


def job(name: str, source: object, target: object, **more: object) -> dict[str, object]:
    """A job between two places; folders of this machine are paths."""
    def place(one: object) -> object:
        return {"type": "local", "path": str(one)} if isinstance(one, Path) else one
    return {"job_id": name, "source": place(source), "destination": place(target), "recursive": True, **more}


class Started:
    """A program that goes on until it is ended. RuntimeError if it does not become ready."""

    def __init__(self, home: Home, log: Path, *words: str) -> None:
        self._log = log
        self._running = Running([own("haulier"), *words, "--json"], home.environment, log)
        self.began = time.perf_counter()
        self._figures: Figures | None = None

    @property
    def pid(self) -> int:
        return self._running.pid

    def said(self, kind: str) -> Mapping[str, Any]:
        """The line of that type, once it is there."""
        def line() -> Mapping[str, Any] | None:
            if self._running.has_ended:
                raise RuntimeError(f"it has ended: {self._running.said()}")
            lines = [one for one in self._log.read_text().splitlines() if one.startswith("{")]
            return next((said for one in lines if (said := json.loads(one)).get("type") == kind), None)
        return until(line, PATIENCE)

    @property
    def memory(self) -> float:
        """Megabytes now: of the process, or of it and its children together, pages that they share counted once."""
        family = family_of(self.pid)
        resident = 1024 * field(f"/proc/{self.pid}/status", "VmRSS:")
        return max(resident, sum(map(share_of, family)) if len(family) > 1 else 0) / 1e6

    @property
    def cpu(self) -> float:
        """Seconds of processor time so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self) -> Figures:
        """Ask it to stop; what it cost from its start on. It is killed if it does not listen."""
        if self._figures is None:
            if not self._running.has_ended:
                os.kill(self.pid, signal.SIGTERM)
            try:
                until(lambda: self._running.has_ended, STOPS)
            except RuntimeError:
                self._running.kill()
            self._figures = self._running.end()[1]
        return self._figures

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()


class Worker(Started):
    """`haulier worker`, once it is ready."""

    def __init__(self, home: Home, log: Path) -> None:
        super().__init__(home, log, "worker", str(home.path))
        self.name: str = self.said("worker")["name"]


class Hub(Started):
    """`haulier start`, from the moment on when it answers. If the workspace `is_new`, the API cannot be asked."""

    def __init__(self, home: Home, log: Path, *, is_new: bool = False) -> None:
        self.port, self._token = free_port(), "" if is_new else home.token
        super().__init__(home, log, "start", str(home.path), "--port", str(self.port))
        self._line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            until(self._answers, PATIENCE, 0.005)
        except BaseException:
            self.end()
            raise
        self.answered = time.perf_counter() - self.began
        """Seconds until the first answer."""

    def _answers(self) -> bool:
        if self._running.has_ended:
            raise RuntimeError(f"the hub has ended: {self._running.said()}")
        try:
            self._line.request("GET", "/health")
            answer = self._line.getresponse()
            return answer.status == 200 and b"healthy" in answer.read()
        except OSError:
            self._line.close()
            return False

    def ask(self, path: str, method: str = "GET") -> Any:
        """The answer of the API. RuntimeError if it is an error."""
        self._line.request(method, f"/api/v1{path}", headers={"Authorization": f"Bearer {self._token}"})
        answer = self._line.getresponse()
        body = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {body.decode(errors='replace')[:300]}")
        return json.loads(body)

    def run(self, name: str) -> int:
        """Run the job now."""
        number: int = self.ask(f"/jobs/{name}/run", "POST")["id"]
        return number

    def ended(self, number: int, seconds: float = 120.0) -> Mapping[str, Any]:
        """The run, once it is done. RuntimeError if it fails."""
        def look() -> Any:
            run = self.ask(f"/runs/{number}")
            return run if run["state"] in OVER else None
        found: Mapping[str, Any] = until(look, seconds, 0.1)
        if found["state"] != "done":
            raise RuntimeError(f"the run is {found['state']}: {found['error']}")
        return found


def seconds(begin: str, end: str) -> float:
    """Between two moments as the API tells them."""
    return (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(look: Callable[[], T | None], seconds: float, pause: float = 0.02) -> T:
    """What it returns, once that is true. RuntimeError if it does not come in so many seconds."""
    end = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > end:
            raise RuntimeError(f"it did not happen within {seconds:g} s")
        time.sleep(pause)
    return found
