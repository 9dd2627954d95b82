"""On what terms a run is carried: alone at a command line, or beside others in a hub."""
from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ..core.limits import Limit
from ..model.transfer import Signal

BEAT = 5.0


class Gate(Protocol):
    """What limits how many batches are under way at a time, over all runs."""

    def enter(self) -> str | None:
        """A pass for one batch; None if there is no room now."""
        ...

    def leave(self, ticket: str) -> None: ...


class Open:
    """A gate that everything goes through."""

    def enter(self) -> str | None:
        return "open"

    def leave(self, ticket: str) -> None:
        pass


def _nothing_asked(run: int) -> Mapping[int, Signal]:
    return {}


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a command that somebody waits for are the defaults."""

    run: int = 0
    """The wanted run that this is; 0: a new one."""
    only_pending: bool = False
    """Carry what earlier tries left, without a look at the source's listing."""
    gate: Gate = field(default_factory=Open)
    park: float | None = None
    """Seconds: when every file left is to be tried again later than that, the run waits without us. None: never."""
    may_fork: bool = True
    beat: float = BEAT
    """Seconds between two signs of life."""
    bandwidth: Limit | None = None
    """What this run shares with others."""
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set: let go of the run, for another process or another day."""
    asked: Callable[[int], Mapping[int, Signal]] = _nothing_asked
    """What persons want of single files of a run."""
