"""An API's server: where it is, how long it is waited for, and which proxy stands before it."""
from __future__ import annotations

from typing import NamedTuple, Self
from urllib.parse import urlsplit

from ..model.errors import Invalid
from . import http_proxy
from .http_proxy import Proxy


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
