"""The hub: one process that runs flows when they are due, and can be asked about them."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

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
from ..settings.workspace import WorkspaceForm
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


@contextmanager
def hub(live: Live, *, carries: bool = True, ticks: bool = True, light: bool = False, clock: Clock | None = None
        ) -> Iterator[Hub]:
    """A hub at work; everything is put down when the context ends. Invalid if its workspace has mistakes in it.

    A worker does not tick: its workspace may be older than the hub's, and each change of a schedule counts from then.
    `light`: the only process there is, with a queue in memory and no DBOS.
    """
    clock, url, standing = clock or SystemClock(), live.workspace.ledger_url(), Standing(live)
    with closing(books(url)) as opened:
        rounds = Rounds(live, opened, clock, standing)
        tick: Callable[[], Sequence[Run]] = rounds if ticks else tuple
        flows = Flows(lambda: live.workspace, apart(opened.tasks), live.workspace.path / RUNS)
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
