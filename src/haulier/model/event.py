"""A fact that happened, stored with the state change that caused it."""
from __future__ import annotations

from typing import NamedTuple


class Event(NamedTuple):
    """`kind` is a dotted name such as `transfer.done`; `at` is in nanoseconds since the epoch."""

    id: int
    at: int
    kind: str
    run: int
    transfer: int       # 0: about the run as a whole
    text: str           # one line for a person
    flow: str = ""      # of an event that belongs to no run
