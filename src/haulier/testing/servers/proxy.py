"""A proxy on loopback: every name leads to one server of this machine, whatever it is."""
from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any, Self


@dataclass
class Proxy:
    """`leads` is the port that all names lead to; `sign`: the Proxy-Authorization that it wants."""

    leads: int
    sign: str = ""
    refuses: int = 0            # whoever asks gets this status
    port: int = 0
    asked: list[str] = field(default_factory=list)
    """The first line of each request."""
    seen: bytearray = field(default_factory=bytearray)
    """All that passed from those who asked."""

    def __enter__(self) -> Self:
        outer = self

        class Handler(StreamRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError):
                    outer._handle(self)

        class Server(ThreadingTCPServer):
            daemon_threads, block_on_close, allow_reuse_address = True, False, True

        self._server = Server(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handle(self, asked: Any) -> None:
        head = b"".join(_lines(asked.rfile))
        line, _, rest = head.partition(b"\r\n")
        method, target, _ = line.decode().split()
        self.asked.append(line.decode())
        signed = f"proxy-authorization: {self.sign}".lower().encode() in rest.lower()
        if self.refuses or (self.sign and not signed):
            asked.wfile.write(f"HTTP/1.1 {self.refuses or 407} No\r\nContent-Length: 0\r\n\r\n".encode())
            return
        with socket.create_connection(("127.0.0.1", self.leads)) as there:
            if method == "CONNECT":
                asked.wfile.write(b"HTTP/1.1 200 Go\r\n\r\n")
            else:
                path = "/" + target.split("/", 3)[3]
                there.sendall(f"{method} {path} HTTP/1.1\r\n".encode() + rest + asked.rfile.read1(1 << 16))
            back = threading.Thread(target=_carried, args=(there, asked.connection, bytearray()), daemon=True)
            back.start()
            _carried(asked.connection, there, self.seen)
            back.join()


def _lines(file: Any) -> Iterator[bytes]:
    while line := file.readline():
        yield line
        if line == b"\r\n":
            return


def _carried(source: socket.socket, target: socket.socket, seen: bytearray) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            seen += data
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
