"""The rules of a job: what is taken, what is proven, what becomes of the source."""
from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, auto

from .retry import Retry

TEMP_SUFFIXES = (".part", ".tmp", ".temp", ".partial", ".filepart", ".crdownload", ".swp", "~")
"""Ends of names that mean: somebody is still writing this."""


class Check(StrEnum):
    """The delivery check: what must be shown before a file counts as delivered."""

    EXISTS = auto()     # it is there
    SIZE = auto()       # and has the size that was written
    CHECKSUM = auto()   # the store's own digest is equal; read back where it has none
    READBACK = auto()   # every byte was read again and is equal
    SAMPLE = auto()     # head, tail and some ranges were read again and are equal


class Dedup(StrEnum):
    """When a file was seen before and need not be sent again."""

    CONTENT = auto()    # unchanged as listed, or else the same SHA-256
    TARGET = auto()     # the target has it: same size, and the same time where it keeps times
    NAME = auto()       # delivered once under this path, whatever it holds now
    OFF = auto()        # never


class Conflict(StrEnum):
    """What to do when the target holds a file of that name."""

    OVERWRITE = auto()
    SKIP = auto()
    FAIL = auto()
    NEWER = auto()      # overwrite only if the source was modified later


class Action(StrEnum):
    """What becomes of the source file after the check."""

    KEEP = auto()
    ARCHIVE = auto()
    DELETE = auto()


@dataclass(frozen=True, slots=True)
class Settle:
    """ARCHIVE has either a `location` or a `folder`; files keep their relative paths there."""

    action: Action = Action.KEEP
    location: str = ""                      # absolute folder on this machine
    folder: str = ""                        # folder inside the source, relative to its root
    keep_original: bool = False             # archive a copy, leave the source file
    retention_days: float | None = None     # archived files older than this go; None: never


@dataclass(frozen=True, slots=True)
class Filters:
    """What is taken from a listing.

    A pattern is a glob, or `re:` and a regular expression that must match in full; it is
    compared with the base name, or with the relative path if the pattern has a `/` in it.
    """

    include: tuple[str, ...] = ()           # any of these; empty: everything
    exclude: tuple[str, ...] = ()           # none of these; wins over `include`
    min_size: int | None = None             # bytes, inclusive, as are the others
    max_size: int | None = None
    min_age: float | None = None            # seconds since it was modified
    max_age: float | None = None
    hidden: bool = False                    # names that begin with a dot
    temp_suffixes: tuple[str, ...] = TEMP_SUFFIXES


@dataclass(frozen=True, slots=True)
class Completion:
    """When a source file counts as wholly written."""

    settle_seconds: float = 2.0             # size and time unchanged for so long; 0: do not ask
    marker: str = ""                        # `{name}.done`, `{stem}.ok`: beside it, and never sent
    exclusive: bool = False                 # nobody has it open (local stores only)


@dataclass(frozen=True, slots=True)
class Limits:
    """None: no limit of the job's own."""

    lanes: int | None = None                # batches at a time
    bandwidth: int | None = None            # bytes per second, all lanes together


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything about a job that is not a place, a step or a time."""

    check: Check = Check.SIZE
    dedup: Dedup = Dedup.CONTENT
    conflict: Conflict = Conflict.OVERWRITE
    settle: Settle = field(default_factory=Settle)
    filters: Filters = field(default_factory=Filters)
    complete: Completion = field(default_factory=Completion)
    limits: Limits = field(default_factory=Limits)
    retry: Retry = field(default_factory=Retry)
    recursive: bool = False
    group: bool = False                     # publish all files of a run together or none
    timeout: float | None = None            # seconds that one run may take
