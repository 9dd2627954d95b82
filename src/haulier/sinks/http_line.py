"""One connection to an API, kept open from request to request, and shut from outside when the work is to end."""
from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import NamedTuple

from ..http.answer import answered
from ..http.connection import Broken, Connection, is_slow, wait_at_most
from ..model.errors import Cancelled, Denied, Unavailable
from .http_place import Place
from .http_proxy import Proxy
from .http_request import Request, lines, written

LARGEST = 8 << 20
"""Bytes of an answer that are looked at."""


class Answer(NamedTuple):
    """What a server said."""

    status: int
    headers: Mapping[str, str]      # names in small letters
    body: bytes
    twice: bool = False             # it was asked twice, and may have heard the first time


class Line:
    """Used by one thread; `interrupt` by another one."""

    def __init__(self, place: Place) -> None:
        self._place = place
        own = {"host": place.named}
        self._root = ""
        if place.proxy and not place.secure:
            self._root = f"http://{place.named}"
            own |= {"proxy-authorization": place.proxy.sign} if place.proxy.sign else {}
        self._own = lines(own)
        self._socket: socket.socket | None = None
        self._connection: Connection | None = None
        self._is_over = False

    def exchange(self, method: str, request: Request) -> Answer:
        """Unavailable if there is no answer: whether the server did what it was asked is then not known."""
        data = written(method, self._root + request.path, self._own + request.headers, request.body)
        with self._translated():
            was_open = self._connection is not None
            try:
                return self._exchanged(data, method)
            except ConnectionError:
                self.close()
                if not was_open:
                    raise
            return self._exchanged(data, method)._replace(twice=True)     # servers close what is idle

    def interrupt(self) -> None:
        """Make whatever it waits for fail, now and from now on."""
        self._is_over = True
        opened = self._socket
        if opened is not None:
            with contextlib.suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)

    def allow(self) -> None:
        """It may be used again, if it was interrupted."""
        if self._is_over:
            self.close()
            self._is_over = False

    def close(self) -> None:
        self._connection = None
        opened, self._socket = self._socket, None
        if opened is not None:
            with contextlib.suppress(OSError):
                opened.close()

    def _exchanged(self, data: bytes, method: str) -> Answer:
        if self._connection is None:
            self._connection = Connection(self._connected())
        self._connection.send(data)
        answer = answered(self._connection, method)
        body = bytearray()
        for chunk in answer.chunks():
            body += chunk
            if len(body) >= LARGEST:
                break
        if not answer.is_reusable:
            self.close()
        return Answer(answer.status, answer.headers, bytes(body[:LARGEST]))

    def _connected(self) -> socket.socket:
        to = self._place.proxy or self._place
        last: OSError = OSError("there is no address for that name")
        for family, kind, protocol, _, address in socket.getaddrinfo(to.host, to.port, 0, socket.SOCK_STREAM):
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
            if self._place.proxy:
                self._let_through(opened, self._place.proxy)
            secured = _trusted().wrap_socket(opened, server_hostname=self._place.host, do_handshake_on_connect=False)
            self._socket = opened = secured
            self._go_on()
            secured.do_handshake()
        wait_at_most(opened, self._place.read)
        self._go_on()
        return opened

    def _let_through(self, opened: socket.socket, proxy: Proxy) -> None:
        """What follows is between the server and us: the proxy sees none of it."""
        host = f"[{self._place.host}]" if ":" in self._place.host else self._place.host
        target = f"{host}:{self._place.port}"
        sign = {"proxy-authorization": proxy.sign} if proxy.sign else {}
        asking = Connection(opened)
        asking.send(f"CONNECT {target} HTTP/1.1\r\n".encode() + lines({"host": target, **sign}) + b"\r\n")
        status = answered(asking, "CONNECT").status     # what comes after it is the server's
        if 200 <= status < 300:
            return
        said = f"{self._place.reached}, answered {status}"
        if status < 500:
            raise Denied(f"{said}: it does not let us through; check the proxy in the environment, or set proxy: none")
        raise Unavailable(said)

    def _go_on(self) -> None:
        if self._is_over:
            raise Cancelled("stopped")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Errors of the system as ours; what they say may have more in it than may be told."""
        try:
            self._go_on()
            yield
        except ssl.SSLCertVerificationError as error:
            self.close()
            raise Denied(f"{self._place.shown}: its certificate is not trusted: {error.verify_message}") from None
        except (_Unreached, OSError) as error:
            self.close()
            self._go_on()
            raise Unavailable(_said(error, self._place)) from None
        except BaseException:
            self.close()
            raise


class _Unreached(Exception):
    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.error = error


def _said(error: Exception, place: Place) -> str:
    if isinstance(error, _Unreached | socket.gaierror):
        cause = error.error if isinstance(error, _Unreached) else error
        if isinstance(cause, TimeoutError):
            return f"{place.reached}: cannot be reached within {place.connect:g} seconds"
        return f"{place.reached}: cannot be reached{f': {cause.strerror}' if cause.strerror else ''}"
    if isinstance(error, OSError) and is_slow(error):
        return f"{place.shown}: no answer within {place.read:g} seconds"
    why = error if isinstance(error, Broken) else getattr(error, "strerror", None)
    return f"{place.shown}: the connection was lost{f': {why}' if why else ''}"


@cache
def _trusted() -> ssl.SSLContext:
    """Who signs certificates: reading them all takes longer than a request."""
    return ssl.create_default_context()
