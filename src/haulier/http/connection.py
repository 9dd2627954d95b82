"""Bytes to and from a server, with as few system calls and copies as Python allows."""
from __future__ import annotations

import errno
import re
import select
import socket
import ssl
import struct
from collections.abc import Sequence
from typing import TypeAlias

Piece: TypeAlias = bytes | memoryview
_JOIN = 1 << 16         # bodies up to this size go out in one call with the head
_TLS_WRITE = 1 << 18
_BLOCK = 1 << 16        # no head of an answer is longer
_HEAD_END, _LINE_END = re.compile(rb"\n\r?\n"), re.compile(rb"\r?\n")


class Broken(ConnectionError):
    """The server closed the connection, or what came is not HTTP."""

    def __init__(self, why: str = "the server's answer is not HTTP") -> None:
        super().__init__(why)


def size_of(pieces: Sequence[Piece]) -> int:
    return sum(map(len, pieces))


def is_slow(error: OSError) -> bool:
    """Whether it says that something was waited for too long, be it Python or the kernel that waited."""
    return isinstance(error, TimeoutError) or error.errno == errno.EAGAIN


class Connection:
    """A request, then its answer, then the next request. `to`: what it leads to, as its owner has it."""

    def __init__(self, opened: socket.socket, to: object = None) -> None:
        self.to = to
        self.used = False
        """Whether an answer has come on it: one that breaks before that is not merely stale."""
        self._socket = opened
        self._is_tls = isinstance(opened, ssl.SSLSocket)
        self._rest = b""

    def is_stale(self) -> bool:
        """Whether the server has closed it, or sent what nobody asked for."""
        poller = select.poll()
        poller.register(self._socket, select.POLLIN)
        return bool(poller.poll(0))

    def send(self, head: bytes, pieces: Sequence[Piece] = ()) -> None:
        """A whole request."""
        if size_of(pieces) <= _JOIN:
            self._socket.sendall(b"".join((head, *pieces)))
            return
        self._socket.sendall(head)
        for piece in pieces:
            if self._is_tls:
                for at in range(0, len(piece), _TLS_WRITE):
                    self._socket.sendall(memoryview(piece)[at:at + _TLS_WRITE])
            else:
                self._socket.sendall(piece)

    def take(self, most: int) -> bytes:
        """Between 1 and `most` bytes; all of them where the kernel can wait for them."""
        if self._rest:
            taken, self._rest = self._rest[:most], self._rest[most:]
        elif self._is_tls:
            taken = self._fill(most)
        else:
            taken = self._socket.recv(most, socket.MSG_WAITALL)
        if not taken:
            raise Broken("the server closed the connection too early")
        return taken

    def head(self) -> bytes:
        """What comes before the next empty line, which is skipped."""
        return self._until(_HEAD_END)

    def line(self) -> bytes:
        """What comes before the next end of a line, which is skipped."""
        return self._until(_LINE_END)

    def cut(self) -> None:
        """Make every call on it fail at once; may be called from another thread."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def close(self) -> None:
        self._socket.close()

    def _fill(self, most: int) -> bytes:
        buffer = bytearray(most)
        view, got = memoryview(buffer), 0
        while got < most:
            n = self._socket.recv_into(view[got:])
            if not n:
                break
            got += n
        view.release()
        return bytes(buffer) if got == most else bytes(buffer[:got])

    def _until(self, mark: re.Pattern[bytes]) -> bytes:
        data = self._rest
        while (found := mark.search(data)) is None:
            if len(data) >= _BLOCK:
                raise Broken
            more = self._socket.recv(_BLOCK)
            if not more:
                raise Broken("the server closed the connection")
            data = data + more if data else more
        self._rest = data[found.end():]
        return data[:found.start()]


def wait_at_most(opened: socket.socket, seconds: float) -> None:
    """A timeout for what follows: the kernel's where it can be, which saves Python's poll() before every call."""
    if isinstance(opened, ssl.SSLSocket):
        opened.settimeout(seconds)
        return
    opened.settimeout(None)
    pair = struct.pack("ll", int(seconds), int(seconds % 1 * 1e6))
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, pair)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, pair)
