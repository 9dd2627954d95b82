"""One connection to an API, kept open from request to request, and shut from outside when the work is to end."""
from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import IO, NamedTuple, Self
from urllib.parse import urlsplit

from ..model.errors import Cancelled, Denied, Invalid, Unavailable
from . import http_proxy, http_wire
from .http_proxy import Proxy
from .http_request import Request
from .http_wire import Answer, Broken


class Place(NamedTuple):
    """A server, how long it is waited for, and what stands before it."""

    host: str
    port: int
    secure: bool
    connect: float
    read: float
    proxy: Proxy | None = None

    @classmethod
    def of(cls, url: str, connect: float, read: float, *, direct: bool = False) -> Self:
        """Of an address. `direct`: no proxy, whatever the environment says."""
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        try:
            host = (parts.hostname or "").encode("idna").decode()
        except UnicodeError:
            raise Invalid(f"url: {parts.hostname} cannot be the name of a server") from None
        port = parts.port or (443 if secure else 80)
        return cls(host, port, secure, connect, read, None if direct else http_proxy.found(parts.scheme, host, port))

    @property
    def shown(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def reached(self) -> str:
        """What a connection leads to, as persons see it."""
        return f"{self.proxy.host}:{self.proxy.port}, the proxy before {self.shown}" if self.proxy else self.shown

    @property
    def named(self) -> str:
        """As the header Host has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


class Line:
    """Used by one thread; `interrupt` by another one."""

    def __init__(self, place: Place) -> None:
        self._place = place
        own = {"host": place.named}
        self._root = ""
        if place.proxy and not place.secure:
            self._root = f"http://{place.named}"
            own |= {"proxy-authorization": place.proxy.sign} if place.proxy.sign else {}
        self._own = http_wire.lines(own)
        self._socket: socket.socket | None = None
        self._file: IO[bytes] | None = None
        self._is_over = False

    def exchange(self, method: str, request: Request) -> Answer:
        """Unavailable if there is no answer: whether the server did what it was asked is then not known."""
        data = http_wire.written(method, self._root + request.path, self._own + request.headers, request.body)
        bare = method == "HEAD"
        with self._translated():
            was_open = self._file is not None
            try:
                return self._exchanged(data, bare)
            except (ConnectionError, Broken):
                self.close()
                if not was_open:
                    raise
            return self._exchanged(data, bare)._replace(twice=True)     # servers close what is idle

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
        file, self._file = self._file, None
        opened, self._socket = self._socket, None
        for one in (file, opened):
            if one is not None:
                with contextlib.suppress(OSError):
                    one.close()

    def _exchanged(self, data: bytes, bare: bool) -> Answer:
        if self._socket is None or self._file is None:
            self._socket = self._connected()
            self._file = self._socket.makefile("rb")
        self._socket.sendall(data)      # head and body leave together: half the packets, where most requests are a row
        answer = http_wire.read(self._file, bare=bare)
        if not answer.keeps:
            self.close()
        return answer

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
        opened.settimeout(self._place.read)
        self._go_on()
        return opened

    def _let_through(self, opened: socket.socket, proxy: Proxy) -> None:
        """What follows is between the server and us: the proxy sees none of it."""
        host = f"[{self._place.host}]" if ":" in self._place.host else self._place.host
        target = f"{host}:{self._place.port}"
        sign = {"proxy-authorization": proxy.sign} if proxy.sign else {}
        opened.sendall(f"CONNECT {target} HTTP/1.1\r\n".encode() + http_wire.lines({"host": target, **sign}) + b"\r\n")
        with opened.makefile("rb", buffering=0) as file:    # what comes after its answer is the server's
            status = http_wire.read(file, bare=True).status
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
        except (_Unreached, OSError, Broken) as error:
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
    if isinstance(error, TimeoutError):
        return f"{place.shown}: no answer within {place.read:g} seconds"
    why = error if isinstance(error, Broken) else getattr(error, "strerror", None)
    return f"{place.shown}: the connection was lost{f': {why}' if why else ''}"


@cache
def _trusted() -> ssl.SSLContext:
    """Who signs certificates: reading them all takes longer than a request."""
    return ssl.create_default_context()
