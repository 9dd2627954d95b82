"""One execution of a flow and the durable record of each file in it."""
from __future__ import annotations

from enum import IntEnum, StrEnum, auto
from typing import NamedTuple

from .files import Draft, Entry
from .transfer import Signal, State


class RunState(StrEnum):
    QUEUED = auto()     # wanted, and not begun
    RUNNING = auto()
    WAITING = auto()    # only files that are to be tried again later are left; it holds nothing meanwhile
    PAUSED = auto()     # by a person, until a person goes on with it
    DONE = auto()       # every file that had to move has moved
    FAILED = auto()     # some file failed, or the run itself did
    CANCELLED = auto()
    CRASHED = auto()    # its process died; the next run went on with its work


OVER = frozenset({RunState.DONE, RunState.FAILED, RunState.CANCELLED, RunState.CRASHED})


class Trigger(StrEnum):
    """What a run was started by."""

    HAND = auto()
    SCHEDULE = auto()
    ARRIVAL = auto()    # a file came
    RETRY = auto()      # somebody wants what failed to be tried again
    API = auto()


class Wish(StrEnum):
    """What a person wants of a run that is not over."""

    NONE = ""
    PAUSE = auto()
    CANCEL = auto()


class Priority(IntEnum):
    """The lowest number goes first."""

    URGENT = 1
    HIGH = 2
    NORMAL = 3
    LOW = 4


LOST = "its process is gone: nobody goes on with it until it is run again"
"""Said of a run that somebody started by hand and that is not over."""
RESTORED = "Restored"
"""The kind of a transfer that was on its way when the backup was made that the ledger was restored from."""


class Wanted(NamedTuple):
    """A run that somebody asks for. Two with the same `key` are one; no key: each is its own."""

    flow: str
    trigger: Trigger = Trigger.HAND
    key: str = ""
    priority: Priority = Priority.NORMAL
    slot: int | None = None     # the moment of its schedule that it is for
    by: str = ""                # whoever asked, for people
    params: str = ""            # of a flow, as a JSON object; empty: none were given


class Start(NamedTuple):
    """How a run begins that nobody wanted before. `alone`: while it goes on, no other of its flow does."""

    params: str = ""
    parent: int = 0
    alone: bool = True


class Totals(NamedTuple):
    """What a run did so far. `skipped` files need no work and have no row."""

    done: int = 0
    failed: int = 0
    skipped: int = 0
    bytes: int = 0
    resumed: int = 0    # bytes that were already there when a transfer went on


class Run(NamedTuple):
    """One execution of a flow. Times are in nanoseconds since the epoch, UTC."""

    id: int
    flow: str
    source: str
    target: str
    state: RunState
    started: int
    finished: int | None = None
    totals: Totals = Totals()
    error: str = ""
    trigger: Trigger = Trigger.HAND
    created: int = 0                # when it was wanted; `started` is 0 until it begins
    priority: Priority = Priority.NORMAL
    wish: Wish = Wish.NONE
    slot: int | None = None
    wakes: int | None = None        # when the first of its files is tried again, once it has waited
    turn: int = 0                   # how often it let go of its flow without being over, or was taken over
    params: str = ""                # as it was wanted with
    parent: int = 0                 # the run that it is a task of
    origin: int = 0                 # the earlier run that it goes on from


class Transfer(NamedTuple):
    """One file's journey: what the ledger knows of it."""

    id: int
    path: str                       # in the source
    target: str                     # in the target, as planned; as published once it is
    entry: Entry                    # the source file as it was listed
    state: State = State.QUEUED
    tries: int = 0
    sha256: bytes = b""             # of the source file, once copied
    written: int = 0                # bytes at the target, once copied
    delivered: bool = False         # published: only settling is left
    draft: Draft | None = None      # where to go on, if it was interrupted
    head: bytes = b""               # SHA-256 of the source's first 64 KiB, with `draft`
    error: str = ""
    kind: str = ""                  # class name of the error
    run: int = 0
    settled: str = ""               # where the source went, if it was moved
    created: int = 0
    finished: int | None = None
    known: bytes = b""              # SHA-256 delivered under this path before (not stored)
    checked: bool = False           # by this run, and held until its whole group is (not stored)
    retry_at: int | None = None     # WAITING: not before then
    since: int = 0                  # when the first of its tries began; a file that had failed for good begins anew


class Batch(NamedTuple):
    """The unit of engine work: transfers of one run that a lane takes in order."""

    id: int
    transfers: tuple[Transfer, ...]


class Returned(NamedTuple):
    """A batch that another process had, as far as it came with it."""

    batch: int
    transfers: tuple[Transfer, ...]
    moved: int = 0      # bytes that went through there


class Report(NamedTuple):
    """Something that happened to one transfer and must be remembered.

    `signal` moves its state; without one, `draft` and `head` are where to go on after a crash.
    """

    id: int
    signal: Signal | None = None
    error: str = ""
    kind: str = ""
    sha256: bytes = b""
    target: str = ""
    written: int = 0
    draft: Draft | None = None
    head: bytes = b""
    settled: str = ""
    retry_at: int | None = None     # with TRANSIENT: when the next try is due


class Slot(NamedTuple):
    """The last moment of a flow's schedule that was dealt with, and the schedule as it was then."""

    at: int
    schedule: str


class Executor(NamedTuple):
    """A process that runs flows. `is_gone`: its lease ran out, or it is known to have ended."""

    name: str
    host: str
    pid: int
    since: int
    is_gone: bool
    runs: int = 0       # that it carries


class Seen(NamedTuple):
    """What was delivered under a path before: the file as listed then, and its digest."""

    entry: Entry
    sha256: bytes
