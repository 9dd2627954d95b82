"""A web server on loopback for tests: it answers as it is told to, path by path."""
from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


@dataclass
class Request:
    """One as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Answer:
    """What is sent back. `cut`: the connection ends before the body does; `holds`: it does not end."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    holds: bool = False


@dataclass
class Site:
    """Use it in a with block. `pages` are answers by path; others are 404."""

    pages: dict[str, Answer | Callable[[Request], Answer]] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    def __enter__(self) -> Self:
        outer = self
        self._over = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                request = Request(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
                outer.requests.append(request)
                page = outer.pages.get(self.path.partition("?")[0], Answer(404))
                answer = page(request) if callable(page) else page
                self.send_response(answer.status)
                size = len(answer.body) + (1000 if answer.cut or answer.holds else 0)
                for name, value in {"Content-Length": str(size), **answer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)
                self.wfile.flush()
                while answer.holds and not outer._over.is_set() and self._is_there():
                    time.sleep(0.01)

            def _is_there(self) -> bool:
                """Whether the other side has not gone away."""
                try:
                    return bool(self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
                except BlockingIOError:
                    return True
                except OSError:
                    return False

            do_GET = do_POST = do_PUT = do_DELETE = _answer

            def log_message(self, format: str, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads, block_on_close = True, False

            def handle_error(self, request: object, client_address: object) -> None:
                pass    # the other side went away

        self._server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"
