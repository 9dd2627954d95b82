"""Cells: the hub at rest and at work, watched by many, with much behind it, and with another worker beside it."""
from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from . import pages, workers
from .files import found, fresh, tree
from .listeners import Following
from .measure import Contender, Figures, Later, Most, Running, Slower
from .programs import own
from .serving import Home, Hub, job, seconds, until
from .stage import Cell, Stage

ROWS = Path(__file__).with_name("rows.py")
IDLE = 10.0         # seconds
EVERY = "every 5s"


def cells(*, quick: bool) -> Iterator[Cell]:
    few, many, all_rows = (200, 2_000, 20_000) if quick else (2_000, 20_000, 1_000_000)
    yield Cell("hub: start to the first answer, 20 jobs", start,
               [Most(1.5, "wall"), Most(1.5, "wall", "the very first start")], repeats=7)
    yield Cell(f"hub: idle for {IDLE:.0f} s, 20 jobs", lambda stage: [Idle("haulier", 20, stage)],
               [Most(120, "idle")], repeats=1)
    yield Cell(f"a job in the hub, {few:,} × 4 KiB local → local, disk", lambda stage: one_job(stage, few),
               (Later(2, "haulier run"), Later(2, "haulier run", "from its slot on")), on_disk=True)
    yield Cell(f"a run of {all_rows:,} files that cost nothing, disk", lambda stage: [Rows("haulier", all_rows, stage)],
               [Most(60, "wall")], repeats=1, on_disk=True)
    yield Cell(f"page of transfers, {all_rows:,} rows, SQLite", lambda stage: pages.sqlite(stage, all_rows),
               pages.GOALS, repeats=1)
    yield Cell(f"page of transfers, {all_rows:,} rows, PostgreSQL", lambda stage: pages.postgres(stage, all_rows),
               pages.GOALS, repeats=1)
    busy, far = 3 * many, 4 * many
    yield Cell(f"a job in the hub, {busy:,} × 4 KiB local → local, 200 follow its events",
               lambda stage: followed(stage, busy), [Slower(5, "nobody follows")])
    yield Cell(f"two workers, {far:,} × 4 KiB local → SFTP, 400 ms added, PostgreSQL",
               lambda stage: workers.crews(stage, far, 0.2), workers.GOALS, repeats=1)


def start(stage: Stage) -> Sequence[Contender]:
    home = twenty_jobs(stage)
    with Hub(home, stage.log):
        pass    # now there is a ledger, with an admin
    return [Start("haulier", stage, home), Start("the very first start", stage)]


def twenty_jobs(stage: Stage, count: int = 20) -> Home:
    home = Home(stage.programs, fresh(stage.place / "homes"))
    home.jobs(*[job(f"job-{number}", stage.place / f"from-{number}", stage.place / f"to-{number}",
                    schedule=f"{number} 4 * * *") for number in range(count)])
    return home


@dataclass(frozen=True)
class Start:
    """`haulier start`, until /health answers; without a home, that of a workspace that is new."""

    name: str
    stage: Stage
    home: Home | None = None

    def run(self, log: Path) -> Figures:
        with Hub(self.home or twenty_jobs(self.stage), log, is_new=self.home is None) as hub:
            figures = hub.end()
        return figures | {"wall": hub.answered}


@dataclass(frozen=True)
class Idle:
    """A hub whose jobs are not due."""

    name: str
    jobs: int
    stage: Stage

    def run(self, log: Path) -> Figures:
        with Hub(twenty_jobs(self.stage, self.jobs), log) as hub:
            before = hub.cpu
            time.sleep(IDLE)
            idle, busy = hub.memory, 100 * (hub.cpu - before) / IDLE
            return hub.end() | {"wall": IDLE, "idle": idle, "busy": busy}


# One job

def one_job(stage: Stage, count: int) -> Sequence[Contender]:
    """The same files each time, to a new place, in a workspace whose ledger knows nothing."""
    source = tree(stage.place / "source", count, 4096)
    return [InHub("haulier", stage, source), InHub("from its slot on", stage, source, schedule=EVERY),
            ByHand("haulier run", stage, source)]


@dataclass(frozen=True)
class InHub:
    """A hub that is running already carries a job: until it is done, from when it is asked to, or from its slot."""

    name: str
    stage: Stage
    source: Path
    schedule: str = ""
    listeners: int = 0

    def run(self, log: Path) -> Figures:
        home, target = Home(self.stage.programs, fresh(self.stage.place / "homes")), fresh(self.stage.place / "targets")
        move = job("move", self.source, target)
        home.jobs(move)
        with Hub(home, log) as hub, ExitStack() as stack:
            following = self.listeners and stack.enter_context(Following(hub.port, home.token, self.listeners))
            if self.schedule:
                home.jobs({**move, "schedule": self.schedule})
                number = 1
                until(lambda: hub.ask("/runs")["total"], 20)
            else:
                number = hub.run("move")
            run = hub.ended(number)
            wall = since_slot(home, number) if self.schedule else seconds(run["created"], run["finished"])
            if following:
                following.says("told")
            figures = hub.end()
        assert found(target) == found(self.source) and run["done"] == found(self.source)[0]
        return figures | {"wall": wall}


def since_slot(home: Home, number: int) -> float:
    with sqlite3.connect(home.path / "state" / "ledger.db") as ledger:
        slot, finished = ledger.execute("SELECT slot, finished FROM runs WHERE id = ?", [number]).fetchone()
    ledger.close()
    return float(finished - slot) / 1e9


@dataclass(frozen=True)
class ByHand:
    """`haulier run`, the whole process."""

    name: str
    stage: Stage
    source: Path

    def run(self, log: Path) -> Figures:
        home, target = Home(self.stage.programs, fresh(self.stage.place / "homes")), fresh(self.stage.place / "targets")
        home.jobs(job("move", self.source, target))
        running = Running([own("haulier"), "run", "move", "--quiet", "--workspace", str(home.path)],
                          home.environment, log)
        code, figures = running.end()
        assert code == 0 and found(target) == found(self.source), running.said()
        return figures


# Many rows

@dataclass(frozen=True)
class Rows:
    """The engine by itself: see rows.py. Its time is that of the whole process."""

    name: str
    count: int
    stage: Stage

    def run(self, log: Path) -> Figures:
        folder = fresh(self.stage.place / "rows")
        folder.mkdir()
        running = Running([sys.executable, str(ROWS), str(folder), str(self.count)],
                          self.stage.programs.environment, log)
        code, figures = running.end()
        if code:
            raise RuntimeError(f"ended with {code}: {running.said()}")
        with sqlite3.connect(folder / "ledger.db") as ledger:
            done, = ledger.execute("SELECT count(*) FROM transfers WHERE state = 'done'").fetchone()
        ledger.close()
        assert done == self.count, f"{done} rows"
        return figures | {"rate": self.count / figures["wall"]}


# Many listeners

def followed(stage: Stage, count: int) -> Sequence[Contender]:
    source = tree(stage.place / "source", count, 4096)
    return [InHub("haulier", stage, source, listeners=200), InHub("nobody follows", stage, source)]
