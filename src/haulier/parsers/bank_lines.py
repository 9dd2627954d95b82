"""Lines of files from banks: any line end, whatever encoding, never endless."""
from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..model.errors import Invalid, Malformed

LONGEST = 64 * 1024
"""Bytes of one line: no such format has lines of more than some hundred."""
_CONTROLS = dict.fromkeys([*range(9), *range(10, 32), 127])


def lines(chunks: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Each line with its number from 1, without its end: CRLF, LF or CR alone."""
    number, rest = 0, b""
    for chunk in chunks:
        rest += chunk
        held = b"\r" if rest.endswith(b"\r") else b""     # its LF may come with the next chunk
        found = rest[:len(rest) - len(held)].replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        rest = found.pop() + held
        for line in found:
            number += 1
            yield number, _checked(line, number)
        _checked(rest, number + 1)
    if rest.rstrip(b"\r"):
        yield number + 1, rest.rstrip(b"\r")


def decoded(line: bytes, encoding: str = "") -> str:
    """A line as text, without characters that only machines see. No encoding: UTF-8, or else Latin-1."""
    try:
        text = line.decode(encoding or "utf-8")
    except UnicodeDecodeError:
        text = line.decode(encoding if encoding else "latin-1", "replace")
    return text.translate(_CONTROLS) if not text.isprintable() else text


def _checked(line: bytes, number: int) -> bytes:
    if len(line) > LONGEST:
        raise Malformed(f"line {number} is longer than {LONGEST} bytes: this is no file of a bank", line=number)
    return line


def encoding_of(name: str) -> str:
    """The encoding, if there is one of that name in which lines end as in ASCII; Invalid if not."""
    try:
        is_good = not name or "\n".encode(name) == b"\n"
    except LookupError:
        is_good = False
    if not is_good:
        raise Invalid(f"encoding: {name!r} is none that lines can be in; as utf-8, latin-1 or cp1252")
    return name
