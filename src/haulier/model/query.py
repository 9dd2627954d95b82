"""Questions about the past: what to look for, in which order, how much of it."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from .run import RunState, Trigger
from .transfer import State

T = TypeVar("T")
COUNTED = 100_000
"""A total is counted no further than this where counting would have to look at each row."""


class Page(NamedTuple, Generic[T]):
    """Some of what was asked for. `total` of all of it; `is_capped`: there are at least so many."""

    items: tuple[T, ...]
    total: int
    is_capped: bool = False


@dataclass(frozen=True, slots=True)
class RunQuery:
    """Runs, newest first. Moments are in nanoseconds since the epoch; a run counts at `created`.

    `parent`: those that are tasks of this run; 0: those of no other, unless `flow` names one; None: all.
    """

    flow: str = ""
    states: tuple[RunState, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    since: int | None = None
    until: int | None = None
    limit: int = 50
    offset: int = 0
    parent: int | None = 0


@dataclass(frozen=True, slots=True)
class TransferQuery:
    """Transfers; `search` is part of a path, in any case of letters, or the beginning of a SHA-256.

    `flows`: only of these, where that is not None. `below`: only with lower numbers. `sort`: a field, `-` first:
    downwards.
    """

    flow: str = ""
    run: int = 0
    states: tuple[State, ...] = ()
    search: str = ""
    since: int | None = None
    until: int | None = None
    min_size: int | None = None
    max_size: int | None = None
    sort: str = "-created"
    limit: int = 50
    offset: int = 0
    flows: tuple[str, ...] | None = None
    below: int | None = None


SORTS = ("created", "finished", "size", "name")
"""What transfers can be sorted by."""


class Bucket(NamedTuple):
    """What ended in one stretch of time that begins at `at`."""

    at: int
    files: int
    bytes: int
    failed: int
    skipped: int


class Pace(NamedTuple):
    """How long a run that is over waited until it began, and then took; in nanoseconds."""

    waited: int
    took: int


class FlowFacts(NamedTuple):
    """One flow's past in short."""

    flow: str
    last_run: int | None        # id
    last_success: int | None    # moment
    failed: int                 # transfers that failed and that nothing followed
    waiting: int
