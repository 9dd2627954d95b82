"""Text of files with one record a line, in blocks of whole lines, whatever its line ends and its letters."""
from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..model.errors import Malformed
from ..ports import Content

LONGEST = 1 << 16       # bytes of a line: a file without line ends is none of these
MOST = 1 << 16          # bytes of a block, about: its rows fit into the cache of a processor
EMPTY = " \t\x1a\x00"   # what a line that says nothing may have; 0x1A ended files of DOS


class Block(NamedTuple):
    """Some lines in a row."""

    text: str       # without the end of the last one
    first: int      # number of the first line in the file
    offset: int     # bytes of the file before it
    longest: int    # bytes of a line: it has no more characters than that
    step: int = 0   # characters from one line to the next, if all are seen to be as long; else 0

    @property
    def lines(self) -> list[str]:
        """One by one, without their ends."""
        return self.text.split("\n")


def encoding_of(content: Content, wanted: str) -> str:
    """How its bytes are letters. "auto": Latin-1, unless all of it is UTF-8 and not only ASCII."""
    if wanted != "auto":
        return wanted
    decoder, plain = codecs.getincrementaldecoder("utf-8")(), True
    try:
        for chunk in content.read():
            plain = plain and chunk.isascii()
            if not plain:
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "latin-1"
    return "latin-1" if plain else "utf-8"


def blocks(content: Content, encoding: str) -> Iterator[Block]:
    """All of its lines, without their ends; a last line without an end is no matter. A mark of byte order counts more
    than what is declared: in no other encoding does such a file begin so."""
    first = 1
    for offset, data in pieces(content):
        if not offset and data.startswith(codecs.BOM_UTF8):
            data, encoding = data.removeprefix(codecs.BOM_UTF8), "utf-8"
        plain, step = even(data)
        if step:
            text, count, longest = _text(plain, encoding, first), (len(plain) + 1) // step, step - 1
        else:
            lines = data.splitlines() or [b""]
            text, count, longest = _text(b"\n".join(lines), encoding, first), len(lines), max(map(len, lines))
        yield Block(text, first, offset, longest, step if len(text) == len(plain) else 0)
        first += count


def even(data: bytes) -> tuple[bytes, int]:
    """Lines that are all as long and all end alike, with LFs between them, and the bytes from one to the next.
    Others as they are, and 0. A few steps over all of them: that is much quicker than line by line."""
    step = data.find(b"\n") + 1
    if step < 3 or len(data) % step:
        return data, 0
    plain = bytearray(data)
    if not plain[step - 2::step].strip(b"\r"):
        del plain[step - 2::step]
        step -= 1
    ends = plain[step - 1::step]
    plain[step - 1::step] = bytes(len(ends))    # now, whatever ends a line is one too many
    if ends.strip(b"\n") or b"\n" in plain or b"\r" in plain:
        return data, 0
    plain[step - 1::step] = ends
    del plain[-1:]
    return bytes(plain), step


def is_empty(line: str) -> bool:
    """Whether it says nothing."""
    return not line.strip(EMPTY)


def pieces(content: Content) -> Iterator[tuple[int, bytes]]:
    """Bytes of some lines in a row, with their ends, each time with the number of bytes before them. NULs, which no
    database takes, are blanks."""
    for offset, plain in whole(content.read()):
        yield offset, plain.replace(b"\0", b" ")


def whole(chunks: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Pieces that end where lines do, each with the number of bytes before it."""
    rest, offset = b"", 0
    for chunk in chunks:
        for at in range(0, len(chunk), MOST):
            data = rest + chunk[at:at + MOST]
            # What ends in a CR may go on with its LF.
            end = max(data.rfind(b"\n"), data.rfind(b"\r", 0, -1)) + 1
            rest = data[end:]
            if len(rest) > LONGEST:
                raise Malformed(f"a line longer than {LONGEST} bytes: this is no file of lines", offset=offset + end)
            if end:
                yield offset, data[:end]
                offset += end
    if rest:
        yield offset, rest


def _text(plain: bytes, encoding: str, first: int) -> str:
    try:
        return plain.decode(encoding)
    except UnicodeDecodeError as error:
        line = first + plain.count(b"\n", 0, error.start)
        raise Malformed(f"line {line} is not {encoding}: give `encoding` as the file has it (latin-1, cp850 …)",
                        line=line) from error
