"""The durable engine on SQLite."""
from __future__ import annotations

import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from haulier.engine.queue import Queue
from haulier.engine.turns import Turn
from haulier.model.files import Stream
from haulier.model.run import Run, RunState
from haulier.model.transfer import State
from haulier.testing.bench import SOON, Bench, Counting, Flow, Opened, Paced, filled, until
from haulier.testing.engines import EngineSuite
from haulier.testing.stores import content
from rooms.durable_cases import DurableCases
from rooms.durables import Hall, many, opened

R = RunState


class TestSqlite(EngineSuite):
    @pytest.fixture(scope="class")
    @classmethod
    def place(cls, tmp_path_factory: pytest.TempPathFactory) -> Path:
        return tmp_path_factory.mktemp("state")

    @classmethod
    def open(cls, place: object, bench: Bench) -> Opened:
        return opened(f"sqlite:///{place}/ledger.db", f"sqlite:///{place}/engine.db", bench)


class TestProcesses(DurableCases):
    @pytest.fixture
    def urls(self, room: Path) -> tuple[str, str]:
        return f"sqlite:///{room}/ledger.db", f"sqlite:///{room}/engine.db"

    def forget(self, hall: Hall) -> None:
        for file in hall.folder.glob("engine.db*"):
            file.unlink()


def test_the_queue(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice the same turn is once, while it is there; one that has ended may come again; later all is forgotten."""
    carried: list[tuple[int, int]] = []
    leave = threading.Event()

    def carry(number: int, turn: int) -> None:
        carried.append((number, turn))
        leave.wait(60)

    queue = Queue(f"sqlite:///{tmp_path}/engine.db")
    request.addfinalizer(lambda: queue.stop(5))     # or its threads would be there beside every later test
    request.addfinalizer(leave.set)
    queue.start("me", carry)
    run = Run(7, "job", "", "", RunState.QUEUED, 0, turn=2)
    for _ in range(2):
        queue.put(run, 0)
        queue.put(run._replace(turn=3), 300)
    until(lambda: Turn(7, 2, "me") in queue.turns() and bool(carried), SOON)
    queue.put(run, 0)
    assert sorted(queue.turns()) == [Turn(7, 2, "me"), Turn(7, 3)] and carried == [(7, 2)]
    queue.recover("somebody else")
    leave.set()
    until(lambda: list(queue.turns()) == [Turn(7, 3)], SOON)
    queue.put(run, 0)
    until(lambda: carried == [(7, 2), (7, 2)], SOON)
    until(lambda: list(queue.turns()) == [Turn(7, 3)], SOON)
    assert not queue.prune()
    with sqlite3.connect(tmp_path / "engine.db") as engine:
        names = "SELECT workflow_uuid FROM workflow_status ORDER BY 1"
        assert engine.execute(names).fetchall() == [("run/7/2",), ("run/7/2/1",), ("run/7/3",)]
        monkeypatch.setattr("haulier.engine.queue.AT_ONCE", 1)
        assert [queue.prune(0) for _ in range(3)] == [True, True, False]
        assert engine.execute(names).fetchall() == [("run/7/3",)]
    engine.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of 8 MB of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_is_said_once_and_waited_for(small_disk: Path, tmp_path: Path) -> None:
    with ExitStack() as stack:
        hall = Hall(tmp_path, f"sqlite:///{small_disk}/ledger.db", f"sqlite:///{small_disk}/engine.db", stack)
        hall.flow("slow", files := {**many(2000), "big": content(2 << 20)}, pace=0.001)
        hall.flow("next", {"a": b"1"})
        hall.start()
        number = hall.want("slow")
        until(lambda: len(hall.notes("written")) > 200, 30)
        filler = small_disk / "filler"
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(b"\0" * 4096)
        until(lambda: "full" in hall.said.read_text(), 30)
        time.sleep(3)
        assert not hall.run(number).finished
        said = hall.said.read_text()
        filler.unlink()
        run = hall.ends(number, 60)
        assert (run.state, run.totals.done) == (R.DONE, 2001), run
        hall.delivered_once("slow", files)
        assert hall.ends(hall.want("next")).state is R.DONE
    ours = [line for line in said.splitlines() if "haulier.engine" in line and "WARNING" in line]
    assert len(ours) == 1 and "full" in ours[0], said
    assert len(said.splitlines()) < 20, said


def test_what_hangs_does_not_keep_an_engine_from_stopping(tmp_path: Path) -> None:
    class Hanging(Paced):
        drag = 1

        def read(self, path: str, *, start: int = 0, end: int | None = None) -> Stream:
            yield from super().read(path, start=start, end=1 << 20)
            hung.wait(60)

    hung = threading.Event()
    bench = Bench({"hangs": Flow(filled(Hanging(), big=content(2 << 20)), Counting())})
    bench.opened = opened(f"sqlite:///{tmp_path}/ledger.db", f"sqlite:///{tmp_path}/engine.db", bench)
    number = bench.submit("hangs")
    bench.moves(number, "big", 1 << 20)
    bench.opened.engine.stop()
    assert any(thread.name == "lane" for thread in threading.enumerate()), "it hangs still, and nobody waits for it"
    hung.set()
    assert bench.run(number).state is R.QUEUED and bench.files(number)["big"].state is State.QUEUED
    until(lambda: not any(thread.name == "lane" for thread in threading.enumerate()), SOON)
    bench.books.close()
