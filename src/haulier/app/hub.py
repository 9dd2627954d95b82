"""The hub: one process that runs flows when they are due, and can be asked about them."""
from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ..engine.clock import SystemClock
from ..engine.durable import durable
from ..engine.inline import inline
from ..engine.runner import Runner
from ..engine.shop import Shop
from ..engine.trouble import apart
from ..ledger import books
from ..ledger.books import Books
from ..model.run import Run
from ..ports import Clock
from ..settings.live import Live
from ..settings.options import WorkspaceForm
from .flows import RUNS, Flows
from .pace import Pace
from .rounds import Rounds
from .standing import Standing
from .tracing import traced

ENGINE = "engine.db"
"""Beside the ledger, if that is a file: what DBOS remembers."""


@dataclass(frozen=True, slots=True)
class Hub:
    """What a hub consists of; a worker has the same, and nothing that listens."""

    live: Live
    books: Books
    engine: Runner


class Light(NamedTuple):
    """What a hub is that needs little memory: the only process there is, with a queue in memory and no DBOS."""

    ledger: str
    runs: Path
    every: float = 1.0
    """Seconds between two looks at what is due."""


@contextmanager
def hub(live: Live, *, carries: bool = True, ticks: bool = True, light: Light | None = None,
        clock: Clock | None = None) -> Iterator[Hub]:
    """A hub at work; everything is put down when the context ends. Invalid if its workspace has mistakes in it.

    A worker does not tick: its workspace may be older than the hub's, and each change of a schedule counts from then.
    """
    clock, standing = clock or SystemClock(), Standing(live)
    url, runs = (light.ledger, light.runs) if light else (live.workspace.ledger_url(), live.workspace.path / RUNS)
    with closing(books(url)) as opened:
        rounds = Rounds(live, opened, clock, standing, runs)
        tick: Callable[[], Sequence[Run]] = tuple if not ticks else seldom(rounds, light.every) if light else rounds
        flows = Flows(lambda: live.workspace, apart(opened.tasks), lambda: opened.imports, runs,
                      most=lambda: standing().limits.tasks)
        shop = Shop(traced(opened.ledger), opened.agenda, clock, flows.load,
                    lambda: limits(standing()), Pace(standing, clock), tick, flows.go_beside,
                    opened.sharing if url.startswith("postgresql") else None)
        engine = inline(shop) if light else durable(shop, engine_url(url), carries=carries)
        engine.start()
        try:
            if ticks:
                rounds.start()
            yield Hub(live, opened, engine)
        finally:
            rounds.stop()
            engine.stop()


def seldom(rounds: Rounds, every: float) -> Callable[[], Sequence[Run]]:
    """The same, once in so many seconds however often it is called."""
    last = -every

    def tick() -> Sequence[Run]:
        nonlocal last
        if time.monotonic() - last < every:
            return ()
        last = time.monotonic()
        return rounds()
    return tick


def engine_url(ledger: str) -> str:
    """Where the engine's own tables are: in the same PostgreSQL database, or in a file beside the ledger's."""
    path = ledger.removeprefix("sqlite:///")
    if path == ledger:
        return ledger
    folder, _, _ = path.rpartition("/")
    return f"sqlite:///{folder}/{ENGINE}"


def limits(settings: WorkspaceForm) -> tuple[int, int]:
    """Batches at a time: in all, and at one connection."""
    return settings.limits.lanes, settings.limits.per_connection
