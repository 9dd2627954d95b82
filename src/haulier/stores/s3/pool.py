"""Connections kept alive between requests, and requests that are stopped together."""
from __future__ import annotations

import threading
import time
from collections import deque

from ...http.connection import Connection
from .dial import Dial

_IDLE = 1.0     # seconds after which a kept connection is looked at before it is used
_KEPT = 50.0    # seconds after which it is not used again


class Pool:
    """Connections to one address; the one used last is used first. Thread-safe."""

    def __init__(self, dial: Dial) -> None:
        self.dial = dial
        self._idle: deque[tuple[float, Connection]] = deque()
        self._is_closed = False

    def take(self) -> Connection:
        """A connection for the caller alone; OSError if there can be none."""
        while self._idle:
            try:
                since, connection = self._idle.pop()
            except IndexError:      # another thread was quicker
                break
            age = time.monotonic() - since
            if age < _IDLE or (age < _KEPT and not connection.is_stale()):
                return connection
            connection.close()
        return self.dial.connected()

    def give(self, connection: Connection) -> None:
        """Take back a connection on which another request may follow."""
        self._idle.append((time.monotonic(), connection))
        if self._is_closed:
            self.clear()

    def clear(self) -> None:
        """Close what is idle."""
        while self._idle:
            try:
                self._idle.pop()[1].close()
            except IndexError:
                return

    def close(self) -> None:
        """Close what is idle, and what is given back later."""
        self._is_closed = True
        self.clear()


class Leash:
    """Requests that are stopped together, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: set[Connection] = set()
        self._is_cut = False

    def hold(self, connection: Connection) -> None:
        with self._lock:
            self._held.add(connection)
            if self._is_cut:
                connection.cut()

    def let_go(self, connection: Connection) -> None:
        with self._lock:
            self._held.discard(connection)

    def cut(self) -> None:
        """Make the requests under way, and all later ones, fail at once."""
        with self._lock:
            self._is_cut = True
            for connection in self._held:
                connection.cut()
