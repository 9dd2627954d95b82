"""Cells: what people ask of a hub that has a million files behind it."""
from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from haulier.testing.servers.postgres import Postgres

from .history import WORDS, fill
from .measure import Contender, Figures, Most
from .serving import Home, Hub
from .stage import Stage

TIMES = 100
MOST = 50.0     # milliseconds
Asks = Callable[[random.Random, int], dict[str, object]]


def questions() -> dict[str, Asks]:
    """By name: what is asked, each time a little different; `runs` is how many runs there are.

    Ours is the newest page, and last: its memory is that after all of them.
    """
    return {
        "failed only": lambda chance, runs: {"state": "failed", "offset": 50 * chance.randrange(5)},
        "one run": lambda chance, runs: {"run": 1 + chance.randrange(runs), "offset": 50 * chance.randrange(5)},
        "search, the beginning of a name": lambda chance, runs: {
            "search": f"{chance.choice(WORDS)}-{chance.randrange(1000):03d}"},
        "search, the middle of a name": lambda chance, runs: {"search": f"{chance.randrange(10_000):04d}-1"},
        "search, in no name": lambda chance, runs: {"search": f"nothing{chance.randrange(1000)}"},
        "sort by size": lambda chance, runs: {"sort": chance.choice(("size", "-size"))},
        "sort by size, page 2 to 5": lambda chance, runs: {"sort": "-size", "offset": 50 * chance.randrange(1, 5)},
        "sort by name": lambda chance, runs: {"sort": "name", "offset": 50 * chance.randrange(5)},
        "haulier": lambda chance, runs: {"offset": 50 * chance.randrange(5)},
    }


GOALS = [Most(MOST, "p95", name) for name in questions()]


def sqlite(stage: Stage, files: int) -> Sequence[Contender]:
    home = Home(stage.programs, stage.place / "hub")
    (home.path / "state").mkdir()
    return asked(stage, home, fill(f"sqlite:///{home.path}/state/ledger.db", files))


def postgres(stage: Stage, files: int) -> Sequence[Contender]:
    """With the settings of the server that tests use."""
    url = stage.enter_context(Postgres()).database()
    return asked(stage, Home(stage.programs, stage.place / "hub", ledger=url), fill(url, files))


def asked(stage: Stage, home: Home, runs: int) -> Sequence[Contender]:
    hub = Hub(home, stage.place / "hub.log")
    stage.callback(hub.end)
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
