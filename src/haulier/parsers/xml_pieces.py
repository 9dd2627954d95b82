"""Cuts a file with XML into pieces as expat is given them, without what other systems put around it."""
from __future__ import annotations

import re
from collections.abc import Iterator

from ..ports import Content

_HEAD = 200


def pieces(content: Content, size: int, longest: int) -> Iterator[bytes]:
    """Pieces of so many bytes, but the last one, which has no end marks of other systems behind it. If there are more
    of these than `longest`, they stay."""
    waiting, marks = bytearray(), None
    for chunk in content.read():
        waiting += chunk
        if marks is None and len(waiting) > _HEAD:
            marks = _marks(_head(waiting))
        if marks is not None and len(waiting) > size:
            whole = max(0, _before(marks, waiting, longest) - 1) // size * size
            for at in range(0, whole, size):
                yield bytes(waiting[at:at + size])
            del waiting[:whole]
    if marks is None:
        marks = _marks(_head(waiting))
    if waiting := waiting.rstrip(marks):
        yield bytes(waiting)


def _marks(head: bytearray) -> bytes:
    """What is no text at the end of a file that begins so."""
    return b"" if b"\0" in head[:4] else b"\0\x1a"      # zeros are halves of letters in UTF-16


def _before(marks: bytes, waiting: bytearray, longest: int) -> int:
    """How many bytes are before those at their end; marks without end are given to expat, which refuses them."""
    size = len(waiting.rstrip(marks))
    return size if len(waiting) - size < longest else len(waiting)


def _head(piece: bytearray) -> bytearray:
    """Without the name utf8, which expat does not know; all else stays where it is."""
    found = re.match(rb"\s*<\?xml[^>]{1,60}?(encoding\s*=\s*[\"']utf8[\"'])", piece, re.IGNORECASE)
    if found:
        piece[found.start(1):found.end(1)] = b" " * len(found[1])
    return piece
