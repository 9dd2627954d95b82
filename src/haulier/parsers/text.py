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
from typing import Annotated, Any, NamedTuple, TypeAlias

from pydantic import AfterValidator

from ..model.errors import Malformed
from ..ports import Content

BLOCK = 128 * 1024
"""Bytes that are made into text at a time, at least."""
LINES = 2048
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
    raise wrong


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


def _not_utf_8(head: bytes, chunks: Iterator[bytes]) -> Malformed | None:
    """Why the whole is no UTF-8; None if it is."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    before, line, chunk = 0, 1, head
    while chunk:
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as error:
            return _wrong(chunk, before, error.start - pending, line, error.object[error.start])
        before, line, chunk = before + len(chunk), line + chunk.count(b"\n"), next(chunks, b"")
    if rest := decoder.getstate()[0]:
        return _wrong(b"", before - len(rest), 0, line, rest[0])
    return None


def _wrong(chunk: bytes, before: int, at: int, line: int, byte: int) -> Malformed:
    line += chunk.count(b"\n", 0, max(at, 0))
    offset = before + at
    return Malformed(f"no UTF-8 at byte {offset}, line {line} (0x{byte:02X}); set `encoding`, such as cp1252, or "
                     "`fallback` for files that are not UTF-8", line=line, offset=offset)


def pieces(content: Content, how: Decoding, *, offset: int = 0, line: int = 1, longest: int) -> Iterator[Piece]:
    """The lines from that byte on, the last one too if it has no end; Malformed if one is longer than `longest`
    characters. LF, CR LF and CR end a line, also in turns. `line`: the first one's number, for what is wrong."""
    offset = max(offset, how.start)
    rest = ""
    for text, last in _texts(content, how, offset, line):
        text = rest + text
        cut = len(text) if last else _end(text)
        if len(text) - cut > longest:
            line += _count(text[:cut])
            raise Malformed(f"line {line} is longer than {longest} characters: no such file, or a quote that is not "
                            "closed", line=line, offset=offset + how.size(text[:cut]))
        whole, rest = text[:cut], text[cut:]
        if whole:
            for piece in _split(whole, how, offset):
                line += len(piece.lines)
                yield piece
            offset += how.size(whole)


def _split(text: str, how: Decoding, offset: int) -> Iterator[Piece]:
    lines = lines_of(text)
    is_odd = "\0" in text or (how.declared and not text.isascii() and LOST.search(text) is not None)
    if len(lines) <= LINES:
        yield Piece(lines, is_odd, offset)
        return
    for at in range(0, len(lines), LINES):
        some = lines[at:at + LINES]
        yield Piece(some, is_odd, offset)
        offset += how.size("".join(some))


def lines_of(text: str) -> list[str]:
    """Its lines with their ends: unlike splitlines(), nothing but LF, CR LF and CR is one."""
    return io.StringIO(text, newline="").readlines()


def _count(text: str) -> int:
    return len(lines_of(text))


def _end(text: str) -> int:
    """Behind the last whole line. A CR at the end may be half of a CR LF."""
    return text.rfind("\n") + 1 or text.rfind("\r", 0, len(text) - 1) + 1


def _texts(content: Content, how: Decoding, offset: int, line: int) -> Iterator[tuple[str, bool]]:
    """The text in blocks, and whether that is the last."""
    decoder = codecs.getincrementaldecoder(how.encoding)()
    before = offset
    with closing(_read(content, offset)) as chunks:
        for data in _blocks(chunks):
            text = _decoded(decoder, data, how, before, final=not data)
            yield text, not data
            before += len(data)


def _blocks(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Not too small, and an empty one at the end."""
    kept: list[bytes] = []
    size = 0
    for chunk in chunks:
        kept.append(chunk)
        size += len(chunk)
        if size >= BLOCK:
            yield b"".join(kept)
            kept, size = [], 0
    if kept:
        yield b"".join(kept)
    yield b""


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
