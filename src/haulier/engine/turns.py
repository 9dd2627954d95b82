"""What an engine needs of a queue: turns of runs, put by whoever looks, and carried by whoever is free."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from ..model.run import Run

AT_A_TIME = 64
"""Runs that one process carries; most of them wait for a slot, or for the far side."""

Carry = Callable[[int, int], None]
"""Carries a run's turn, to its end or until it is put down."""


class Turn(NamedTuple):
    """One turn of a run that is queued, or `carried_by` an executor."""

    run: int
    turn: int
    carried_by: str = ""


class Turns(Protocol):
    """Has each turn that was put carried at least once, in order of priority. It may forget: the ledger does not."""

    def start(self, executor: str, carry: Carry | None) -> None:
        """Begin to carry, under this name; None: this process only puts."""
        ...

    def turns(self) -> Sequence[Turn]:
        """All that are queued, waiting for their time, or being carried."""
        ...

    def put(self, run: Run, delay: float) -> None:
        """The run's turn, after `delay` seconds; nothing if it is there already."""
        ...

    def recover(self, executor: str) -> None:
        """What that process, which is dead, was carrying is in the queue again."""
        ...

    def prune(self) -> bool:
        """Forget turns that ended long ago; whether there may be more."""
        ...

    def stop(self, seconds: float) -> None:
        """Wait so long for what is being carried, then close."""
        ...
