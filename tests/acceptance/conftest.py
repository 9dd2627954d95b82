"""The installed program, run as people run it, in a home of its own."""
from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from acceptance.far import far, s3, server, ssh  # noqa: F401 - fixtures
from acceptance.flows import yard  # noqa: F401 - fixture
from acceptance.hubs import hubs  # noqa: F401 - fixture
from acceptance.imports import database, office, postgres, room  # noqa: F401 - fixtures
from acceptance.together import asked
from acceptance.waiting import until
from haulier.settings import scaffold

HAULIER = str(Path(sys.executable).parent / "haulier")


@dataclass
class Done:
    """How one call ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Standard output as lines of JSON; it must be nothing else."""
        found = [json.loads(line) for line in self.out.splitlines()]
        assert all(isinstance(one, dict) and one["type"] for one in found)
        return found

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [one for one in self.lines if one["type"] == kind]


@dataclass
class Program:
    """`haulier` with a home folder, in a current folder `at`."""

    home: Path
    at: Path
    program: str = HAULIER
    environ: dict[str, str] = field(default_factory=dict)
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def env(self) -> dict[str, str]:
        kept = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
        return {**kept, "HOME": str(self.home), "XDG_STATE_HOME": str(self.home / "state"), "TZ": "UTC",
                "TERM": "dumb", "COLUMNS": "200", **self.environ}

    def __call__(self, *args: str | Path, code: int = 0, stdin: str | None = None,
                 at: Path | None = None) -> Done:
        """Run it to its end, and expect an exit status. It never shows a traceback."""
        ended = subprocess.run(
            [HAULIER, *map(str, args)], cwd=at or self.at, env=self.env, capture_output=True, text=True,
            timeout=60, **({"input": stdin} if stdin is not None else {"stdin": subprocess.DEVNULL}))
        done = Done(ended.returncode, ended.stdout, ended.stderr)
        assert "Traceback" not in done.out + done.err, done.err
        assert done.code == code, done
        return done

    def each(self, *calls: Sequence[str | Path], code: int | Sequence[int] = 0) -> list[Done]:
        """Several calls in one start, as acceptance.together has it, and their exit status: of all, or of each."""
        found = [Done(*told) for told in asked([(self.at, words) for words in calls], self.env)]
        assert [one.code for one in found] == ([code] * len(calls) if isinstance(code, int) else [*code]), found
        return found

    def start(self, *args: str | Path) -> subprocess.Popen[str]:
        """Run it, and do not wait."""
        process = subprocess.Popen([HAULIER, *map(str, args)], cwd=self.at, env=self.env, text=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.started.append(process)
        return process

    def files(self, folder: str) -> dict[str, bytes]:
        """Everything below a folder, hidden files too."""
        root = self.at / folder
        return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def haulier(tmp_path: Path) -> Iterator[Program]:
    home, at = tmp_path / "home", tmp_path / "at"
    home.mkdir()
    at.mkdir()
    program = Program(home, at)
    yield program
    for process in program.started:
        process.kill()
        process.communicate()


@pytest.fixture
def workspace(haulier: Program) -> Program:
    """The program inside a workspace with a job `daily`: *.csv from `in` to `out`."""
    scaffold.init(haulier.at / "ws")
    old = time.time() - 3600
    (haulier.at / "in").mkdir()
    for name in ("a.csv", "b.txt"):
        path = haulier.at / "in" / name
        path.write_text(name)
        os.utime(path, (old, old))
    haulier.at /= "ws"
    write_jobs(haulier)
    return haulier


def write_jobs(program: Program, more: str = "") -> None:
    (program.at / "configs" / "jobs.yaml").write_text(f"""\
jobs:
  - job_id: daily
    source: {{type: local, path: ../in, file_pattern: "*.csv"}}
    destination: {{type: local, path: ../out}}
{more}""")


@pytest.fixture
def wait_until() -> Callable[..., None]:
    return until


@pytest.fixture
def new_jobs() -> Callable[..., None]:
    return write_jobs
