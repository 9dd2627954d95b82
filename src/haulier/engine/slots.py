"""How many batches may be under way at a time, in all processes together: over everything, and at each connection."""
from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence

from ..ports import Agenda

ALL = "all"
_numbers = itertools.count(1)


class Slots:
    """The gate of one run. `limits` gives how many there are now, of ALL and at one connection."""

    def __init__(self, agenda: Agenda, executor: str, connections: Sequence[str],
                 limits: Callable[[], tuple[int, int]]) -> None:
        self._agenda, self._executor = agenda, executor
        self._connections, self._limits = connections, limits

    def enter(self) -> str | None:
        """A holder of one slot of everything that a batch needs; None if something is full."""
        holder = f"{self._executor}/{next(_numbers)}"
        return holder if self._agenda.take(holder, self._wanted()) else None

    def leave(self, ticket: str) -> None:
        """Give them back."""
        self._agenda.release(ticket)

    def _wanted(self) -> Mapping[str, int]:
        all_together, each = self._limits()
        return {ALL: all_together, **{f"connection {name}": each for name in self._connections}}
