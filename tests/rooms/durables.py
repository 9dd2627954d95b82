"""Durable engines for tests, in this process and in others."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from haulier.engine.clock import SystemClock
from haulier.engine.durable import Durable, Load, Shop
from haulier.engine.work import Work
from haulier.ledger import books
from haulier.model.errors import Invalid
from haulier.testing.bench import Bench, Opened


def opened(ledger: str, engine: str, bench: Bench) -> Opened:
    """One in this process; DBOS allows no second beside it."""
    kept = books(ledger)

    @contextmanager
    def load(name: str) -> Iterator[Load]:
        flow = bench.flows.get(name)
        if flow is None:
            raise Invalid(f"there is no flow {name}")
        yield Load(Work(name, flow.source, flow.target, "here", "there", flow.rules), flow.connections)

    durable = Durable(Shop(kept.ledger, kept.agenda, SystemClock(), load, bench.limits), engine)
    durable.start()

    def close() -> None:
        durable.stop()
        kept.close()

    return Opened(durable, kept, close)
