"""What lets several processes carry one run."""
from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Protocol

from ..model.run import Batch, Report, Returned, Run, Transfer


class Sharing(Protocol):
    """Batches that other executors carry for the process that has their run. Every method is one transaction.

    While a batch that was taken is not handed in by an executor that lives, nobody else starts its flow.
    """

    def offer(self, run: Run, transfers: Sequence[Transfer], version: str) -> Batch:
        """As Ledger.claim, and for whoever takes it. `version` tells the work from an earlier or later one."""
        ...

    def offered(self) -> Sequence[tuple[Run, str]]:
        """Runs with batches that can be taken, and the version of their work."""
        ...

    def take(self, run: Run, executor: str) -> Batch | None:
        """One that nobody has taken, for this executor; None if there is none any more, or they are called back."""
        ...

    def held(self, executor: str) -> Set[int]:
        """Batches that it has taken, and that it is to go on with."""
        ...

    def record(self, run: Run, batch: int, executor: str, reports: Sequence[Report]) -> None:
        """As Ledger.record. LeaseLost also if the executor has that batch no more."""
        ...

    def hand_in(self, batch: int, executor: str, moved: int) -> None:
        """The executor does nothing more with it, whatever is left of it; `moved` bytes went through."""
        ...

    def untaken(self, run: Run) -> int:
        """How many of the run nobody has taken."""
        ...

    def withdraw(self, run: Run) -> int | None:
        """Offer one no more that nobody has taken; its number, or None if there is none."""
        ...

    def recall(self, run: Run) -> None:
        """Whoever has a batch of the run is to hand it in."""
        ...

    def returned(self, run: Run) -> Sequence[Returned]:
        """Those that were handed in, or whose executor is gone; each is told once."""
        ...
