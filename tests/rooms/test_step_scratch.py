"""What a run that was killed leaves in the temporary folder goes with the next run, and nothing else does."""
from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from haulier.steps import scratch as module
from haulier.steps.scratch import scratch, sweep
from haulier.testing.bench import until

PROGRAM = """
import os, sys
from haulier.steps.scratch import scratch
with scratch() as folder:
    (folder / "secret").write_text("x")
    print(folder, flush=True)
    if sys.argv[1:]:
        if os.fork():
            os._exit(0)     # only the forked lane is left
        print(os.getpid(), flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The temporary folder, for us and for the programs that we start."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@contextmanager
def other_run(*words: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([sys.executable, "-c", PROGRAM, *words], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as process:
        yield process


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def is_dead(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_it_is_private_and_gone_afterwards(place: Path) -> None:
    with scratch() as folder:
        assert folder.parent == place and folder.stat().st_mode & 0o777 == 0o700
        (folder / "locked").mkdir(mode=0)
    assert list(place.iterdir()) == []


def test_what_a_killed_run_left_is_cleared_away_by_the_next(place: Path) -> None:
    with other_run() as process:
        left = Path(said(process))
        process.kill()
    assert (left / "secret").exists()
    with scratch() as folder:
        assert list(place.iterdir()) == [folder]


def test_the_folder_of_a_living_run_stays(place: Path) -> None:
    with other_run() as process, scratch() as folder:
        held = Path(said(process))
        sweep(place)
        assert (held / "secret").exists() and folder.exists()


def test_a_forked_lane_holds_the_folder_too(place: Path) -> None:
    with other_run("forks") as process:
        held, lane = Path(said(process)), int(said(process))
        assert process.wait() == 0
        sweep(place)
        assert (held / "secret").exists()
        os.kill(lane, 9)
        assert process.stdout and process.stdout.read() == ""
        until(lambda: is_dead(lane), 20)    # its files are closed one after the other, and the lock is not the first
        sweep(place)
        assert not held.exists()


def test_nothing_else_is_touched(place: Path) -> None:
    name = "haulier-run-x"
    (place / "haulier-postgres-x").mkdir()
    (place / f"{name}1").write_text("a file")
    (place / "elsewhere").mkdir()
    (place / f"{name}2").symlink_to(place / "elsewhere")
    if os.geteuid() == 0:
        (place / f"{name}3").mkdir()
        os.chown(place / f"{name}3", 65534, 65534)
    before = sorted(place.iterdir())
    sweep(place)
    assert sorted(place.iterdir()) == before


def test_a_folder_that_is_swept_before_it_is_locked_is_made_again(
        place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make, lost = tempfile.mkdtemp, []

    def made(**facts: str) -> str:
        path = make(**facts)
        if not lost:
            lost.append(path)
            sweep(place)
        return path

    monkeypatch.setattr(module.tempfile, "mkdtemp", made)
    with scratch() as folder:
        assert folder.is_dir() and str(folder) not in lost


def test_many_runs_that_begin_at_once_do_not_sweep_each_other(place: Path) -> None:
    missing = []

    def begin() -> None:
        for _ in range(50):
            with scratch() as folder:
                (folder / "f").write_text("x")
                if not folder.is_dir():
                    missing.append(folder)

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not missing and list(place.iterdir()) == []
