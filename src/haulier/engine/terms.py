"""On what terms a run is carried: alone at a command line, or beside others in a hub."""
from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from ..core.limits import Limit
from ..model.run import Returned, Run, Start, Transfer
from ..model.transfer import Signal

BEAT = 5.0


class Gate(Protocol):
    """What limits how many batches are under way at a time, over all runs."""

    def enter(self) -> str | None:
        """A pass for one batch; None if there is no room now."""
        ...

    def leave(self, ticket: str) -> None: ...

    def rest(self) -> None:
        """Nothing waits to enter any more."""
        ...


class Open:
    """A gate that everything goes through."""

    def enter(self) -> str | None:
        return "open"

    def leave(self, ticket: str) -> None:
        pass

    def rest(self) -> None:
        pass


class Lending(Protocol):
    """Batches of one run that other processes carry."""

    @property
    def out(self) -> int:
        """Batches that are not back yet."""
        ...

    @property
    def untaken(self) -> int:
        """Those of them that nobody had taken a moment ago."""
        ...

    def offers(self, transfers: Sequence[Transfer]) -> bool:
        """Claim these as a batch for others to take; False, and nothing done, if they are better carried here."""
        ...

    def take_back(self) -> Sequence[Transfer]:
        """A batch that nobody took; none if there is none any more."""
        ...

    def returned(self) -> Sequence[Returned]:
        """Batches that have come back since."""
        ...

    def recall(self) -> Sequence[Returned]:
        """All of them, wherever they are, as far as they are given back within seconds."""
        ...


class Nobody:
    """Nobody else carries anything of the run."""

    out = untaken = 0

    def offers(self, transfers: Sequence[Transfer]) -> bool:
        return False

    def take_back(self) -> Sequence[Transfer]:
        return ()

    def returned(self) -> Sequence[Returned]:
        return ()

    def recall(self) -> Sequence[Returned]:
        return ()


def alone(run: Run) -> Lending:
    """Nobody helps."""
    return Nobody()


@contextmanager
def _open(run: Run, connections: Sequence[str]) -> Iterator[Gate]:
    yield Open()


def _nothing_asked(run: int) -> Mapping[int, Signal]:
    return {}


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a command that somebody waits for are the defaults."""

    run: int = 0
    """The wanted run that this is; 0: a new one."""
    only_pending: bool = False
    """Carry what earlier tries left, without a look at the source's listing."""
    how: Start = field(default_factory=Start)
    """If it is a new one."""
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
    lender: Callable[[Run], Lending] = alone
    """What gives batches of the run to other processes."""
    gates: Callable[[Run, Sequence[str]], AbstractContextManager[Gate]] = _open
    """What makes gates for transfers that are tasks of the run."""
    asked: Callable[[int], Mapping[int, Signal]] = _nothing_asked
    """What persons want of single files of a run."""
