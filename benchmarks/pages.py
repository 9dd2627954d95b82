"""Cells: what people ask of a hub that has a million files behind it."""
from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import psycopg

from haulier.testing.servers.postgres import Postgres

from .history import PER_RUN, WORDS
from .measure import Contender, Figures, Goal, Most
from .serving import Home, Hub
from .stage import Stage

HISTORY = Path(__file__).with_name("history.py")
TIMES = 100
MOST = 50.0     # milliseconds
Asks = Callable[[random.Random, int], dict[str, object]]


def questions() -> dict[str, Asks]:
    """By name: what is asked, each time a little different; `runs` is how many runs there are."""
    return {
        "haulier": lambda chance, runs: {"offset": 50 * chance.randrange(5)},
        "failed only": lambda chance, runs: {"state": "failed", "offset": 50 * chance.randrange(5)},
        "one run": lambda chance, runs: {"run": 1 + chance.randrange(runs), "offset": 50 * chance.randrange(5)},
        "search, the beginning of a name": lambda chance, runs: {
            "search": f"{chance.choice(WORDS)}-{chance.randrange(1000):03d}"},
        "search, the middle of a name": lambda chance, runs: {"search": f"{chance.randrange(100_000):05d}-1"},
        "search, in no name": lambda chance, runs: {"search": f"nothing{chance.randrange(1000)}"},
        "sort by size": lambda chance, runs: {"sort": "-size", "offset": 50 * chance.randrange(5)},
        "sort by name": lambda chance, runs: {"sort": "name", "offset": 50 * chance.randrange(5)},
    }


def goals() -> Iterator[Goal]:
    for name in questions():
        yield Most(MOST, "p95", name)


def sqlite(stage: Stage, files: int) -> Sequence[Contender]:
    home = Home(stage.programs, stage.place / "hub")
    (home.path / "state").mkdir()
    fill(f"sqlite:///{home.path}/state/ledger.db", files, 1)
    return asked(stage, home, files)


def postgres(stage: Stage, files: int) -> Sequence[Contender]:
    """With the settings of the server that tests use; its figures about the tables are fresh, as after a minute."""
    url = stage.enter_context(Postgres()).database()
    fill(url, files, 2)
    with psycopg.connect(url, autocommit=True) as line:
        line.execute("VACUUM ANALYZE")
    return asked(stage, Home(stage.programs, stage.place / "hub", ledger=url), files)


def fill(url: str, files: int, shares: int) -> None:
    """By so many processes."""
    words = [sys.executable, str(HISTORY), url, str(files)]
    subprocess.run([*words[:3], "0", "0", "1"], check=True)     # makes the tables
    filling = [subprocess.Popen([*words, str(share), str(shares)]) for share in range(shares)]
    for one in filling:
        if one.wait():
            raise RuntimeError("the ledger could not be filled")


def asked(stage: Stage, home: Home, files: int) -> Sequence[Contender]:
    hub = Hub(home, stage.place / "hub.log")
    stage.callback(hub.end)
    runs = files // PER_RUN
    assert hub.ask("/runs")["total"] == runs
    return [Page(name, hub, asks, runs) for name, asks in questions().items()]


@dataclass(frozen=True)
class Page:
    """One question, a hundred times."""

    name: str
    hub: Hub
    asks: Asks
    runs: int

    def run(self, log: Path) -> Figures:
        chance, took, found = random.Random(self.name), [], 0
        for _ in range(TIMES):
            path = f"/transfers?{urlencode(self.asks(chance, self.runs))}"
            begin = time.perf_counter()
            answer = self.hub.ask(path)
            took.append(time.perf_counter() - begin)
            found += len(answer["items"])
        assert bool(found) == (self.name != "search, in no name"), f"{found} found"
        return {"p95": 1000 * sorted(took)[TIMES * 95 // 100 - 1], "rss": self.hub.memory}
