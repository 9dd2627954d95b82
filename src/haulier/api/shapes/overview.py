"""Everything at a glance."""
from __future__ import annotations

from enum import StrEnum, auto

from pydantic import BaseModel

from .arrival import Arrival
from .moment import Moment
from .transfer import Transfer


class Today(BaseModel):
    """Since midnight, where the workspace's clock hangs."""

    files: int
    bytes: int
    failed: int
    skipped: int
    runs: int
    since: Moment


class Point(BaseModel):
    """A quarter of an hour that begins at `at`."""

    at: Moment
    bytes: int
    files: int
    failed: int


class Kind(StrEnum):
    """Why somebody should look."""

    FAILED = auto()
    WAITING = auto()
    LATE = auto()
    BROKEN = auto()
    APPROVAL = auto()   # a task of a flow asks a person


class Attention(BaseModel):
    """A job or a flow that somebody should look at; without a name, a file of the workspace with mistakes."""

    kind: Kind
    flow: str
    run: int | None
    files: int
    at: Moment | None
    reason: str
    will_retry: bool
    retry_at: Moment | None


class Asking(Attention):
    """A task of a flow that asks a person: kind `approval`."""

    task: str


class Next(BaseModel):
    """A start to come."""

    flow: str
    at: Moment
    sentence: str


class Worker(BaseModel):
    """A process that carries runs; `runs`: how many now."""

    id: str
    host: str
    pid: int
    since: Moment
    runs: int


class HubFacts(BaseModel):
    """The hub itself."""

    version: str
    started: Moment
    address: str
    engine: str
    database: str
    workers: list[Worker]


class Overview(BaseModel):
    """Everything at a glance."""

    today: Today
    success_rate: float | None
    throughput: list[Point]
    active: list[Transfer]
    active_count: int
    attention: list[Asking | Attention]
    next: list[Next]
    late: list[Arrival]
    hub: HubFacts
