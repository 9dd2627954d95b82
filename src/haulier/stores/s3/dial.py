"""How connections to a bucket are made."""
from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass

from ...http.connection import Connection, wait_at_most
from .address import Address


@dataclass(frozen=True, slots=True)
class Dial:
    """Where to, and how. Times in seconds."""

    address: Address
    tls: ssl.SSLContext | None
    connect_timeout: float
    read_timeout: float

    def connected(self) -> Connection:
        """A new connection; OSError if there can be none."""
        opened = socket.create_connection((self.address.host, self.address.port), self.connect_timeout)
        try:
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.tls is not None:
                opened = self.tls.wrap_socket(opened, server_hostname=self.address.host)
            wait_at_most(opened, self.read_timeout)
            return Connection(opened, self)
        except BaseException:
            opened.close()
            raise


def secure(ca_bundle: str, *, verify: bool) -> ssl.SSLContext:
    """A TLS context trusting `ca_bundle`, or the system's authorities; OSError if unreadable."""
    context = ssl.create_default_context(cafile=ca_bundle or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
