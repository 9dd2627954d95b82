"""What the API is given: ports, and callables for what only the composition root can do."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from ..core.importing.taking import Rehearsal
from ..core.plan import Decision, Verdict
from ..model.account import Role
from ..model.files import Entry
from ..model.run import Run
from ..model.task import Key
from ..ports import (
    Accounts,
    Agenda,
    Alerts,
    Arrivals,
    Clock,
    Engine,
    Guess,
    ImportBook,
    Items,
    Ledger,
    Reader,
    TaskBook,
)
from ..settings.jobs import Job
from ..settings.live import Live
from ..settings.spec import StoreSpec


class Planned(NamedTuple):
    """What a run would do; `decisions` are some of them, those that it would act on first, each with the target's path
    if that is known."""

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


class Deciders(NamedTuple):
    """Who may answer a task that asks: these users, or, if there are none, whoever has the role."""

    users: Sequence[str]
    role: Role


class Known(NamedTuple):
    """Where an import's open items are. `overpay`: they may get more than they ask for."""

    items: Items
    overpay: bool


class TriedFile(NamedTuple):
    """What would come of a file of an import. `reason`: why it would not be taken now, or could not be looked into."""

    name: str
    size: int
    verdict: Verdict
    reason: str = ""
    found: Rehearsal | None = None
    matching: Mapping[str, Any] | None = None


class Tried(NamedTuple):
    """What the next run of an import would do; `counts` are of all files, `files` of the first that it would touch."""

    files: Sequence[TriedFile]
    counts: dict[Verdict, int]
    is_whole: bool


class Suggested(NamedTuple):
    """A file, and the formats that may be its own, the likeliest first."""

    file: str
    formats: Sequence[tuple[str, Guess]]


class Tools(Protocol):
    """What needs live stores, or the engine's rooms. Every method may take seconds, and raises only errors of the
    model."""

    def plan(self, job: Job, limit: int) -> Planned:
        """What a run of the job would do now; of the decisions, `limit` are kept: first those that it would act on."""
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

    def suggest(self, spec: StoreSpec, path: str, pattern: str) -> Suggested:
        """What reads that file; of a folder, the newest in it whose name matches. NotFound if there is none."""
        ...

    def tried(self, flow: str, book: ImportBook) -> Tried:
        """What a run of the import that is called so would do now, as in `nightly/bank`; NotFound if there is none."""
        ...

    def key(self, text: str) -> Key:
        """The task that people call so, as `fetch` or `fetch[3]`; Invalid if it is no such name."""
        ...

    def log(self, run: int, key: Key, number: int) -> Path:
        """Where the try of that number prints, on the machine that carries the run."""
        ...

    def slots(self, flow: str, first: str, last: str) -> Sequence[int]:
        """The moments of a flow's schedule between two dates or times, at most a thousand; Invalid if it has none."""
        ...

    def items(self, flow: str) -> AbstractContextManager[Known | None]:
        """The open items of the import that is called so, as in `nightly/bank`; None if it is in no flow that can run,
        or matches no payments."""
        ...

    def deciders(self, run: Run, key: Key) -> Deciders:
        """Who may answer that task; Invalid if it is none that asks, or its flow cannot run now."""
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
    tasks: TaskBook
    imports: ImportBook
    engine: Engine
    tools: Tools
    clock: Clock
    address: str
    version: str
