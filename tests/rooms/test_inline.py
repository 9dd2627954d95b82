"""The engine without DBOS: the same suite, its queue, and what a killed one leaves."""
from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from haulier.engine.threads import Threads
from haulier.engine.turns import AT_A_TIME, Turn
from haulier.model.run import Priority, Run, RunState
from haulier.testing.bench import SOON, Bench, Counting, Flow, Opened, filled, until
from haulier.testing.engines import EngineSuite
from haulier.testing.memory import Memory
from haulier.testing.stores import content
from rooms.durables import Hall, many, opened, room

R = RunState
RUN = Run(7, "job", "", "", R.QUEUED, 0)


class TestInline(EngineSuite):
    @pytest.fixture(scope="class")
    @classmethod
    def place(cls, tmp_path_factory: pytest.TempPathFactory) -> Path:
        return tmp_path_factory.mktemp("state")

    @classmethod
    def open(cls, place: object, bench: Bench) -> Opened:
        return opened(f"sqlite:///{place}/ledger.db", "", bench)


class Carried:
    """Notes what is carried, and keeps it until it may go."""

    def __init__(self) -> None:
        self.so_far: list[tuple[int, int]] = []
        self.times: list[float] = []
        self.may_go = threading.Event()

    def __call__(self, number: int, turn: int) -> None:
        self.times.append(time.time())
        self.so_far.append((number, turn))
        self.may_go.wait(60)


@pytest.fixture
def carried() -> Carried:
    return Carried()


@pytest.fixture
def queue(carried: Carried, request: pytest.FixtureRequest) -> Threads:
    queue = Threads()
    request.addfinalizer(lambda: queue.stop(5))
    request.addfinalizer(carried.may_go.set)
    queue.start("me", carried)
    return queue


def threads() -> int:
    return sum(thread.name == "carrier" for thread in threading.enumerate())


def test_the_same_turn_is_there_once(queue: Threads, carried: Carried) -> None:
    for _ in range(2):
        queue.put(RUN, 0)
        queue.put(RUN._replace(turn=3), 300)
    until(lambda: bool(carried.so_far), SOON)
    queue.put(RUN, 0)
    assert sorted(queue.turns()) == [Turn(7, 0, "me"), Turn(7, 3)]
    carried.may_go.set()
    until(lambda: list(queue.turns()) == [Turn(7, 3)], SOON)
    queue.put(RUN, 0)
    until(lambda: carried.so_far == [(7, 0), (7, 0)], SOON)


def test_what_is_delayed_comes_later(queue: Threads, carried: Carried) -> None:
    carried.may_go.set()
    delays, put = (0.3, 0.1, 0.0), []
    for turn, delay in enumerate(delays):
        put.append(time.time())
        queue.put(RUN._replace(turn=turn), delay)
        until(lambda turn=turn: len(carried.so_far) > turn, SOON)   # type: ignore[misc]
    assert carried.so_far == [(7, 0), (7, 1), (7, 2)]
    assert all(at - begun >= delay for at, begun, delay in zip(carried.times, put, delays, strict=True))


def test_what_is_delayed_keeps_nothing_else_waiting(queue: Threads, carried: Carried) -> None:
    carried.may_go.set()
    queue.put(RUN, 300)
    queue.put(RUN._replace(turn=1), 0)
    until(lambda: carried.so_far == [(7, 1)], SOON)
    assert list(queue.turns()) in ([Turn(7, 0)], [Turn(7, 0), Turn(7, 1, "me")])


def test_the_most_urgent_goes_first(queue: Threads, carried: Carried, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haulier.engine.threads.AT_A_TIME", 1)
    queue.put(RUN, 0)
    until(lambda: bool(carried.so_far), SOON)
    for number, priority in enumerate((Priority.LOW, Priority.NORMAL, Priority.URGENT, Priority.NORMAL), 100):
        queue.put(RUN._replace(id=number, priority=priority), 0)
    carried.may_go.set()
    until(lambda: len(carried.so_far) == 5, SOON)
    assert [number for number, _ in carried.so_far[1:]] == [102, 101, 103, 100]


def test_so_many_at_a_time(queue: Threads, carried: Carried) -> None:
    for number in range(AT_A_TIME + 4):
        queue.put(RUN._replace(id=number), 0)
    until(lambda: len(carried.so_far) == AT_A_TIME, SOON)
    assert sum(bool(turn.carried_by) for turn in queue.turns()) == AT_A_TIME == threads()
    carried.may_go.set()
    until(lambda: len(carried.so_far) == AT_A_TIME + 4, SOON)


def test_idle_threads_end(queue: Threads, carried: Carried, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haulier.engine.threads.IDLE", 0.05)
    carried.may_go.set()
    for number in range(9):
        queue.put(RUN._replace(id=number), 0)
    until(lambda: len(carried.so_far) == 9 and not threads(), SOON)
    carried.may_go.clear()
    queue.put(RUN._replace(id=10), 0.3)
    until(lambda: threads() == 1, SOON)
    until(lambda: carried.so_far[-1] == (10, 0), SOON)
    assert threads() == 1


def test_a_turn_that_ended_by_a_bug_may_come_again(request: pytest.FixtureRequest) -> None:
    def carry(number: int, turn: int) -> None:
        carried.append(number)
        if len(carried) == 1:
            raise RuntimeError("a bug")

    carried: list[int] = []
    queue = Threads()
    request.addfinalizer(lambda: queue.stop(5))
    queue.start("me", carry)
    for times in (1, 2):
        queue.put(RUN, 0)
        until(lambda times=times: len(carried) == times and not queue.turns(), SOON)  # type: ignore[misc]


def test_it_carries_only_its_own(tmp_path: Path) -> None:
    bench = Bench({name: Flow(filled(Memory(), a=b"1"), Counting()) for name in ("ours", "theirs")})
    bench.opened = opened(f"sqlite:///{tmp_path}/ledger.db", "", bench, only=lambda run: run.flow == "ours")
    theirs, ours = bench.submit("theirs"), bench.submit("ours")
    assert bench.ends(ours).state is R.DONE
    assert bench.ends(bench.submit("ours")).state is R.DONE and bench.run(theirs).state is R.QUEUED
    bench.opened.close()


def test_a_killed_one_is_gone_on_with() -> None:
    """At any moment: what waited, what was under way, and what was queued."""
    seed = random.randrange(1 << 30)
    files = {**many(3000), "big": content(4 << 20)}
    with room() as folder, ExitStack() as stack:
        hall = Hall(folder, f"sqlite:///{folder}/ledger.db", "", stack)
        (down := folder / "down").touch()
        hall.flow("waits", {"a": content(1 << 19)}, down=str(down), retry={"base": 8.0})
        hall.flow("runs", files, pace=0.0005)
        process = hall.start()
        numbers = [hall.want(flow) for flow in ("waits", "runs", "runs")]
        hall.becomes(numbers[0], R.WAITING)
        down.unlink()
        for times in (1, 2):
            until(lambda times=times: len(hall.notes("published")) > times * 800, 30)   # type: ignore[misc]
            time.sleep(random.Random(seed + times).random() * 0.3)
            process.kill()
            process = hall.start()
        assert {hall.ends(number).state for number in numbers} == {R.DONE}, seed
        assert [hall.run(number).totals.done for number in numbers] == [1, 3001, 0], seed
        hall.delivered_once("runs", files, killed=2)
        hall.delivered_once("waits", {"a": content(1 << 19)})
        process.stop()


ALONE = """
import sys
from pathlib import Path
from haulier.testing.bench import Bench, Counting, Flow, filled
from haulier.testing.memory import Memory
from rooms.durables import opened

bench = Bench({"job": Flow(filled(Memory(), a=b"1"), Counting())})
bench.opened = opened(f"sqlite:///{sys.argv[1]}/ledger.db", "", bench)
print(bench.ends(bench.submit("job")).state, "dbos" in sys.modules)
bench.opened.close()
"""


def test_it_works_without_dbos(tmp_path: Path) -> None:
    place = str(Path(__file__).parents[1])
    done = subprocess.run([sys.executable, "-c", f"import sys; sys.path.insert(0, {place!r}){ALONE}", tmp_path],
                          capture_output=True, text=True, timeout=60)
    assert done.stdout == "done False\n", done.stderr
