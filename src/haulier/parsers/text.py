"""Bytes of a file as lines of text: which encoding it has, and nothing guessed.

In this order: the one that is declared; a byte order mark; UTF-8, if all of the file is; the one that is named for
all else. With a declared one, bytes that it does not have are the fault of their row, not of the file.
"""
from __future__ import annotations

import codecs
import io
import re
from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import chain
from typing import Annotated, Any, NamedTuple, TypeAlias

from pydantic import AfterValidator

from ..model.errors import Malformed
from ..ports import Content
from .aligned import aligned

BLOCK = 32 * 1024
"""Bytes that are made into text at a time."""
LINES = 3000
"""Lines that are handed on at a time, at most."""
LOST = re.compile("[\udc80-\udcff]")
"""A byte that is no text in the declared encoding (as surrogateescape has it)."""
_MARKS = ((codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"), (codecs.BOM_UTF8, "utf-8"),
          (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# Text in these depends on what was before, so nobody can begin in the middle.
_STATEFUL = re.compile(r"utf[-_]?7|iso[-_]?2022|hz|idna|punycode|escape|mbcs|oem", re.IGNORECASE)


def _encoding(name: str) -> str:
    try:
        found = codecs.lookup(name).name
        "\n".encode(found)
    except (LookupError, ValueError, TypeError):
        raise ValueError(f"no encoding of text: {name!r}; such as utf-8, cp1252, iso-8859-1, utf-16") from None
    if _STATEFUL.search(found):
        raise ValueError(f"files in {name} cannot be read")
    return {"utf-8-sig": "utf-8"}.get(found, found)


Encoding: TypeAlias = Annotated[str, AfterValidator(_encoding)]
"""A field with the name of an encoding."""


class Decoding(NamedTuple):
    """How the bytes of one file become text."""

    encoding: str
    start: int = 0              # bytes of the byte order mark
    declared: bool = False      # then bytes that are no text are a fault of their row

    def size(self, text: str) -> int:
        """How many bytes that text was."""
        if text.isascii() and not self.encoding.startswith(("utf-16", "utf-32")):
            return len(text)
        return len(text.encode(self.encoding, "surrogateescape" if self.declared else "strict"))


class Piece(NamedTuple):
    """Some whole lines, with their ends."""

    lines: list[str]
    is_odd: bool    # there is a NUL in it, or a byte that is no text
    offset: int     # bytes before it
    end: int        # bytes up to its end


def decoding(content: Content, declared: str | None = None, fallback: str | None = None) -> Decoding:
    """The encoding of a file, by the order above; Malformed, with the place, if it is none of them."""
    with closing(_read(content)) as chunks:
        head = _head(chunks)
        mark = next(((len(mark), name) for mark, name in _MARKS if head.startswith(mark)), None)
        if declared:
            return _by_declaration(declared, mark)
        if mark:
            return Decoding(mark[1], mark[0])
        _not_utf_16(head)
        wrong = _not_utf_8(head, chunks)
    if wrong is None:
        return Decoding("utf-8")
    if fallback:
        return Decoding(fallback, declared=True)
    raise _refused(content, *wrong)


def _by_declaration(declared: str, mark: tuple[int, str] | None) -> Decoding:
    size, name = mark or (0, "")
    if declared in {"utf-16", "utf-32"}:    # with a mark that says which, or little endian
        return Decoding(name if name.startswith(declared) else f"{declared}-le", size, declared=True)
    return Decoding(declared, size if name == declared else 0, declared=True)


def _read(content: Content, start: int = 0) -> Generator[bytes, None, None]:
    # A generator of our own, so that there is something to close whatever the content gives.
    yield from content.read(start)


def _head(chunks: Iterator[bytes]) -> bytes:
    head = b""
    while len(head) < 256 and (chunk := next(chunks, b"")):
        head += chunk
    return head


def _not_utf_16(head: bytes) -> None:
    some = head[:256]
    for at, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        other = some[1 - at::2]
        if len(some) >= 8 and not any(some[at::2]) and all(other[:-1]):
            raise Malformed(f"looks like {name} without a byte order mark; set `encoding: {name}`", line=1, offset=0)


def _not_utf_8(head: bytes, chunks: Iterator[bytes]) -> tuple[int, int] | None:
    """The place and the value of the first byte that is none; None if all is UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    before, chunk = 0, head
    while chunk:
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as error:
            return before + error.start - pending, error.object[error.start]
        before, chunk = before + len(chunk), next(chunks, b"")
    rest = decoder.getstate()[0]
    return (before - len(rest), rest[0]) if rest else None


def _refused(content: Content, offset: int, byte: int) -> Malformed:
    line, left = 1, offset
    with closing(_read(content)) as chunks:
        for chunk in chunks:
            line += chunk.count(b"\n", 0, left)
            left -= len(chunk)
            if left <= 0:
                break
    return Malformed(f"no UTF-8 at byte {offset}, line {line} (0x{byte:02X}); set `encoding`, such as cp1252, or "
                     "`fallback` for files that are not UTF-8", line=line, offset=offset)


def pieces(content: Content, how: Decoding, *, offset: int = 0, line: int = 1, longest: int) -> Iterator[Piece]:
    """The lines from that byte on, the last one too if it has no end; Malformed if one is longer than `longest`
    characters. LF, CR LF and CR end a line, also in turns. `line`: the first one's number, for what is wrong."""
    offset = max(offset, how.start)
    rest = ""
    for text, read, last in _texts(content, how, offset):
        text = rest + text
        cut = len(text) if last else _end(text)
        whole, rest = text[:cut], text[cut:]
        end = read - how.size(rest)
        for piece in _split(whole, how, offset, end) if whole else ():
            line += len(piece.lines)
            yield piece
        offset = end
        if len(rest) > longest:
            raise Malformed(f"line {line} is longer than {longest} characters: no such file, or a quote that is not "
                            "closed", line=line, offset=offset)


def _split(text: str, how: Decoding, offset: int, last: int) -> Iterator[Piece]:
    lines = lines_of(text)
    is_odd = "\0" in text or (how.declared and not text.isascii() and LOST.search(text) is not None)
    for at in range(0, len(lines), LINES):
        some = lines[at:at + LINES]
        end = last if at + LINES >= len(lines) else offset + how.size("".join(some))
        yield Piece(some, is_odd, offset, end)
        offset = end


def lines_of(text: str) -> list[str]:
    """Its lines with their ends: unlike splitlines(), nothing but LF, CR LF and CR is one."""
    lines = text.splitlines(keepends=True)
    ends = text.count("\n") + (text.count("\r") - text.count("\r\n") if "\r" in text else 0)
    is_so = len(lines) == ends + (bool(text) and not text.endswith(("\n", "\r")))
    return lines if is_so else io.StringIO(text, newline="").readlines()


def _end(text: str) -> int:
    """Behind the last whole line. A CR at the end may be half of a CR LF."""
    return text.rfind("\n") + 1 or text.rfind("\r", 0, len(text) - 1) + 1


def _texts(content: Content, how: Decoding, offset: int) -> Iterator[tuple[str, int, bool]]:
    """The text in blocks, the bytes up to the end of each, and whether it is the last."""
    decoder = codecs.getincrementaldecoder(how.encoding)()
    with closing(_read(content, offset)) as chunks:
        for data in chain(aligned(chunks, offset, BLOCK), (b"",)):
            text = _decoded(decoder, data, how, offset, final=not data)
            offset += len(data)
            yield text, offset - len(decoder.getstate()[0]), not data


def _decoded(decoder: Any, data: bytes, how: Decoding, before: int, *, final: bool) -> str:
    try:
        text: str = decoder.decode(data, final)
    except UnicodeDecodeError as error:
        if not how.declared or how.encoding.startswith(("utf-16", "utf-32")):
            offset = before + error.start - len(decoder.getstate()[0])
            raise Malformed(f"no {how.encoding} at byte {offset}", offset=offset) from None
        decoder.errors = "surrogateescape"
        text = decoder.decode(data, final)
        decoder.errors = "strict"
    return text
