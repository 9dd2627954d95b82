"""How many batches may be under way at a time, in all processes together: over everything, and at each connection."""
from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from ..model.errors import HaulierError
from ..model.run import Run
from ..ports import Agenda
from .trouble import Unstored, apart

ALL = "all"
_numbers = itertools.count(1)


class Slots:
    """Those of one process. `limits` gives how many there are now, of ALL and at one connection."""

    def __init__(self, agenda: Agenda, executor: str, limits: Callable[[], tuple[int, int]]) -> None:
        self._agenda, self._executor, self._limits = apart(agenda), executor, limits
        self._late: set[str] = set()    # to be given back when the ledger answers

    @contextmanager
    def gate(self, run: Run, connections: Sequence[str]) -> Iterator[Gate]:
        """What a run's batches pass; whatever they hold at its end is given back."""
        gate = Gate(self, run, connections)
        try:
            yield gate
        finally:
            self.give_back(self.queued(run), *gate.held)

    def queued(self, run: Run) -> str:
        """The name by which a run waits for slots here."""
        return f"{self._executor}/{run.id}"

    def take(self, run: Run, connections: Sequence[str]) -> str | None:
        """A holder of one slot of ALL and of each connection; None if one is full, or another run goes first."""
        all_together, each = self._limits()
        wanted: Mapping[str, int] = {ALL: all_together, **{f"connection {name}": each for name in connections}}
        holder = f"{self.queued(run)}/{next(_numbers)}"
        try:
            return holder if self._agenda.take(holder, wanted, run.priority) else None
        except Unstored:
            self._late.add(holder)      # it may have been taken
            raise

    def give_back(self, *holders: str) -> None:
        """These, and what could not be given back before."""
        self._late.update(holders)
        for holder in list(self._late):
            try:
                self._agenda.release(holder)
            except (HaulierError, Unstored):
                return
            self._late.discard(holder)


class Gate:
    """One run's way to slots."""

    def __init__(self, slots: Slots, run: Run, connections: Sequence[str]) -> None:
        self._slots, self._run, self._connections = slots, run, connections
        self.held: set[str] = set()
        self._waits = False

    def enter(self) -> str | None:
        """A ticket for one batch; None if there is no room now."""
        ticket = self._slots.take(self._run, self._connections)
        if ticket:
            self.held.add(ticket)
        self._waits = ticket is None
        return ticket

    def leave(self, ticket: str) -> None:
        """The batch has ended."""
        self.held.discard(ticket)
        self._slots.give_back(ticket)

    def rest(self) -> None:
        """Nothing waits to enter any more: nobody is to let us go first."""
        if self._waits:
            self._waits = False
            self._slots.give_back(self._slots.queued(self._run))
