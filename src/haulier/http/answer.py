"""What a server answers: a status, headers, and a body that is still to come (RFC 9112)."""
from __future__ import annotations

from collections.abc import Iterator, Mapping

from .connection import Broken, Connection

CHUNK = 1 << 20
_HEADERS = 200
_INTERIM = 20       # answers that are none yet: 100, 103


class Answer:
    """The body has to be read before the next request. Names of headers are in small letters."""

    def __init__(self, connection: Connection, status: int, headers: Mapping[str, str], *, bare: bool, stays: bool
                 ) -> None:
        self.connection = connection
        self.status = status
        self.headers = headers
        self.body = b""
        """All of it, after read()."""
        self._stays = stays
        self._is_chunked = not bare and "chunked" in headers.get("transfer-encoding", "").lower()
        length = None if self._is_chunked else headers.get("content-length")
        self.length = 0 if bare else None if length is None else _number(length, 10)
        """Bytes of body, None if the server does not say."""
        self.is_over = self.length == 0

    @property
    def is_reusable(self) -> bool:
        """Whether another request may follow on the connection."""
        return self.is_over and self._stays

    def chunks(self) -> Iterator[bytes]:
        """The body in chunks of at most 1 MiB."""
        if self._is_chunked:
            yield from self._dechunked()
        elif self.length is None:
            yield from self._to_the_end()
        else:
            yield from self._exactly(self.length)
        self.is_over = self.length is not None or self._is_chunked

    def read(self, limit: int | None = None) -> bytes:
        """The whole body, kept in `body`; Broken if it is longer than `limit`."""
        pieces: list[bytes] = []
        got = 0
        for chunk in self.chunks():
            pieces.append(chunk)
            got += len(chunk)
            if limit is not None and got > limit:
                raise Broken(f"the server's answer is longer than {limit} bytes")
        self.body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        return self.body

    def _exactly(self, left: int) -> Iterator[bytes]:
        while left:
            chunk = self.connection.take(min(left, CHUNK))
            left -= len(chunk)
            yield chunk

    def _dechunked(self) -> Iterator[bytes]:
        while left := _number(self.connection.line().decode("latin-1").partition(";")[0].strip(), 16):
            yield from self._exactly(left)
            if self.connection.line():
                raise Broken
        for _ in range(_HEADERS):       # trailers
            if not self.connection.line():
                return
        raise Broken

    def _to_the_end(self) -> Iterator[bytes]:
        while True:
            try:
                yield self.connection.take(CHUNK)
            except Broken:
                return


def answered(connection: Connection, method: str) -> Answer:
    """The answer to a request by that method, as soon as its head is there; Broken."""
    for _ in range(_INTERIM):
        first, *lines = connection.head().decode("utf-8", "replace").split("\n")
        if not first.startswith("HTTP/1.") or not first[9:12].isdecimal() or first[12:13].strip():
            raise Broken
        status, headers = int(first[9:12]), _headers(lines)
        if status >= 200 or status == 101:
            connection.used = True
            said = headers.get("connection", "").lower()
            stays = "close" not in said if first[7] != "0" else "keep-alive" in said
            bare = method in {"HEAD", "CONNECT"} or status in {204, 304}
            return Answer(connection, status, headers, bare=bare, stays=stays)
    raise Broken("the server never answers")


def _headers(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        found[name.lower()] = value.strip()
    if len(lines) > _HEADERS:
        raise Broken
    return found if len(found) == len(lines) else _joined(lines)


def _joined(lines: list[str]) -> dict[str, str]:
    """One that stands there twice has both values, but for those that say the same."""
    found: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        name, value = name.lower(), value.strip()
        known = found.setdefault(name, value)
        if known != value:
            found[name] = f"{known}, {value}"
    return found


def _number(written: str, base: int) -> int:
    try:
        if written.isalnum():       # int() knows signs and underscores too
            return int(written, base)
    except ValueError:
        pass
    raise Broken
