"""Markers, with the real program killed between a file and its marker."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

HOUR = 3600
DIES = """
import os, signal
from haulier.cli import main
unlink = os.unlink

def unlink_or_die(path, *more, **facts):
    if os.fspath(path).endswith(".done"):
        os.kill(os.getpid(), signal.SIGKILL)
    unlink(path, *more, **facts)

os.unlink = os.remove = unlink_or_die
main()
"""


@pytest.fixture
def job(haulier):
    """A workspace whose job `marked` deletes what it has delivered; in/a.csv is complete."""
    haulier("init", "ws")
    (haulier.at / "ws/configs/jobs.yaml").write_text(f"""\
jobs:
  - job_id: marked
    source: {{type: local, path: {haulier.at}/in}}
    destination: {{type: local, path: {haulier.at}/out}}
    complete: {{settle_seconds: 0, marker: "{{name}}.done"}}
    settle: delete
""")
    write(haulier, "a.csv", "first", age=HOUR + 60)
    write(haulier, "a.csv.done", "", age=HOUR)
    return haulier


def write(haulier, name: str, text: str, age: float = 0) -> None:
    path = haulier.at / "in" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    os.utime(path, (time.time() - age,) * 2)


def killed_at_the_marker(haulier) -> None:
    """Run the job, killed when it is about to delete the marker."""
    done = subprocess.run([sys.executable, "-c", DIES, "run", "marked", "--workspace", "ws"], cwd=haulier.at,
                          env=haulier.env, capture_output=True, text=True, timeout=60)
    assert done.returncode == -signal.SIGKILL, done
    assert haulier.files("in") == {"a.csv.done": b""} and haulier.files("out") == {"a.csv": b"first"}


def run(haulier) -> dict[str, object]:
    return haulier("run", "marked", "--workspace", "ws", "--json").of("summary")[0]


def test_a_marker_that_outlived_its_file_goes_with_the_next_run(job):
    killed_at_the_marker(job)
    assert run(job)["done"] == 1
    assert job.files("in") == {} and job.files("out") == {"a.csv": b"first"}


def test_a_marker_that_outlived_its_file_does_not_stand_for_the_next_one(job):
    killed_at_the_marker(job)
    write(job, "a.csv", "half of the sec")
    assert run(job)["not_ready"] == 1
    said = {one["path"]: one for one in job("plan", "marked", "--workspace", "ws", "--json").of("decision")}
    assert said["a.csv"]["verdict"] == "wait"
    assert said["a.csv"]["reason"] == "a.csv.done is older than it: an earlier file's"
    assert job.files("out") == {"a.csv": b"first"}
    write(job, "a.csv", "half of the second, and the rest")
    write(job, "a.csv.done", "")
    assert run(job)["done"] == 1
    assert job.files("in") == {} and job.files("out") == {"a.csv": b"half of the second, and the rest"}
