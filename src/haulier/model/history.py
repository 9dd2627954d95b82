"""How long the past is kept, and what of it was forgotten."""
from __future__ import annotations

from typing import NamedTuple

DAY = 86_400.0


class Keep(NamedTuple):
    """For how many seconds after the end of a run something is kept; None: for ever."""

    runs: float | None = 90 * DAY       # with its files
    events: float | None = 30 * DAY     # step by step, what happened


class Pruned(NamedTuple):
    """What was forgotten, or would be."""

    runs: int = 0
    files: int = 0
    events: int = 0
