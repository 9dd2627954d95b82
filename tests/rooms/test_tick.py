"""The tick: which runs are wanted when, by whatever clock, and however many look."""
from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from haulier.engine.tick import Tick, nanoseconds
from haulier.ledger import books as open_books
from haulier.ledger.books import Books
from haulier.model.run import Run, RunState, Totals, Trigger
from haulier.model.schedule import Misfire, Overlap, Schedule
from haulier.testing.books import at_once

START = datetime(2026, 3, 2, 11, 59, 30, tzinfo=UTC)
HOURLY = Schedule("0 * * * *", overlap=Overlap.QUEUE)
MINUTES = Schedule(every=60, overlap=Overlap.QUEUE)


class HandClock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> int:
        return nanoseconds(self.at)

    def sleep(self, seconds: float) -> None:
        raise AssertionError("a tick waits for nothing")


class Hub:
    """A tick over one agenda, and the clock it goes by."""

    def __init__(self, books: Books, clock: HandClock | None = None, **schedules: Schedule) -> None:
        self.books, self.schedules, self.said = books, schedules, list[str]()
        self.clock = clock or HandClock()
        self.tick = Tick(books.agenda, self.clock, lambda: self.schedules, self.said.append)

    def look(self, **later: float) -> list[str]:
        """What starts so much later: the moments of the schedule, in UTC."""
        self.clock.at += timedelta(**later)
        return [told(run) for run in self.tick()]

    def end(self, run: Run) -> None:
        begun = self.books.ledger.start(run.flow, source="a", target="b", run=run.id)
        self.books.ledger.finish(begun, RunState.DONE, Totals())


def told(run: Run) -> str:
    assert run.slot and run.trigger is Trigger.SCHEDULE
    return f"{datetime.fromtimestamp(run.slot / 1e9, UTC):%H:%M:%S}"


@pytest.fixture
def place(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/ledger.db"


@pytest.fixture
def books(place: str) -> Iterator[Books]:
    with closing(open_books(place)) as opened:
        yield opened


def test_a_new_schedule_counts_from_now(books: Books) -> None:
    hub = Hub(books, job=HOURLY)
    assert hub.look() == [] and hub.look(seconds=29) == []
    assert hub.look(seconds=1) == ["12:00:00"] and hub.look() == [] and hub.look(minutes=59) == []
    assert hub.look(minutes=1) == ["13:00:00"]
    run = books.agenda.open()[0]
    assert (run.flow, run.state, run.slot) == ("job", RunState.QUEUED, nanoseconds(START + timedelta(seconds=30)))


@pytest.mark.parametrize(("misfire", "most", "expected"), [
    (Misfire.SKIP, 10, []), (Misfire.ONCE, 10, ["15:00:00"]),
    (Misfire.ALL, 10, ["12:00:00", "13:00:00", "14:00:00", "15:00:00"]), (Misfire.ALL, 2, ["14:00:00", "15:00:00"])])
@pytest.mark.parametrize("overlap", list(Overlap))
def test_starts_that_were_missed(books: Books, misfire: Misfire, most: int, expected: list[str],
                                 overlap: Overlap) -> None:
    hub = Hub(books, job=replace(HOURLY, misfire=misfire, misfire_max=most, overlap=overlap))
    hub.look()
    assert hub.look(hours=3, minutes=30) == expected
    assert hub.look() == []
    for run in books.agenda.open():
        hub.end(run)
    assert hub.look(minutes=30, seconds=30) == ["16:00:00"], "in time, whatever was missed before"


def test_a_start_within_a_minute_is_in_time(books: Books) -> None:
    hub = Hub(books, job=replace(HOURLY, misfire=Misfire.SKIP))
    hub.look()
    assert hub.look(seconds=89) == ["12:00:00"]


def test_while_the_last_run_goes_on(books: Books) -> None:
    hub = Hub(books, skips=replace(MINUTES, overlap=Overlap.SKIP), queues=MINUTES,
              together=replace(MINUTES, overlap=Overlap.PARALLEL))
    hub.look()
    assert hub.look(minutes=1) == ["12:00:00"] * 3
    assert hub.look(minutes=1) == ["12:01:00"] * 2
    assert len(hub.said) == 1 and "skips: its last run goes on" in hub.said[0] and "12:01:00 UTC" in hub.said[0]
    first = next(run for run in books.agenda.open() if run.flow == "skips")
    hub.end(first)
    assert hub.look(minutes=1) == ["12:02:00"] * 3
    assert len(hub.said) == 1


@pytest.mark.parametrize(("state", "skipped"), [
    (RunState.RUNNING, True), (RunState.PAUSED, True), (RunState.WAITING, False)])
def test_a_run_that_only_waits_is_in_nobodys_way(books: Books, state: RunState, skipped: bool) -> None:
    hub = Hub(books, job=replace(MINUTES, overlap=Overlap.SKIP))
    hub.look()
    hub.look(minutes=1)
    run, = books.agenda.open()
    begun = books.ledger.start("job", source="a", target="b", run=run.id)
    if state is not RunState.RUNNING:
        books.ledger.finish(begun, state, Totals(), wakes=1 if state is RunState.WAITING else None)
    assert hub.look(minutes=1) == ([] if skipped else ["12:01:00"])


def test_of_many_starts_at_once_one_is_enough(books: Books) -> None:
    """A schedule of every second, looked at after half a minute: unless it queues, that is one run."""
    seconds = Schedule(every=1, overlap=Overlap.SKIP)
    hub = Hub(books, skips=seconds, queues=replace(seconds, overlap=Overlap.QUEUE))
    hub.look()
    found = hub.look(seconds=30)
    assert found[0] == "12:00:00" and len(found) == 31


def test_a_changed_schedule_counts_from_now(books: Books) -> None:
    hub = Hub(books, job=HOURLY)
    hub.look()
    hub.clock.at += timedelta(hours=5)
    hub.schedules["job"] = MINUTES
    assert hub.look() == [] and hub.look(minutes=1) == ["17:00:00"]
    hub.schedules["job"] = replace(MINUTES, timezone="Europe/Stockholm")
    assert hub.look(minutes=3) == []


def test_disabled_and_enabled_again(books: Books) -> None:
    hub = Hub(books, job=MINUTES)
    hub.look()
    hub.schedules["job"] = replace(MINUTES, enabled=False)
    assert hub.look(minutes=5) == [] and hub.look(minutes=5) == []
    hub.schedules["job"] = MINUTES
    assert hub.look(minutes=5) == [], "what would have started meanwhile does not start now"
    assert hub.look(minutes=1) == ["12:15:00"]


def test_a_schedule_that_goes_and_comes_back(books: Books) -> None:
    hub = Hub(books, job=replace(HOURLY, misfire=Misfire.ONCE))
    hub.look()
    gone = hub.schedules.pop("job")
    assert hub.look(hours=2) == []
    hub.schedules["job"] = gone
    assert hub.look(hours=1) == ["14:00:00"], "as if the hub had been away"


@pytest.mark.parametrize("back", [timedelta(seconds=40), timedelta(hours=2), timedelta(days=400)])
def test_a_clock_that_is_put_back(books: Books, back: timedelta) -> None:
    """Nothing starts twice for one moment, and nothing stops for longer than the clock went back by accident."""
    hub = Hub(books, job=MINUTES)
    hub.look()
    assert hub.look(minutes=1) == ["12:00:00"] and hub.look(minutes=1) == ["12:01:00"]
    hub.clock.at -= back
    found = hub.look()
    for _ in range(4):
        found += hub.look(minutes=1)
    slots = [run.slot for run in books.agenda.open()]
    assert len(slots) == len(set(slots))
    if back > timedelta(minutes=5):
        assert len(found) == 4, "it goes on by the clock as it is"
    else:
        assert found == ["12:02:00", "12:03:00", "12:04:00"]


def test_a_clock_that_was_wrong_for_a_moment(books: Books) -> None:
    hub = Hub(books, job=replace(HOURLY, misfire=Misfire.ONCE))
    hub.look()
    assert hub.look(days=365) == ["11:00:00"]
    hub.clock.at -= timedelta(days=365)
    assert hub.look() == [] and hub.look(seconds=30) == ["12:00:00"]
    assert hub.look(hours=1) == ["13:00:00"]


def test_clocks_of_two_hubs_that_differ(books: Books, place: str) -> None:
    """Half a minute of difference: each moment starts once, by whichever clock comes to it first."""
    with closing(open_books(place)) as others:
        one, other = Hub(books, job=MINUTES), Hub(others, job=MINUTES)
        one.clock.at -= timedelta(seconds=31)
        found = []
        for _ in range(150):
            found += one.look(seconds=1) + other.look(seconds=1)
        assert found == ["12:00:00", "12:01:00", "12:02:00"] and not one.said + other.said


def test_two_ticks_in_threads_never_start_twice(books: Books, place: str) -> None:
    clock = HandClock()
    schedules = {f"job{n}": MINUTES for n in range(5)}
    with closing(open_books(place)) as others:
        hubs = [Hub(each, clock, **schedules) for each in (books, others, books)]
        hubs[0].look()
        for _ in range(8):
            clock.at += timedelta(minutes=1)
            found = at_once(*[hub.look for hub in hubs])
            assert sum(len(each) for each in found) == 5
    assert len(books.agenda.open()) == 40


PROCESS = """
import sys
from haulier.engine.clock import SystemClock
from haulier.engine.tick import Tick
from haulier.ledger import books
from haulier.model.schedule import Overlap, Schedule
import time
opened = books(sys.argv[1])
tick = Tick(opened.agenda, SystemClock(), lambda: {"job": Schedule(every=1, overlap=Overlap.QUEUE)}, print)
tick()
print("ready", flush=True)
sys.stdin.readline()
end = time.monotonic() + 3
while time.monotonic() < end:
    tick()
tick()
"""


def test_two_processes_never_start_twice(books: Books, place: str) -> None:
    crew = [subprocess.Popen([sys.executable, "-c", PROCESS, place], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            for _ in range(2)]
    for process in crew:
        assert process.stdout and process.stdout.readline() == b"ready\n"
    for process in crew:
        assert process.stdin
        process.stdin.write(b"\n")
        process.stdin.flush()
    for process in crew:
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0, out
    slots = [run.slot or 0 for run in books.agenda.open()]
    assert slots == list(range(slots[0], slots[-1] + 1, 10**9)) and len(slots) >= 3, "none twice, and none left out"


def test_many_schedules_cost_little(books: Books) -> None:
    threads = set(threading.enumerate())
    hub = Hub(books, **{f"job{n}": Schedule(f"{n % 60} {n % 24} * * *", timezone="Europe/Stockholm")
                        for n in range(500)})
    hub.look()
    hub.look(seconds=1)
    took = []
    for _ in range(20):
        started = time.process_time()
        assert hub.look(seconds=1) == []
        took.append(time.process_time() - started)
    assert sorted(took)[10] < 0.05 and set(threading.enumerate()) <= threads, took
    started = time.perf_counter()
    hub.clock.at += timedelta(days=1)
    assert [len(hub.look()) for _ in range(6)] == [100] * 5 + [0]
    all_due = time.perf_counter() - started
    print(f"500 schedules: {sorted(took)[10] * 1e3:.1f} ms a look, {all_due:.1f} s for five when all are due")
