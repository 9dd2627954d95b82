"""Bytes cut at the same places wherever reading begins: who goes on after a crash gets the batches that there were."""
from __future__ import annotations

from collections.abc import Iterable, Iterator


def aligned(chunks: Iterable[bytes], offset: int, size: int) -> Iterator[bytes]:
    """The bytes of a file from `offset` on, cut where the file has a multiple of `size` before it.

    Lists of rows that were sent before a crash are then sent again as they were: an API knows a request by its key.
    """
    kept: list[bytes] = []
    left = size - offset % size
    for chunk in chunks:
        while len(chunk) >= left:
            yield b"".join([*kept, chunk[:left]])
            chunk, kept, left = chunk[left:], [], size
        if chunk:
            kept.append(chunk)
            left -= len(chunk)
    if kept:
        yield b"".join(kept)
