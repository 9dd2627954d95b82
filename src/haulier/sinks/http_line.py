"""One connection to an API, kept open from request to request, and shut from outside when the work is to end."""
from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

from ..model.errors import Cancelled, Denied, Unavailable
from .http_request import Request

LARGEST = 8 << 20
"""Bytes of an answer that are looked at."""


class Place(NamedTuple):
    """A server, and how long it is waited for."""

    host: str
    port: int
    secure: bool
    connect: float
    read: float

    @classmethod
    def of(cls, url: str, connect: float, read: float) -> Self:
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        return cls(parts.hostname or "", parts.port or (443 if secure else 80), secure, connect, read)

    @property
    def shown(self) -> str:
        return f"{self.host}:{self.port}"


class Answer(NamedTuple):
    """What a server said."""

    status: int
    headers: Mapping[str, str]      # names in small letters
    body: bytes
    twice: bool = False             # it was asked twice, and may have heard the first time


class _Whole(HTTPConnection):
    """Head and body of a request leave together: half the packets, where most requests are one row."""

    held = b""

    def send(self, data: Any) -> None:
        self.held += data

    def getresponse(self) -> HTTPResponse:
        held, self.held = self.held, b""
        super().send(held)
        return super().getresponse()


class Line:
    """Used by one thread; `interrupt` by another one."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._http: HTTPConnection | None = None
        self._socket: socket.socket | None = None
        self._is_over = False

    def exchange(self, method: str, request: Request) -> Answer:
        """Unavailable if there is no answer: whether the server did what it was asked is then not known."""
        with self._translated():
            was_open = self._http is not None
            try:
                return self._exchange(method, request)
            except (ConnectionError, HTTPException):
                self.close()
                if not was_open:
                    raise
            return self._exchange(method, request)._replace(twice=True)     # servers close what is idle

    def interrupt(self) -> None:
        """Make whatever it waits for fail, now and from now on."""
        self._is_over = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def allow(self) -> None:
        """It may be used again, if it was interrupted."""
        if self._is_over:
            self.close()
            self._is_over = False

    def close(self) -> None:
        http, self._http = self._http, None
        if http is not None:
            http.close()
        opened, self._socket = self._socket, None
        if opened is not None:
            opened.close()

    def _exchange(self, method: str, request: Request) -> Answer:
        http = self._opened()
        http.request(method, request.path, request.body, dict(request.headers))
        with http.getresponse() as answer:
            body = answer.read(LARGEST)
            found = Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, body)
            if answer.will_close or not answer.isclosed():
                self._http = None
        if self._http is None:
            http.close()
        return found

    def _opened(self) -> HTTPConnection:
        if self._http is None:
            http = _Whole(self._place.host, self._place.port)
            http.auto_open = 0
            http.default_port = 443 if self._place.secure else 80   # of which the header Host says nothing
            http.sock = self._connected()
            self._http = http
        return self._http

    def _connected(self) -> socket.socket:
        last: OSError = OSError("there is no address for that name")
        for family, kind, protocol, _, address in socket.getaddrinfo(self._place.host, self._place.port, 0,
                                                                     socket.SOCK_STREAM):
            self._go_on()
            self._socket = opened = socket.socket(family, kind, protocol)
            try:
                opened.settimeout(self._place.connect)
                opened.connect(address)
                opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return self._secured(opened)
            except ssl.SSLCertVerificationError:
                opened.close()
                raise
            except OSError as error:
                opened.close()
                last = error
        raise _Unreached(last)

    def _secured(self, opened: socket.socket) -> socket.socket:
        if self._place.secure:
            secured = _trusted().wrap_socket(opened, server_hostname=self._place.host, do_handshake_on_connect=False)
            self._socket = opened = secured
            self._go_on()
            secured.do_handshake()
        opened.settimeout(self._place.read)
        self._go_on()
        return opened

    def _go_on(self) -> None:
        if self._is_over:
            raise Cancelled("stopped")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """The library's errors as ours; what they say may have more in them than may be told."""
        shown = self._place.shown
        try:
            self._go_on()
            yield
        except ssl.SSLCertVerificationError as error:
            raise Denied(f"{shown}: its certificate is not trusted: {error.verify_message}") from None
        except (_Unreached, OSError, HTTPException) as error:
            self.close()
            self._go_on()
            raise Unavailable(f"{shown}: {_said(error, self._place)}") from None


class _Unreached(Exception):
    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.error = error


def _said(error: Exception, place: Place) -> str:
    if isinstance(error, _Unreached | socket.gaierror):
        cause = error.error if isinstance(error, _Unreached) else error
        if isinstance(cause, TimeoutError):
            return f"cannot be reached within {place.connect:g} seconds"
        return f"cannot be reached{f': {cause.strerror}' if cause.strerror else ''}"
    if isinstance(error, TimeoutError):
        return f"no answer within {place.read:g} seconds"
    why = getattr(error, "strerror", None)
    return f"the connection was lost{f': {why}' if why else ''}"


@cache
def _trusted() -> ssl.SSLContext:
    """Who signs certificates: reading them all takes longer than a request."""
    return ssl.create_default_context()
