"""What a task printed: a part of a file that may be huge, and that a program may be writing."""
from __future__ import annotations

import codecs
import os
from pathlib import Path

from ..shapes.task import Output

_LONGEST = 3
"""Bytes of a character beyond its first."""


def part(log: Path, after: int, limit: int, *, is_over: bool) -> Output | None:
    """At most `limit` bytes from there on, or so many from the end; None if the file is not there.

    `is_over`: nothing more is written.
    """
    try:
        with open(log, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            start = min(after, size) if after >= 0 else max(0, size + after)
            file.seek(start)
            data = file.read(min(limit, size - start))
    except OSError:
        return None
    begun = _begun(data) if start else 0
    whole = is_over and start + len(data) == size
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text = decoder.decode(data[begun:], whole)
    cut = len(decoder.getstate()[0])
    end = start + len(data) - cut
    return Output(text=text, after=start + begun, next=end, size=size, is_over=whole)


def _begun(data: bytes) -> int:
    """Bytes of a character that begins before the part does."""
    rest = data[:_LONGEST]
    return next((at for at, byte in enumerate(rest) if byte & 0xC0 != 0x80), len(rest))
