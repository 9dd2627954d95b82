"""Further connections for one big file, opened in the background while the first is at work."""
from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ...model.errors import HaulierError
from ..ssh.pool import Pool
from . import packet
from .reading import Line
from .wire import Wire

SOON = 3
"""Further lines over the same connection."""


class Spread:
    """Up to `count` lines, each opened by `opened`; one that cannot be had is done without.

    On a far line, the first few go over the connection that is there: they are ready after a few round
    trips, where a login takes ten. More connections carry more in the end.
    """

    def __init__(self, pool: Pool[Wire], count: int, opened: Callable[[Wire], Line | None], *,
                 far: bool) -> None:
        self._pool, self._opened = pool, opened
        self._lock = threading.Lock()
        self._new: list[Line] = []
        self._taken: list[Wire] = []
        self._wanted = True
        for number in range(count):
            alone = number >= SOON or not far
            threading.Thread(target=self._open, args=(alone,), name="sftp", daemon=True).start()

    def ready(self) -> list[Line]:
        """The lines that came about since the last call."""
        if not self._new:
            return []
        with self._lock:
            new, self._new = self._new, []
            self._taken += [line.wire for line in new]
            return new

    def stop(self) -> None:
        """Give all connections back; those still being opened follow by themselves."""
        with self._lock:
            self._wanted = False
            unused, self._new = self._new, []
            taken, self._taken = self._taken, []
        for line in unused:
            self._return(line)
        for wire in taken:
            self._pool.give(wire)

    def _open(self, alone: bool) -> None:
        try:
            wire = self._pool.take(alone=alone)
        except HaulierError:
            return
        line = None
        try:
            line = self._opened(wire)
        except HaulierError:
            pass
        with self._lock:
            if line and self._wanted:
                self._new.append(line)
                return
        if line:
            self._return(line)
        else:
            self._pool.give(wire)

    def _return(self, line: Line) -> None:
        try:
            line.wire.call(packet.closing(line.handle))
        except HaulierError:
            pass    # then the connection is no good any more, which the pool sees
        self._pool.give(line.wire)


@contextmanager
def spread(pool: Pool[Wire], count: int, opened: Callable[[Wire], Line | None], *,
           far: bool) -> Iterator[Callable[[], list[Line]]]:
    """As a context: the function that tells which lines are ready."""
    lines = Spread(pool, count, opened, far=far)
    try:
        yield lines.ready
    finally:
        lines.stop()
