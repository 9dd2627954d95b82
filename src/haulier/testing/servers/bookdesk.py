"""The web server below Books: it can be cut off and opened again at the same port."""
from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
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


Handled = Callable[[str, str, Mapping[str, str], bytes], Answering]
"""Method, path, headers with names in small letters, body."""


class Desk:
    """Listens until it is closed; then its connections are cut."""

    def __init__(self, port: int, handled: Handled) -> None:
        self._open: set[socket.socket] = set()
        self._server = _server(port, handled, self._open)
        self.port: int = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        for one in [*self._open]:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._thread.join()


def _server(port: int, handled: Handled, opened: set[socket.socket]) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = 1 << 16

        def setup(self) -> None:
            opened.add(self.request)
            super().setup()

        def finish(self) -> None:
            with contextlib.suppress(OSError, ValueError):
                super().finish()
            opened.discard(self.request)

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = handled(self.command, self.path, headers, body)
            if answer.cuts:
                self.close_connection = True
                return
            said = b"" if answer.said is None else json.dumps(answer.said).encode()
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)
            self.wfile.flush()

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads, block_on_close, request_queue_size = True, False, 64

        def handle_error(self, request: object, client_address: object) -> None:
            pass    # the other side went away

    return Server(("127.0.0.1", port), Handler)
