"""Bytes in pieces of whole lines, none of them longer than is allowed."""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..model.record import RAW

PIECE = 64 * 1024
"""Bytes from which on a piece is handed on."""
ROWS = 4096
"""Lines of one piece."""


class Piece(NamedTuple):
    """Some lines."""

    text: bytes
    size: int       # bytes of the file; more than the text has: one line, too long, of which the text is the beginning

    @property
    def cut(self) -> bool:
        """Whether it is a line that is too long."""
        return self.size > len(self.text)


def pieces(chunks: Iterable[bytes], longest: int) -> Iterator[Piece]:
    """All of it in order. Only the beginning of a line of more than `longest` bytes is kept, if it comes in many
    chunks; a shorter one of these may be whole."""
    held, dropped = b"", 0
    for chunk in chunks:
        if dropped:     # in a line that is too long
            end = chunk.find(b"\n") + 1
            dropped += end or len(chunk)
            if not end:
                continue
            yield Piece(held, dropped)
            held, dropped, chunk = b"", 0, chunk[end:]
        held += chunk
        if len(held) < PIECE:
            continue
        if end := held.rfind(b"\n") + 1:
            yield from _few(held[:end])
            held = held[end:]
        if len(held) > longest:
            held, dropped = held[:RAW], len(held)
    if held:
        yield from [Piece(held, dropped)] if dropped else _few(held)


def _few(text: bytes) -> Iterator[Piece]:
    if text.count(b"\n") <= ROWS:
        yield Piece(text, len(text))
        return
    lines = text.split(b"\n")
    for at in range(0, len(lines), ROWS):
        some = b"\n".join(lines[at:at + ROWS]) + (b"\n" if at + ROWS < len(lines) else b"")
        if some:
            yield Piece(some, len(some))
