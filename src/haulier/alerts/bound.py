"""No talk with a receiver takes for ever, however slowly it answers."""
from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

LONGEST = 30.0
"""Seconds for one message, in all."""


@contextmanager
def at_most(seconds: float, sock: Callable[[], socket.socket | None]) -> Iterator[None]:
    """After so many seconds the socket is shut, and whoever waits for it gets an error."""
    def shut() -> None:
        with suppress(OSError):
            if found := sock():
                found.shutdown(socket.SHUT_RDWR)

    watch = threading.Timer(seconds, shut)
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()
