"""The installed hub, started as people start it and asked as programs ask it."""
from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from acceptance.toll import Haulier
from haulier.app import workspace_at
from haulier.ledger import books
from haulier.model.account import Role
from haulier.settings import scaffold

T = TypeVar("T")
STARTS = 60.0
"""Seconds that a program may take to say that it is ready, however busy the machine is."""
STOPS = 10.0
"""Seconds within which whatever is asked to stop has put down what it does."""


def until(look: Callable[[], T], seconds: float = 60.0) -> T:
    """What `look` returns, once that is true; it must be within so many seconds."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"it did not happen within {seconds:g} s; last seen: {found!r}"
        time.sleep(0.02)
    return found


class Running:
    """A hub or a worker in a process of its own; `said` is what it printed first."""

    def __init__(self, hubs: Hubs, *words: str | Path) -> None:
        self.errors = hubs.home / f"stderr-{len(hubs.running)}"
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [Path(sys.executable).with_name("haulier"), *map(str, words), "--json"], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=errors, env=hubs.environment, cwd=hubs.home, text=True)
        hubs.running.append(self)
        self.said: dict[str, Any] = json.loads(self._first_line())

    def _first_line(self) -> str:
        assert self.process.stdout
        ready, _, _ = select.select([self.process.stdout], [], [], STARTS)
        line = self.process.stdout.readline() if ready else ""
        assert line, f"it said nothing: {self.stderr}"
        return line

    @property
    def stderr(self) -> str:
        return self.errors.read_text()

    def kill(self) -> None:
        """As a power cut would."""
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """Nothing of it is left."""
        self.kill()
        if self.process.stdout:
            self.process.stdout.close()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> float:
        """Ask it to stop, and expect that it ends well; how many seconds it took."""
        asked = time.monotonic()
        self.process.send_signal(number)
        out, _ = self.process.communicate(timeout=STOPS + 5)
        took = time.monotonic() - asked
        assert self.process.returncode == 0 and out == "" and "Traceback" not in self.stderr, self.stderr
        assert took < STOPS
        return took

    @property
    def memory(self) -> int:
        """Bytes that it has in memory now."""
        line, = (line for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
                 if line.startswith("VmRSS"))
        return int(line.split()[1]) * 1024


class Hub(Running):
    """A hub, and its REST API with a token."""

    def __init__(self, hubs: Hubs, *more: str | Path) -> None:
        headers = {"Authorization": f"Bearer {hubs.token}"}
        super().__init__(hubs, "start", hubs.workspace, *(() if "--port" in more else ("--port", "0")), *more)
        self.address: str = self.said["address"]
        self.api = httpx.Client(base_url=f"{self.address}/api/v1", timeout=30, trust_env=False, headers=headers)

    def close(self) -> None:
        super().close()
        self.api.close()

    def get(self, path: str, **asked: Any) -> Any:
        answer = self.api.get(path, params=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any = None) -> Any:
        answer = self.api.post(path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def begin(self, job: str) -> int:
        """Run a job now; the number of the run."""
        number: int = self.post(f"/jobs/{job}/run")["id"]
        return number

    def run(self, number: int, *states: str, seconds: float = 60.0) -> Any:
        """The run, once it is in one of these states."""
        deadline = time.monotonic() + seconds
        while (run := self.get(f"/runs/{number}"))["state"] not in states:
            assert time.monotonic() < deadline, f"it is not {' or '.join(states)} within {seconds:g} s: {run}"
            time.sleep(0.02)
        return run

    def done(self, job: str, seconds: float = 60.0) -> Any:
        """Run a job to its end."""
        run = self.run(self.begin(job), "done", "failed", "cancelled", seconds=seconds)
        assert run["state"] == "done", run
        return run


class Hubs(Haulier):
    """A workspace, and the hubs that run in it, one after another."""

    def __init__(self, home: Path, connections: str = "") -> None:
        super().__init__(home)
        scaffold.init(self.workspace)
        if connections:
            self.settings(f"connections:\n{connections}")
        self.running: list[Running] = []
        self._token = ""

    @property
    def token(self) -> str:
        """Of a program that may do everything."""
        if not self._token:     # made as `haulier token create` makes it, without a start of the program for each test
            from haulier.api.signin.passwords import kept, new_token
            self._token = new_token()
            with closing(books(workspace_at(str(self.workspace)).ledger_url())) as opened:
                opened.accounts.add_token(kept(self._token), "tests", Role.ADMIN, "command line", None)
                opened.accounts.note("command line", "token.made", "tests", "as admin")
        return self._token

    def told_with(self, stdin: str, *words: str | Path) -> list[dict[str, Any]]:
        """As told(), with something at standard input."""
        process = subprocess.run(
            [Path(sys.executable).with_name("haulier"), *map(str, words), "--workspace", self.workspace, "--json"],
            input=stdin, capture_output=True, text=True, env=self.environment, cwd=self.home, timeout=60)
        assert process.returncode == 0, process.stderr
        return [json.loads(line) for line in process.stdout.splitlines()]

    def settings(self, text: str) -> None:
        (self.workspace / "haulier.yaml").write_text(text)

    def jobs(self, *jobs: str) -> None:
        """Write the jobs, each as text below `- job_id: …`, at once as editors do."""
        path = self.workspace / "configs" / "jobs.yaml"
        path.with_suffix(".new").write_text("jobs:\n" + "".join(f"  - {one}\n" for one in jobs))
        os.replace(path.with_suffix(".new"), path)

    def start_hub(self, *more: str | Path) -> Hub:
        return Hub(self, *more)

    def log(self) -> str:
        return (self.workspace / "logs" / "haulier.log").read_text()

    def end(self) -> None:
        for one in self.running:
            one.close()


def job(name: str, source: Path | str, target: Path | str, *more: str) -> str:
    """A job between two places: folders of this machine, or as they are written in a job."""
    def written(place: Path | str) -> str:
        return f"type: local, path: '{place}'" if isinstance(place, Path) else place
    return "\n    ".join((f"job_id: {name}", f"source: {{{written(source)}}}", f"destination: {{{written(target)}}}",
                          "recursive: true", "complete: {settle_seconds: 0}", *more))


@pytest.fixture
def hubs(tmp_path: Path) -> Iterator[Hubs]:
    """A new workspace without jobs."""
    made = Hubs(tmp_path / "home")
    yield made
    made.end()
