"""A pipe between two threads: what goes through is handed over as it is, where processes would copy it."""
from __future__ import annotations

from collections import deque
from multiprocessing.connection import Connection, Pipe
from typing import Any


class Line:
    """One end, used as a multiprocessing.Connection is; also with multiprocessing.connection.wait()."""

    def __init__(self, pipe: Connection[Any, Any], come: deque[Any], go: deque[Any]) -> None:
        self._pipe, self._come, self._go = pipe, come, go

    def send(self, thing: Any) -> None:
        """OSError if the other end is closed. Nobody may change the thing afterwards."""
        self._go.append(thing)
        self._pipe.send_bytes(b".")     # who waits, waits for the pipe

    def recv(self) -> Any:
        """EOFError if the other end is closed and nothing is left."""
        self._pipe.recv_bytes()
        return self._come.popleft()

    def close(self) -> None:
        self._pipe.close()

    def fileno(self) -> int:
        return self._pipe.fileno()


def between_threads() -> tuple[Line, Line]:
    """Both ends."""
    ours, theirs = Pipe()
    there: deque[Any] = deque()
    back: deque[Any] = deque()
    return Line(ours, back, there), Line(theirs, there, back)
