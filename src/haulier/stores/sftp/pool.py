"""Connections kept open between calls, and shared by threads."""
from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ...model.errors import Invalid
from .wire import Wire


class Pool:
    """Opens connections as they are needed: one for each call that is under way."""

    def __init__(self, dial: Callable[[], Wire]) -> None:
        self._dial = dial
        self._idle: list[Wire] = []
        self._lock = threading.Lock()
        self._closed = False

    @contextmanager
    def wire(self) -> Iterator[Wire]:
        """A connection for one call; kept afterwards if it is still good."""
        wire = self.take()
        try:
            yield wire
        finally:
            self.give(wire)

    def close(self) -> None:
        """Close what is idle; what is in use is closed when it comes back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for wire in idle:
            wire.close()

    def take(self) -> Wire:
        """A connection to be given back."""
        return self._take_idle() or self._dial()

    def _take_idle(self) -> Wire | None:
        while True:
            with self._lock:
                if self._closed:
                    raise Invalid("this store is closed")
                wire = self._idle.pop() if self._idle else None
            if wire is None or wire.is_idle:
                return wire
            wire.close()

    def give(self, wire: Wire) -> None:
        """Keep a connection for others, if it is still good."""
        with self._lock:
            keep = not self._closed and wire.is_idle
            # What ended one connection has likely ended those that lie beside it.
            others = self._idle if wire.dead else []
            if keep:
                self._idle.append(wire)
            elif wire.dead:
                self._idle = []
        for other in [*others, *([] if keep else [wire])]:
            other.close()
