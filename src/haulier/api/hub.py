"""What the API is given: ports, and callables for what only the composition root can do."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from ..core.plan import Decision, Verdict
from ..model.files import Entry
from ..ports import Accounts, Agenda, Alerts, Arrivals, Clock, Engine, Ledger, Reader
from ..settings.jobs import Job
from ..settings.live import Live
from ..settings.spec import StoreSpec


class Planned(NamedTuple):
    """What a run would do; `decisions` are the first of them, with the target's path if that is known."""

    decisions: Sequence[tuple[Decision, str | None]]
    counts: dict[Verdict, int]
    bytes: int
    is_whole: bool      # everything was looked at, and all of it is in `decisions`


class Tested(NamedTuple):
    """What came of logging in at a place and looking at its folder. `files`: None if it could not be looked at."""

    ok: bool
    text: str
    seconds: float
    files: int | None
    details: str = ""


class Folder(NamedTuple):
    """What is directly in a folder; paths are from the top of the place."""

    folders: Sequence[str]
    files: Sequence[Entry]
    is_whole: bool


class Tools(Protocol):
    """What needs live stores. Every method may take seconds, and raises only errors of the model."""

    def plan(self, job: Job, limit: int) -> Planned:
        """What a run of the job would do now; of the decisions, `limit` are kept."""
        ...

    def test(self, spec: StoreSpec) -> Tested:
        """Log in and look; a place that cannot be reached is an answer, and raises nothing."""
        ...

    def alert(self, name: str) -> Tested:
        """Send a test message by that channel; that it cannot be sent is an answer. NotFound if there is none."""
        ...

    def browse(self, spec: StoreSpec, path: str) -> Folder:
        """What is in a folder of the place; NotFound if there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Hub:
    """What the API works with. `address` is where it listens, as a URL."""

    live: Live
    ledger: Ledger
    agenda: Agenda
    reader: Reader
    accounts: Accounts
    arrivals: Arrivals
    alerts: Alerts
    engine: Engine
    tools: Tools
    clock: Clock
    address: str
    version: str
