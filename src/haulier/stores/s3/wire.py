"""HTTP/1.1 (RFC 9112) on a blocking socket, with as few system calls and copies as Python allows."""
from __future__ import annotations

import select
import socket
import ssl
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from .address import Address

Piece: TypeAlias = bytes | memoryview
CHUNK = 1 << 20
_JOIN = 1 << 16         # bodies up to this size go out in one call with the head
_TLS_WRITE = 1 << 18
_LONGEST_HEAD = 1 << 18


class Broken(OSError):
    """The server closed the connection, or what came is not HTTP."""


@dataclass(frozen=True, slots=True)
class Dial:
    """How connections are made. Times in seconds."""

    address: Address
    tls: ssl.SSLContext | None
    connect_timeout: float
    read_timeout: float


def secure(ca_bundle: str, *, verify: bool) -> ssl.SSLContext:
    """A TLS context trusting `ca_bundle`, or the system's authorities; OSError if unreadable."""
    context = ssl.create_default_context(cafile=ca_bundle or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def size_of(pieces: Sequence[Piece]) -> int:
    return sum(map(len, pieces))


class Connection:
    """One connection: a request, then its answer, then the next request."""

    def __init__(self, dial: Dial) -> None:
        address = dial.address
        sock = socket.create_connection((address.host, address.port), dial.connect_timeout)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if dial.tls is not None:
                sock = dial.tls.wrap_socket(sock, server_hostname=address.host)
                sock.settimeout(dial.read_timeout)
            else:
                _let_kernel_time_out(sock, dial.read_timeout)
        except BaseException:
            sock.close()
            raise
        self.dial = dial
        self._sock = sock
        self._tls = dial.tls is not None
        self._rest = b""
        self.used = False
        """Whether an answer has come on it: one that breaks before that is not merely stale."""

    def is_stale(self) -> bool:
        """Whether the server has closed it, or sent what nobody asked for."""
        poller = select.poll()
        poller.register(self._sock, select.POLLIN)
        return bool(poller.poll(0))

    def send(self, head: bytes, pieces: Sequence[Piece] = ()) -> None:
        """A whole request."""
        if size_of(pieces) <= _JOIN:
            self._sock.sendall(b"".join((head, *pieces)))
            return
        self._sock.sendall(head)
        for piece in pieces:
            if self._tls:
                for at in range(0, len(piece), _TLS_WRITE):
                    self._sock.sendall(memoryview(piece)[at:at + _TLS_WRITE])
            else:
                self._sock.sendall(piece)

    def answer(self, method: str) -> Answer:
        """The head of the answer; its body must be read before the next request."""
        while True:
            status, headers = self._head()
            if status >= 200:
                self.used = True
                return Answer(self, status, headers, bare=method == "HEAD" or status in {204, 304})

    def take(self, most: int) -> bytes:
        """Between 1 and `most` bytes; all of them where the kernel can wait for them."""
        if self._rest:
            taken, self._rest = self._rest[:most], self._rest[most:]
        elif self._tls:
            taken = self._fill(most)
        else:
            taken = self._sock.recv(most, socket.MSG_WAITALL)
        if not taken:
            raise Broken("the server closed the connection too early")
        return taken

    def until(self, mark: bytes, limit: int = _LONGEST_HEAD) -> bytes:
        """What comes before `mark`, which is skipped."""
        data = self._rest
        while (at := data.find(mark)) < 0:
            more = self._sock.recv(1 << 16)
            if not more or len(data) > limit:
                raise Broken("the server closed the connection" if not more
                             else "the server's answer is not HTTP")
            data = data + more if data else more
        self._rest = data[at + len(mark):]
        return data[:at]

    def cut(self) -> None:
        """Make every call on it fail at once; may be called from another thread."""
        try:
            self._sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def close(self) -> None:
        self._sock.close()

    def _fill(self, most: int) -> bytes:
        buffer = bytearray(most)
        view, got = memoryview(buffer), 0
        while got < most:
            n = self._sock.recv_into(view[got:])
            if not n:
                break
            got += n
        view.release()
        return bytes(buffer) if got == most else bytes(buffer[:got])

    def _head(self) -> tuple[int, dict[str, str]]:
        first, *lines = self.until(b"\r\n\r\n").decode("utf-8", "replace").split("\r\n")
        if not first.startswith("HTTP/1.") or not first[9:12].isdigit():
            raise Broken("the server's answer is not HTTP")
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return int(first[9:12]), headers


class Answer:
    """A status, headers with lower-case names, and a body still on the connection."""

    def __init__(self, connection: Connection, status: int, headers: Mapping[str, str], *,
                 bare: bool = False) -> None:
        self.connection = connection
        self.status = status
        self.headers = headers
        self.body = b""
        """All of it, after read()."""
        self._chunked = not bare and "chunked" in headers.get("transfer-encoding", "").lower()
        length = headers.get("content-length", "")
        self.length = 0 if bare else int(length) if length.isdigit() else None
        """Bytes of body, None if the server does not say."""
        self.is_over = self.length == 0 and not self._chunked

    @property
    def is_reusable(self) -> bool:
        """Whether another request may follow on the connection."""
        return self.is_over and self.headers.get("connection", "").lower() != "close"

    def chunks(self) -> Iterator[bytes]:
        """The body in chunks of at most 1 MiB."""
        if self._chunked:
            yield from self._dechunked()
        elif self.length is None:
            yield from self._to_the_end()
        else:
            yield from self._exactly(self.length)
        self.is_over = self.length is not None or self._chunked

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
        while True:
            size = self.connection.until(b"\r\n").partition(b";")[0].strip()
            try:
                left = int(size, 16)
            except ValueError as error:
                raise Broken("the server's answer is not HTTP") from error
            yield from self._exactly(left)
            if not left:
                while self.connection.until(b"\r\n"):
                    pass        # trailers
                return
            self.connection.until(b"\r\n")

    def _to_the_end(self) -> Iterator[bytes]:
        while True:
            try:
                yield self.connection.take(CHUNK)
            except Broken:
                return


def _let_kernel_time_out(sock: socket.socket, seconds: float) -> None:
    """A timeout without Python's poll() before every call; shows as BlockingIOError."""
    sock.settimeout(None)
    pair = struct.pack("ll", int(seconds), int(seconds % 1 * 1e6))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, pair)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, pair)
