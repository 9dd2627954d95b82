"""Connections kept open between calls, and shared by threads."""
from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar

from ...model.errors import HaulierError, Invalid


class Connection(Protocol):
    """What a pool keeps."""

    dead: bool

    @property
    def is_idle(self) -> bool:
        """Alive, with nothing under way: fit for the next user."""

    def close(self) -> None:
        """End it. May be called twice."""


C = TypeVar("C", bound=Connection)


class Pool(Generic[C]):
    """Opens connections as they are needed: one for each call that is under way."""

    def __init__(self, dial: Callable[..., C]) -> None:
        self._dial = dial
        self._idle: list[C] = []
        self._lock, self._starting = threading.Lock(), threading.Lock()
        self._started = self._closed = False
        self._failure: HaulierError | None = None

    def start(self) -> None:
        """Open the first connection, unless there was one. Who waits for another's attempt shares its failure."""
        waits = self._starting.locked()
        with self._starting:
            if self._started or self._closed:
                return
            if waits and self._failure:
                raise self._failure
            try:
                connection = self._dial()
            except HaulierError as error:
                self._failure = error
                raise
            self._started = True
            self.give(connection)

    @contextmanager
    def one(self) -> Iterator[C]:
        """A connection for one call; kept afterwards if it is still good."""
        connection = self.take()
        try:
            yield connection
        finally:
            self.give(connection)

    def close(self) -> None:
        """Close what is idle; what is in use is closed when it comes back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def take(self, **how: bool) -> C:
        """A connection to be given back; opened as `how` says if none is idle."""
        self.start()
        return self._take_idle() or self._dial(**how)

    def _take_idle(self) -> C | None:
        while True:
            with self._lock:
                if self._closed:
                    raise Invalid("this store is closed")
                connection = self._idle.pop() if self._idle else None
            if connection is None or connection.is_idle:
                return connection
            connection.close()

    def give(self, connection: C) -> None:
        """Keep a connection for others, if it is still good."""
        with self._lock:
            keep = not self._closed and connection.is_idle
            # What ended one connection has likely ended those that lie beside it.
            others = self._idle if connection.dead else []
            if keep:
                self._idle.append(connection)
            elif connection.dead:
                self._idle = []
        for other in [*others, *([] if keep else [connection])]:
            other.close()
