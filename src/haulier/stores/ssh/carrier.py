"""A channel to a program on another machine, whichever SSH client makes it."""
from __future__ import annotations

from abc import ABC, abstractmethod

from ...model.errors import HaulierError


class Carrier(ABC):
    """Two file descriptors, not blocking, that lead to a program's standard input and output."""

    reader: int
    writer: int
    is_roomy: bool = False
    """Whether half a MiB or more fits in before writing blocks."""

    @property
    def has_room(self) -> bool:
        """Whether another channel can go beside this one, on the same connection."""
        return False

    @abstractmethod
    def settled(self) -> None:
        """The login worked: forget what was only needed for it."""

    @abstractmethod
    def finish(self) -> None:
        """Nothing more will be written; reading goes on."""

    @abstractmethod
    def why(self) -> HaulierError:
        """Why the channel ended by itself. Waits a moment for the reason."""

    @abstractmethod
    def close(self) -> None:
        """End the channel and everything behind it. May be called twice."""
