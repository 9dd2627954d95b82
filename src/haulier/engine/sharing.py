"""Batches that change hands: what the process that has a run lends, and what others do with it."""
from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from ..model.run import Returned, Run, Transfer
from ..ports import Sharing

LOOK = 0.25
"""Seconds between two looks at what came back."""
COUNT = 1.0
"""Seconds between two looks at who is there."""
EACH = 6
"""Batches that are out for each process that might carry some: one for each lane over a network, and two that wait."""
PATIENCE = 8.0
"""Seconds for others to hand in what is recalled."""


class Lender:
    """Lends batches of one run. `others`: how many processes might carry some."""

    def __init__(self, sharing: Sharing, run: Run, version: str, others: Callable[[], int]) -> None:
        self._sharing, self._run, self._version, self._others = sharing, run, version, others
        self._out: dict[int, tuple[Transfer, ...]] = {}
        self._room, self._counted, self._looked = 0, 0.0, 0.0
        self.untaken = 0

    @property
    def out(self) -> int:
        return len(self._out)

    def offers(self, transfers: Sequence[Transfer]) -> bool:
        """What only this process knows of a file cannot be lent."""
        if len(self._out) >= self._most() or any(one.known or one.checked for one in transfers):
            return False
        batch = self._sharing.offer(self._run, transfers, self._version)
        self._out[batch.id] = batch.transfers
        self.untaken += 1
        return True

    def take_back(self) -> Sequence[Transfer]:
        number = self._sharing.withdraw(self._run)
        self.untaken = 0 if number is None else self.untaken - 1
        return () if number is None else self._out.pop(number)

    def returned(self) -> Sequence[Returned]:
        if not self._out or time.monotonic() - self._looked < LOOK:
            return ()
        self._looked = time.monotonic()
        self.untaken = self._sharing.untaken(self._run)
        return [self._back(one) for one in self._sharing.returned(self._run)]

    def recall(self) -> Sequence[Returned]:
        found = []
        while self._out and (number := self._sharing.withdraw(self._run)) is not None:
            found.append(Returned(number, self._out.pop(number)))
        self.untaken = 0
        if self._out:
            self._sharing.recall(self._run)
        until = time.monotonic() + PATIENCE
        while self._out and time.monotonic() < until:
            found += self.returned()
            time.sleep(LOOK / 5)
        return found

    def _back(self, one: Returned) -> Returned:
        del self._out[one.batch]
        return one

    def _most(self) -> int:
        if time.monotonic() - self._counted >= COUNT:
            self._counted, self._room = time.monotonic(), EACH * self._others()
        return self._room
