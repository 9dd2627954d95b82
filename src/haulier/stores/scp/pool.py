"""Shells kept open between calls, and shared by threads."""
from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ...model.errors import Invalid
from .line import Line


class Pool:
    """Opens lines as they are needed: one for each call that is under way."""

    def __init__(self, dial: Callable[[], Line]) -> None:
        self._dial = dial
        self._idle: list[Line] = []
        self._lock = threading.Lock()
        self._closed = False

    @contextmanager
    def line(self) -> Iterator[Line]:
        """A line for one call; kept afterwards if it is still good."""
        line = self._take() or self._dial()
        try:
            yield line
        finally:
            with self._lock:
                keep = not self._closed and line.is_idle
                # What ended one line has likely ended those that lie beside it.
                others = self._idle if line.dead else []
                self._idle = [*([] if line.dead else self._idle), *([line] if keep else [])]
            for other in [*others, *([] if keep else [line])]:
                other.close()

    def _take(self) -> Line | None:
        while True:
            with self._lock:
                if self._closed:
                    raise Invalid("this store is closed")
                line = self._idle.pop() if self._idle else None
            if line is None or line.is_idle:
                return line
            line.close()

    def close(self) -> None:
        """Close what is idle; what is in use is closed when it comes back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for line in idle:
            line.close()
