"""One big file on its way out: written ahead, over one connection or several."""
from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from ...model.errors import HaulierError
from ...model.files import Draft
from . import packet
from .reading import Line, depth_for
from .status import OK, code_of
from .tree import Tree
from .wire import Wire

SPREAD = 8 << 20
"""Bytes of one file from which further connections pay off on a far line."""


def blocks(body: Iterable[bytes], size: int) -> Iterator[bytes | memoryview]:
    """The body in pieces of up to `size` bytes, tiny chunks put together."""
    small: list[bytes] = []
    held = 0
    for chunk in body:
        held += len(chunk)
        if held < size // 2:
            small.append(chunk)
            continue
        if small:
            chunk = b"".join([*small, chunk])
            small.clear()
        held = 0
        yield from _pieces(chunk, size)
    if held:
        yield from _pieces(b"".join(small), size)


def _pieces(chunk: bytes, size: int) -> Iterator[bytes | memoryview]:
    if len(chunk) <= size:
        yield chunk
        return
    view = memoryview(chunk)
    step = -(-len(chunk) // -(-len(chunk) // size))     # equal pieces, rather than a tiny last one
    for at in range(0, len(chunk), step):
        yield view[at:at + step]


class Upload:
    """The draft's temporary file, written from its offset on, over further lines as they get `ready`."""

    def __init__(self, tree: Tree, draft: Draft, line: Line, ready: Callable[[], list[Line]]) -> None:
        self._tree, self._draft, self._ready = tree, draft, ready
        self.lines = [line]
        self.sent = self.safe = draft.offset
        self._flight: deque[tuple[Line, int, int]] = deque()

    def carry(self, body: Iterable[bytes], part: int) -> Iterator[int]:
        """Send all of `body`; offsets up to which it is safe, about once every `part` bytes."""
        told = self.safe
        broken: Exception | None = None
        pieces = blocks(body, self.lines[0].wire.limits.write)
        while broken is None:
            try:
                block = next(pieces, None)
            except Exception as error:
                broken = error
                continue
            if block is None:
                self._land_all()
                return
            self._send(block)
            if self.safe - told >= part:
                told = self.safe
                yield told
        with suppress(HaulierError):
            self._land_all()
        if self.safe > told:
            yield self.safe
        raise broken

    @property
    def _wires(self) -> list[Wire]:
        return [line.wire for line in self.lines]

    def _send(self, block: bytes | memoryview) -> None:
        """Send the next bytes on the line that has the least to do."""
        self.lines += self._ready()
        line = min(self.lines, key=lambda line: line.wire.waiting)
        number = line.wire.post(packet.writing(line.handle, self.sent, block))
        self.sent += len(block)
        self._flight.append((line, number, self.sent))
        line.wire.push()
        line.wire.ease(self._wires)
        most = depth_for(self.lines, line.wire.limits.write)
        while self._flight and (len(self._flight) > most or self._flight[0][0].wire.has(self._flight[0][1])):
            self._land()

    def _land_all(self) -> None:
        """Wait until everything sent is safe."""
        while self._flight:
            self._land()

    def _land(self) -> None:
        line, number, end = self._flight.popleft()
        reply = line.wire.wait(number, self._wires)
        if code_of(reply) != OK:
            raise line.wire.run(self._tree.why(self._draft.path, reply, "write"))
        self.safe = end

    def close_others(self) -> None:
        """Close the file everywhere but on the first line."""
        closings = [(line.wire, line.wire.post(packet.closing(line.handle))) for line in self.lines[1:]]
        for wire, _ in closings:
            wire.push()
        for wire, number in closings:
            wire.wait(number)
        del self.lines[1:]

    def abandon(self) -> None:
        """Close the file wherever that can be done without waiting for much."""
        for line in self.lines:
            if line.wire.dead:
                continue
            if line.wire.waiting or line.wire.unsent:
                line.wire.close()
            else:
                line.wire.call(packet.closing(line.handle))
        self.lines.clear()
