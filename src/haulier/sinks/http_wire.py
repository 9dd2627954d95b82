"""HTTP/1.1 as it is written and read: a request in one piece, an answer as far as rows need it (RFC 9112)."""
from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

LARGEST = 8 << 20
"""Bytes of an answer that are looked at."""
_LINE = 1 << 16
_HEADERS = 200
_INTERIM = 20       # answers that are none yet: 100, 103


class Readable(Protocol):
    """What an answer comes from."""

    def read(self, size: int, /) -> bytes | None: ...
    def readline(self, size: int, /) -> bytes: ...


class Broken(Exception):
    """What came is no HTTP, or ended in the middle."""


class Answer(NamedTuple):
    """What a server said."""

    status: int
    headers: Mapping[str, str]      # names in small letters
    body: bytes
    keeps: bool = True              # the connection can be used again
    twice: bool = False             # it was asked twice, and may have heard the first time


def written(method: str, target: str, headers: bytes, body: bytes) -> bytes:
    """A request. `headers`: whole lines."""
    return b"%b %b HTTP/1.1\r\n%bcontent-length: %d\r\n\r\n%b" % (
        method.encode(), target.encode(), headers, len(body), body)


def lines(headers: Mapping[str, str]) -> bytes:
    """As they stand in a request."""
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("latin-1")


def read(file: Readable, *, bare: bool = False) -> Answer:
    """The next answer. ConnectionError if the other side went away before it; Broken. `bare`: it has no body."""
    for _ in range(_INTERIM):
        is_old, status = _status(file)
        headers = _headers(file)
        if status >= 200 or status == 101:
            body, is_whole = (b"", True) if bare or status in (204, 304) else _body(file, headers)
            said = headers.get("connection", "").lower()
            keeps = is_whole and ("keep-alive" in said if is_old else "close" not in said)
            return Answer(status, headers, body, keeps)
    raise Broken("it never answers")


def _status(file: Readable) -> tuple[bool, int]:
    line = file.readline(_LINE)
    if not line:
        raise ConnectionResetError("the connection was closed")
    version, _, rest = line.partition(b" ")
    if not version.startswith(b"HTTP/1.") or not rest[:3].isdigit() or rest[3:4] not in b" \r\n":
        raise Broken("it does not speak HTTP")
    return version == b"HTTP/1.0", int(rest[:3])


def _headers(file: Readable) -> dict[str, str]:
    found: dict[str, str] = {}
    for _ in range(_HEADERS):
        line = _line(file)
        if not line:
            return found
        name, colon, value = line.partition(":")
        if colon and name.strip() == name:      # else it goes on with the one before, which nobody may any more
            name, value = name.lower(), value.strip()
            found[name] = f"{found[name]}, {value}" if name in found else value
    raise Broken("it has too many headers")


def _line(file: Readable) -> str:
    line = file.readline(_LINE)
    if not line.endswith(b"\n"):
        raise Broken("it ended in the middle, or has a line that is too long")
    return line.rstrip(b"\r\n").decode("latin-1")


def _body(file: Readable, headers: Mapping[str, str]) -> tuple[bytes, bool]:
    """And whether that is all of it."""
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return _chunks(file)
    length = headers.get("content-length")
    if length is None:
        return file.read(LARGEST) or b"", False
    size = _number(length, 10)
    return _exactly(file, min(size, LARGEST)), size <= LARGEST


def _chunks(file: Readable) -> tuple[bytes, bool]:
    body = bytearray()
    while size := _number(_line(file).partition(";")[0].strip(), 16):
        body += _exactly(file, min(size, LARGEST - len(body)))
        if len(body) >= LARGEST or _line(file):
            return bytes(body), False
    _headers(file)
    return bytes(body), True


def _number(said: str, base: int) -> int:
    try:
        if not said.isalnum():
            raise ValueError
        return int(said, base)
    except ValueError:
        raise Broken("it does not say how long it is") from None


def _exactly(file: Readable, size: int) -> bytes:
    found = file.read(size) or b""
    if len(found) < size:
        raise Broken("it ended in the middle")
    return found
