"""The web server below Books: quick, as what asks it is measured; cut off, and opened again at the same port."""
from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Mapping
from http.client import responses
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any, Protocol


class Answering(Protocol):
    """What a request is told."""

    @property
    def status(self) -> int: ...
    @property
    def said(self) -> Any: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def cuts(self) -> bool: ...


_LINE = 1 << 16
Handled = Callable[[str, str, Mapping[str, str], bytes], Answering]
"""Method, path, headers with names in small letters, body."""


class Desk:
    """Listens until it is closed; then its connections are cut."""

    def __init__(self, port: int, handled: Handled) -> None:
        self._open: set[socket.socket] = set()
        self._server = _Server(port, handled, self._open)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        for one in [*self._open]:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._thread.join()


class _Server(ThreadingTCPServer):
    daemon_threads, block_on_close, request_queue_size, allow_reuse_address = True, False, 64, True

    def __init__(self, port: int, handled: Handled, opened: set[socket.socket]) -> None:
        self.handled, self.opened = handled, opened
        super().__init__(("127.0.0.1", port), _Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        found = super().get_request()
        self.opened.add(found[0])       # here, not in its thread: that may begin when all were cut
        return found

    def handle_error(self, request: object, client_address: object) -> None:
        pass    # the other side went away


class _Handler(StreamRequestHandler):
    server: _Server
    disable_nagle_algorithm = True

    def finish(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().finish()
        self.server.opened.discard(self.request)

    def handle(self) -> None:
        while line := self.rfile.readline(_LINE):
            method, path, _ = line.decode("latin-1").split()
            headers = self._headers()
            body = self.rfile.read(int(headers.get("content-length") or 0))
            answer = self.server.handled(method, path, headers, body)
            if answer.cuts:
                return
            self.wfile.write(_written(answer))
            if headers.get("connection", "").lower() == "close":
                return

    def _headers(self) -> Mapping[str, str]:
        found = {}
        while line := self.rfile.readline(_LINE).strip().decode("latin-1"):
            name, _, value = line.partition(":")
            found[name.strip().lower()] = value.strip()
        return found


def _written(answer: Answering) -> bytes:
    said = b"" if answer.said is None else json.dumps(answer.said).encode()
    headers = {"Content-Type": "application/json", **answer.headers, "Content-Length": str(len(said))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {answer.status} {responses.get(answer.status, '')}\r\n{lines}\r\n".encode("latin-1") + said
