"""What must have arrived by when, and how far that is."""
from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from typing import Protocol

from ..model.arrival import Arrival


class Arrivals(Protocol):
    """Deadlines and their states. Every method is one transaction, durable when it returns."""

    def open(self) -> Sequence[Arrival]:
        """Those of which something is to come."""
        ...

    def listed(self, flow: str = "", *, limit: int = 100) -> Sequence[Arrival]:
        """Of that flow or of all, the latest deadline first."""
        ...

    def turn(self, before: Arrival | None, now: Arrival, text: str = "", following: Arrival | None = None) -> bool:
        """Put `now` in the place of `before`, and with another state tell so as an event, in that text.

        False, and nothing done, if its state is not that of `before` any more; None: if it is there already.
        `following` is the next deadline, where this one is over.
        """
        ...

    def drop(self, arrival: Arrival) -> None:
        """It is expected no more."""
        ...

    def found(self, flow: str, since: int, until: int, fits: Callable[[str], object], most: int) -> int:
        """How many files with fitting paths were delivered from then on and before then; counted up to `most`."""
        ...

    def active(self, since: int) -> Set[str]:
        """The flows that delivered something since then, to the minute."""
        ...
