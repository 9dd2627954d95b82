"""Cell: one worker and two, with a ledger in PostgreSQL, and a distant server that they wait for most of the time."""
from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from haulier.ledger import books
from haulier.model.run import OVER, RunState, Wanted
from haulier.testing.servers.delay import Delay
from haulier.testing.servers.postgres import Postgres

from .files import found, fresh, tree
from .measure import Contender, Faster, Figures, Goal, Most
from .serving import Home, Worker, job, until
from .sftp import Ssh
from .stage import Stage

LIMITS = {"lanes": 64, "per_connection": 64}
"""So many that none of them counts: what one worker does at a time is what its own lanes are."""
GOALS: Sequence[Goal] = [Faster(1.6, "one worker"), Most(50, "busy", "one worker", note=", latency-bound")]


def crews(stage: Stage, count: int, delay: float) -> Sequence[Contender]:
    """`delay`: seconds each way."""
    ssh = Ssh(stage, lambda port: stage.enter_context(Delay(port, delay)).port)
    source = tree(stage.place / "source", count, 4096)
    place = Place(stage, ssh, source, stage.enter_context(Postgres()))
    return [Crew("haulier", 2, place), Crew("one worker", 1, place)]


@dataclass(frozen=True)
class Place:
    """What all of them use."""

    stage: Stage
    ssh: Ssh
    source: Path
    server: Postgres


@dataclass(frozen=True)
class Crew:
    """So many workers carry one run; a new ledger for each."""

    name: str
    workers: int
    place: Place

    def run(self, log: Path) -> Figures:
        stage, (remote, folder) = self.place.stage, self.place.ssh.folder()
        url = self.place.server.database()
        home = Home(stage.programs, fresh(stage.place / "homes"), ledger=url, limits=LIMITS, connections={
            "far": {"type": "sftp", **self.place.ssh.login}})
        home.jobs(job("move", self.place.source, {"connection": "far", "path": remote}))
        with closing(books(url)) as kept, ExitStack() as stack:
            crew = [stack.enter_context(Worker(home, log.with_name(f"worker{number}")))
                    for number in range(self.workers)]
            before = processors()
            wanted = kept.agenda.want(Wanted("move"))
            assert wanted
            until(lambda: kept.agenda.run(wanted.id).state in OVER, 120, 0.1)
            run, after = kept.agenda.run(wanted.id), processors()
            figures = [one.end() for one in crew]
        assert run.state is RunState.DONE and run.totals.done == found(self.place.source)[0], run
        assert found(folder) == found(self.place.source)
        wall = ((run.finished or 0) - run.created) / 1e9
        busy = 100 * (after.busy - before.busy) / (after.all - before.all)
        return {"wall": wall, "cpu": sum(one["cpu"] for one in figures), "busy": busy,
                "rss": max(one["rss"] for one in figures)}


class Ticks(NamedTuple):
    """What all processors did since the machine was started."""

    busy: int
    all: int


def processors() -> Ticks:
    ticks = list(map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]))
    return Ticks(sum(ticks) - ticks[3] - ticks[4], sum(ticks))
