"""What the durable engine works with."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from ..core.limits import Limit
from ..model.run import Run
from ..ports import Agenda, Clock, Ledger, Sharing
from .terms import Terms
from .trouble import apart
from .work import Running, Watcher, Work

Begin = Callable[[Ledger, Clock, Watcher | None, Terms], Running]

@dataclass(frozen=True, slots=True)
class Load:
    """What there is to be done for a flow, and the names of the connections whose limits hold for it."""

    begin: Begin
    """Makes the course of a run of it."""
    connections: Sequence[str] = ()
    version: str = ""
    """Differs from that of the same flow with other settings."""
    work: Work | None = None
    """Of a transfer: other processes may help with it."""


@dataclass(frozen=True, slots=True)
class Shop:
    """The memory, the time, and what there is to be done. `open` gives a flow's load, its stores open meanwhile."""

    ledger: Ledger
    agenda: Agenda
    clock: Clock
    open: Callable[[str], AbstractContextManager[Load]]
    limits: Callable[[], tuple[int, int]]
    """Batches at a time: in all, and at one connection."""
    bandwidth: Callable[[], Limit | None] = lambda: None
    """What all runs of this process share."""
    tick: Callable[[], Sequence[Run]] = lambda: ()
    """Called at each look: wants the runs whose time has come."""
    beside: Callable[[str], bool] = lambda flow: False
    """Whether runs of a flow may go on beside each other."""
    sharing: Sharing | None = None
    """None: no other process can help with a run."""

    def apart(self) -> Shop:
        """The same, with what is wrong with its memory told apart: see trouble.py."""
        return replace(self, ledger=apart(self.ledger), agenda=apart(self.agenda),
                       sharing=apart(self.sharing) if self.sharing else None)
