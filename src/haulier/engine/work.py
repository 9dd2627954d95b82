"""One transfer task, ready to run: live stores and rules."""
from __future__ import annotations

import hashlib
import os
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ..core.archive import Archive
from ..core.limits import All, Bandwidth, Limit
from ..core.route import Route
from ..model.files import Entry
from ..model.flow import Rules
from ..model.progress import Progress
from ..model.run import Report, RunState, Transfer
from ..model.task import TaskRun
from ..ports import Clock, Step, Store


@dataclass(frozen=True, slots=True)
class Work:
    """What one run is to do. `origin` and `goal` name the places for people and for the ledger."""

    flow: str
    source: Store
    target: Store
    origin: str
    goal: str
    rules: Rules = field(default_factory=Rules)
    steps: tuple[Step, ...] = ()
    archive: Archive | None = None
    prefix: str = ""
    only: Sequence[Entry] | None = None
    name_of: Callable[[str], str] = str

    @property
    def mark(self) -> str:
        """Eight hex digits that keep our drafts apart from those of other users and machines."""
        text = f"{socket.gethostname()}\0{os.getuid()}\0{self.flow}\0{self.goal}"
        return hashlib.sha256(text.encode()).hexdigest()[:8]


def route_of(work: Work, clock: Clock, shared: Limit | None = None) -> Route:
    """The way of its files; `shared` is the bandwidth that this process has for all runs."""
    limit = work.rules.limits.bandwidth
    bandwidth = [one for one in (Bandwidth(limit, clock) if limit else None, shared) if one]
    return Route(work.source, work.target, clock, work.rules, work.steps, work.archive, mark=work.mark,
                 bandwidth=All(bandwidth) if bandwidth else None,
                 booted=time.time_ns() - time.clock_gettime_ns(time.CLOCK_BOOTTIME))


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended, or until when it waits."""

    run: int
    state: RunState
    progress: Progress
    wakes: int | None = None


class Running(Protocol):
    """One run, in this process."""

    progress: Progress

    def run(self) -> Result:
        """Run to the end, or as far as its terms allow; Busy if another process is running this flow."""
        ...


class Watcher:
    """What wants to know how a run goes on; override what you need."""

    wants_done: bool = True
    """Whether ended() is to be called also for files that arrived; there may be very many."""

    def progressed(self, progress: Progress) -> None:
        """Called several times a second."""

    def ended(self, transfer: Transfer, report: Report) -> None:
        """One transfer is done, skipped, failed, or waits for another try."""

    def waits(self, why: str) -> None:
        """The run cannot begin yet; told again and again."""

    def moved(self, tasks: Sequence[TaskRun]) -> None:
        """Tasks of a flow are in another state."""

    def decided(self, path: str, verdict: str, reason: str) -> None:
        """One file needs no work, or not now."""
