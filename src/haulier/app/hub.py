"""The hub: one process that runs flows when they are due, and can be asked about them."""
from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from ..engine.clock import SystemClock
from ..engine.course import carried
from ..engine.durable import durable
from ..engine.runner import Runner
from ..engine.shop import Load, Shop
from ..ledger import books
from ..ledger.books import Books
from ..ledger.process import this_process
from ..model.run import Run
from ..ports import Clock
from ..settings.connections import is_near
from ..settings.forms import PlaceForm
from ..settings.jobs import Job
from ..settings.live import Live
from ..settings.spec import StoreSpec
from ..settings.workspace import WorkspaceForm
from .pace import Pace
from .rounds import Rounds
from .standing import Standing
from .tracing import traced
from .works import job_work

ENGINE = "engine.db"
"""Beside the ledger, if that is a file: what DBOS remembers."""


@dataclass(frozen=True, slots=True)
class Hub:
    """What a hub consists of; a worker has the same, and nothing that listens."""

    live: Live
    books: Books
    engine: Runner


@contextmanager
def hub(live: Live, *, carries: bool = True, ticks: bool = True, clock: Clock | None = None) -> Iterator[Hub]:
    """A hub at work; everything is put down when the context ends. Invalid if its workspace has mistakes in it.

    A worker does not tick: its workspace may be older than the hub's, and each change of a schedule counts from then.
    """
    clock, url, standing = clock or SystemClock(), live.workspace.ledger_url(), Standing(live)
    with closing(books(url)) as opened:
        rounds = Rounds(live, opened, clock, standing)
        tick: Callable[[], Sequence[Run]] = rounds if ticks else tuple
        shop = Shop(traced(opened.ledger), opened.agenda, clock, lambda flow: load(live, flow),
                    lambda: limits(standing()), Pace(standing, clock), tick,
                    opened.sharing if url.startswith("postgresql") else None)
        engine = durable(shop, engine_url(url), carries=carries)
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


@contextmanager
def load(live: Live, flow: str) -> Iterator[Load]:
    """The work of a job as its file has it now, and the connections whose limits hold for it."""
    workspace = live.workspace
    job = workspace.loaded.job(flow)
    with job_work(workspace, job, retry=None) as work:
        yield carried(work, connections(job), version(job))


def version(job: Job) -> str:
    """Differs when the job's settings do, or those of its connections; for folders also from machine to machine.

    No secret is part of it.
    """
    parts = [one.model_dump_json() for one in (job.form, job.source, job.target)]
    if is_near(job.source) or is_near(job.target):
        parts.append(this_process().machine)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def connections(job: Job) -> list[str]:
    """The far places of a job as they count for limits: by the connection's name, or by their host."""
    ends = ((job.form.source, job.source), (job.form.destination, job.target))
    return sorted({_called(form, spec) for form, spec in ends if not is_near(spec)})


def _called(form: PlaceForm, spec: StoreSpec) -> str:
    if isinstance(form.connection, str):
        return form.connection
    parts = urlsplit(spec.location())
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def limits(settings: WorkspaceForm) -> tuple[int, int]:
    """Batches at a time: in all, and at one connection."""
    return settings.limits.lanes, settings.limits.per_connection
