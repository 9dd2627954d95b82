"""When a job starts by itself, and what happens to starts that were missed or come too early."""
from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto


class Misfire(StrEnum):
    """What becomes of the slots that passed while nobody looked."""

    SKIP = auto()       # nothing
    ONCE = auto()       # one run for all of them
    ALL = auto()        # a run for each, but only for the latest `misfire_max`


class Overlap(StrEnum):
    """What a slot does while the run of an earlier one goes on."""

    SKIP = auto()       # nothing
    QUEUE = auto()      # its run waits until the other has ended
    PARALLEL = auto()   # its run starts


@dataclass(frozen=True, slots=True)
class Schedule:
    """Either `cron` or `every`. A slot is a moment, in UTC, when it says that a run should start."""

    cron: str = ""                          # 5 fields, 6 with seconds first, or @daily and the like
    every: int = 0                          # seconds; slots are multiples of it since 1970, UTC
    timezone: str = "UTC"                   # IANA name: where the clock hangs that `cron` goes by
    misfire: Misfire = Misfire.ONCE
    misfire_max: int = 10
    overlap: Overlap = Overlap.SKIP
    enabled: bool = True
