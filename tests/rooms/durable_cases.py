"""What happens to processes, whatever the database is: killed, suspended, upgraded, their memory lost."""
from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from haulier.engine.sharing import EACH
from haulier.model.run import RunState
from haulier.testing.bench import until
from haulier.testing.stores import content
from rooms.durables import Hall, Process, many, room

R = RunState
KILLS = 4


class DurableCases:
    """Override `urls`. `others`: how many more processes are there from the beginning."""

    others = 0

    @pytest.fixture
    def urls(self) -> tuple[str, str]:
        """A new ledger's and a new engine's."""
        raise NotImplementedError

    @pytest.fixture
    def room(self) -> Iterator[Path]:
        with room() as folder:
            yield folder

    @pytest.fixture
    def hall(self, urls: tuple[str, str], room: Path) -> Iterator[Hall]:
        with ExitStack() as stack:
            yield Hall(room, *urls, stack)

    @pytest.mark.timeout(300)       # at its best it takes half a minute
    def test_killed_again_and_again(self, hall: Hall) -> None:
        """20,000 small files; at each kill, what is published goes on within seconds, and nothing goes twice."""
        files, seed = many(20_000), random.randrange(1 << 30)
        chance = random.Random(seed)
        hall.flow("many", files, pace=0.00005)
        crew = [hall.start() for _ in range(1 + self.others)]
        number = hall.want("many")
        took = []
        for _ in range(KILLS):
            before = len(hall.notes("published"))
            until(lambda before=before: len(hall.notes("published")) > before + 200,    # type: ignore[misc]
                  30, lambda: f"seed {seed}: {hall.run(number)}\n{hall.said.read_text()}")
            time.sleep(chance.random() * 0.5)
            if hall.run(number).finished:
                break
            dead = self._carrying(hall, crew)
            killed = time.time()
            dead.kill()
            crew.remove(dead)
            crew.append(hall.begin())
            until(lambda dead=dead, killed=killed: self._goes_on(hall, dead, killed), 30)   # type: ignore[misc]
            took.append(time.time() - killed)
        run = hall.ends(number, 60)
        assert (run.state, run.totals.done, run.totals.failed, run.totals.skipped) == (R.DONE, 20_000, 0, 0), seed
        hall.delivered_once("many", files, killed=len(took))
        assert len(took) >= 3 and max(took) < 30, took
        rows = hall.books.ledger.transfers(run=number, limit=30_000)
        assert len(rows) == 20_000 and sum(row.tries > 1 for row in rows) <= len(took) * (2 + EACH * self.others) * 1000
        print(f"seed {seed}: {len(took)} kills, going on after {', '.join(f'{one:.1f}' for one in took)} s")

    @staticmethod
    def _carrying(hall: Hall, crew: list[Process]) -> Process:
        last = hall.notes("published", "written")[-1].pid
        return next(process for process in crew if process.pid == last)

    @staticmethod
    def _goes_on(hall: Hall, dead: Process, since: float) -> bool:
        last = hall.notes("published", "written")[-1]
        return last.at > since and last.pid != dead.pid

    def test_a_large_file_goes_on_after_a_kill(self, hall: Hall) -> None:
        files = {"big": content(24 << 20)}
        hall.flow("big", files, pace=0.05)
        crew = [hall.start() for _ in range(1 + self.others)]
        number = hall.want("big")
        until(lambda: half_there(hall, "big") > 8 << 20, 30)
        dead = next(process for process in crew if process.pid == hall.notes("begins")[0].pid)
        dead.kill()
        left = half_there(hall, "big")
        if not self.others:
            hall.start()
        run = hall.ends(number)
        assert run.state is R.DONE and run.totals.done == 1
        hall.delivered_once("big", files)
        assert run.totals.bytes < 2 * (24 << 20) - left + (2 << 20), "it began anew"

    def test_suspended_for_longer_than_its_lease(self, hall: Hall) -> None:
        """Of two, the other goes on with it; whoever wakes again finds that out, and does nothing twice."""
        hall.lease = hall.absence = 3.0
        files = {**many(3000), "big": content(8 << 20)}
        hall.flow("many", files, pace=0.001, lanes=2)    # so that nobody helps: it is about one that goes on alone
        hall.flow("next", {"a": b"1"})
        crew = [hall.start() for _ in range(1 + self.others)]
        number = hall.want("many")
        until(lambda: len(hall.notes("written")) > 700, 30)
        carrier = hall.carrier("many")
        asleep = next(process for process in crew if process.pid == carrier)
        asleep.send(signal.SIGSTOP)
        time.sleep(6)
        if self.others:
            until(lambda: hall.run(number).turn > 0, 30)
        woken = time.time()
        asleep.send(signal.SIGCONT)
        run = hall.ends(number)
        assert (run.state, run.totals.done) == (R.DONE, 3001) and run.turn >= self.others
        hall.delivered_once("many", files, woken=bool(self.others))
        if self.others:
            late = [note for note in hall.notes("published", "written", flow="many") if note.pid == asleep.pid]
            assert not [note for note in late if note.at > woken + 2], "it did not stop"
        assert hall.ends(hall.want("next")).state is R.DONE
        for process in crew:
            process.stop()

    def test_what_waited_goes_on_in_a_newer_version(self, hall: Hall) -> None:
        down = hall.folder / "down"
        down.touch()
        hall.flow("later", {"a": content(1 << 19)}, down=str(down), retry={"base": 8.0})
        process = hall.start()
        number = hall.want("later")
        waiting = hall.becomes(number, R.WAITING)
        process.stop()
        down.unlink()
        hall.start(version="99.0")
        run = hall.ends(number)
        assert run.state is R.DONE and waiting.wakes and run.finished and run.finished > waiting.wakes
        hall.delivered_once("later", {"a": content(1 << 19)})

    def test_limits_hold_over_processes(self, hall: Hall) -> None:
        hall.limits = (3, 2)
        for n in range(6):
            hall.flow(f"flow{n}", many(530), far=True, pace=0.001, connections=["even" if n % 2 else "odd"])
        crew = [process.ready() for process in [hall.begin(), hall.begin()]]
        numbers = [hall.want(flow) for flow in hall.flows]
        assert {hall.ends(number).state for number in numbers} == {R.DONE}
        notes = sorted(hall.notes("begins", "ends"))
        if self.others:     # with SQLite, where one is usual, who looks takes all
            assert {note.pid for note in notes} == {process.pid for process in crew}
        assert most_at_once(notes, "024135") == 3
        assert most_at_once(notes, "024") <= 2 and most_at_once(notes, "135") <= 2

    def test_the_engine_may_forget_everything(self, hall: Hall) -> None:
        """Its own database, that is: the ledger knows what is wanted, what waits, and what was under way."""
        down = hall.folder / "down"
        down.touch()
        hall.flow("waits", {"a": content(1 << 19)}, down=str(down), retry={"base": 8.0})
        hall.flow("runs", {"big": content(8 << 20)}, pace=0.05)
        crew = [process.ready() for process in [hall.begin() for _ in range(1 + self.others)]]
        numbers = [hall.want("waits"), hall.want("runs"), hall.want("runs")]
        states = [R.WAITING, R.RUNNING, R.QUEUED]       # the first is tried again now and then
        until(lambda: half_there(hall, "runs") > 1 << 20 and [hall.run(number).state for number in numbers] == states,
              30, lambda: f"{[hall.run(number) for number in numbers]}")
        for process in crew:
            process.kill()
        down.unlink()
        self.forget(hall)
        hall.start()
        assert {hall.ends(number).state for number in numbers} == {R.DONE}
        hall.delivered_once("waits", {"a": content(1 << 19)})
        hall.delivered_once("runs", {"big": content(8 << 20)})

    def forget(self, hall: Hall) -> None:
        """Delete all that DBOS has."""
        raise NotImplementedError

    def test_a_run_at_the_command_line_comes_first(self, hall: Hall) -> None:
        hall.flow("busy", files := {"big": content(1 << 20)}, pace=0.05)
        held = hall.books.ledger.start("busy", source="a", target="b")
        hall.start()
        number = hall.want("busy")
        time.sleep(3)
        assert hall.run(number).state is R.QUEUED and not hall.notes("begins")
        hall.books.ledger.finish(held, R.DONE, held.totals)
        assert hall.ends(number).state is R.DONE
        hall.delivered_once("busy", files)

    def test_an_idle_engine_costs_little(self, hall: Hall) -> None:
        process = hall.start()
        until(lambda: is_calm(process.pid), 60)     # its start is not what is measured
        before, seconds = seconds_used(process.pid), 5 if self.others else 10
        time.sleep(seconds)
        used = (seconds_used(process.pid) - before) / seconds
        threads = int(of_status(process.pid, "Threads"))
        print(f"idle: {used:.1%} of a processor, {threads} threads, {of_status(process.pid, 'VmRSS')}")
        assert used < 0.1 and threads < 20


def half_there(hall: Hall, flow: str) -> int:
    """Bytes of the largest draft."""
    return max((path.stat().st_size for path in hall.target(flow).glob(".*.part")), default=0)


def most_at_once(notes: list, flows: str) -> int:  # type: ignore[type-arg]
    now = most = 0
    for note in notes:
        if note.flow[-1] in flows:
            now += 1 if note.what == "begins" else -1
            most = max(most, now)
    return most


def seconds_used(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def is_calm(pid: int) -> bool:
    """Whether it did little for a second."""
    before = seconds_used(pid)
    time.sleep(1)
    return seconds_used(pid) - before < 0.1


def of_status(pid: int, name: str) -> str:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(line.split(":")[1].strip() for line in lines if line.startswith(name))
