"""What starts work, and what time it is."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from ..model.progress import Progress
from ..model.run import Run, Transfer, Wanted, Wish
from ..model.transfer import Signal


class Engine(Protocol):
    """Starts work and nothing else does. Every verb may be repeated without harm."""

    def submit(self, wanted: Wanted) -> Run | None:
        """Want a run, and run it as soon as may be; None if it was wanted before."""
        ...

    def wish(self, run: int, wish: Wish) -> Run:
        """As Agenda.wish, and acted upon within seconds."""
        ...

    def act(self, transfer: int, signal: Signal) -> Transfer:
        """As Agenda.ask, and acted upon within seconds; a run is wanted for what is QUEUED then."""
        ...

    def progress(self) -> Mapping[int, Progress]:
        """How far the runs are that this process carries now."""
        ...

    def stop(self) -> None:
        """Park what is under way within ten seconds; another start goes on with it."""
        ...


class Clock(Protocol):
    """Time, so that tests can own it."""

    def now(self) -> int:
        """Nanoseconds since the epoch, UTC."""
        ...

    def sleep(self, seconds: float) -> None: ...
