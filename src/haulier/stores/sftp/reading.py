"""One big file on its way in: read ahead, in order, over one connection or several."""
from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from . import packet
from .packet import Malformed
from .status import EOF, OK, code_of, error_for
from .wire import Wire

FLIGHT = 4 << 20
"""Bytes asked for or sent ahead on each line: twice what an SSH window takes."""
FEW = 8
"""Requests whose replies are worth waiting for, to keep a connection that is left early."""


class Line(NamedTuple):
    """A connection and the handle it has of the file."""

    wire: Wire
    handle: bytes


def depth_for(lines: list[Line], size: int) -> int:
    """How many requests of `size` bytes to have under way, in all."""
    return len(lines) * (FLIGHT // size)


class Download:
    """Bytes `start` up to `end` of a file that `line` has open, and further lines as they get `ready`."""

    def __init__(self, path: str, line: Line, start: int, end: int,
                 ready: Callable[[], list[Line]] = list) -> None:
        self._path, self._lines, self._ready = path, [line], ready
        self._at, self._end = start, end
        self._size = line.wire.limits.read
        self._most = depth_for(self._lines, self._size)
        self._asked: deque[tuple[Line, int, int, int]] = deque()

    def chunks(self) -> Iterator[bytes]:
        """The bytes, in order; fewer if the file proves to be shorter."""
        depth = 4       # a reader of the first bytes only should not cost the whole window
        self._ask(depth)
        while self._asked:
            line, number, at, size = self._asked.popleft()
            reply = line.wire.wait(number, [line.wire for line in self._lines])
            if code_of(reply) == EOF:
                return
            if code_of(reply) != OK:
                raise error_for(self._path, reply, "read")
            data = reply[1]
            if len(data) < size:
                self._ask_rest(line, at + len(data), size - len(data), len(data))
            self._widen()
            depth = min(self._most, depth * 2)
            self._ask(depth)
            yield data

    def _widen(self) -> None:
        if new := self._ready():
            self._lines += new
            self._size = min(self._size, *(line.wire.limits.read for line in new))
            self._most = depth_for(self._lines, self._size)

    def _ask(self, depth: int) -> None:
        while self._at < self._end and len(self._asked) < depth:
            line = min(self._lines, key=lambda line: line.wire.waiting)
            size = min(self._size, self._end - self._at)
            number = line.wire.post(packet.reading(line.handle, self._at, size))
            self._asked.append((line, number, self._at, size))
            self._at += size
        for line in self._lines:
            line.wire.push()

    def _ask_rest(self, line: Line, at: int, size: int, got: int) -> None:
        """For a server that gave less than was asked for: the rest, and less from now on."""
        if not got:
            raise Malformed(f"{self._path}: the server answers with nothing")
        self._size = min(self._size, max(got, 4096))
        self._asked.appendleft((line, line.wire.post(packet.reading(line.handle, at, size)), at, size))

    def close(self) -> None:
        """Close the handles; a connection with much still under way is given up instead."""
        for line in self._lines:
            if line.wire.dead:
                continue
            if line.wire.waiting > FEW:
                line.wire.close()
                continue
            line.wire.forget(number for other, number, _, _ in self._asked if other is line)
            line.wire.cast(packet.closing(line.handle))
            line.wire.settle()
        self._asked.clear()
