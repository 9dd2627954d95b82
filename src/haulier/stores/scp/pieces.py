"""One file in pieces, by `dd` in the shell: parts of it, and drafts of which each piece must be safe."""
from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import nullcontext, suppress

from ...model.errors import Busy, HaulierError
from ...model.files import Draft, Stream
from .line import BLOCK, Line

FLIGHT = 8
"""Pieces of a big file under way at a time."""
SECTOR = 1 << 16
"""Ranges begin and end at multiples of this many bytes on the server."""


def receive(line: Line, path: str, name: bytes, start: int, end: int) -> Stream:
    """The bytes from `start` to `end` of the file that the server calls `name`."""
    first, skip = divmod(start, SECTOR)
    line.ask("range", name, first, -(-end // SECTOR) - first)
    left = end - start
    for chunk in line.chunks():
        wanted = chunk[skip:skip + left]
        skip -= min(skip, len(chunk))
        left -= len(wanted)
        if wanted:
            yield wanted
    line.verdict(path)
    if left:
        raise Busy(f"{path}: became shorter while it was being read")


def send(line: Line, draft: Draft, name: bytes, body: Iterable[bytes], part: int) -> Iterator[Draft]:
    """Append the body in pieces; the draft each time `part` more bytes of it are safe, and at the end."""
    flight: deque[int] = deque()
    sent = told = safe = draft.offset
    broken: Exception | None = None
    pieces = _blocks(body)
    while True:
        try:
            piece = next(pieces, None)
        except Exception as error:
            broken, piece = error, None
        if piece is None:
            break
        line.ask("piece", name, sent, len(piece), body=piece)
        sent += len(piece)
        flight.append(sent)
        while flight and (len(flight) > FLIGHT or line.is_answered()):
            line.answer(draft.path)
            safe = flight.popleft()
        if safe - told >= part:
            told = safe
            yield draft._replace(offset=safe)
    with suppress(HaulierError) if broken else nullcontext():   # the body's error is the one to tell
        while flight:
            line.answer(draft.path)
            safe = flight.popleft()
    if safe > told or broken is None:
        yield draft._replace(offset=safe)
    if broken:
        raise broken


def _blocks(body: Iterable[bytes]) -> Iterator[bytes]:
    """The body in pieces of a block, but for the last."""
    held = bytearray()
    for chunk in body:
        held += chunk
        while len(held) >= BLOCK:
            yield bytes(held[:BLOCK])
            del held[:BLOCK]
    if held:
        yield bytes(held)
