"""What servers need while they start: a port, and somebody who waits until they answer."""
from __future__ import annotations

import random
import socket
import subprocess
import time
from collections.abc import Callable


def free_port() -> int:
    """A port of loopback that nobody has now, and none that the system gives out by itself: it is free later too."""
    ports = range(20_000, 32_000)
    while True:
        try:
            with socket.create_server(("127.0.0.1", random.SystemRandom().choice(ports))) as listener:
                return int(listener.getsockname()[1])
        except OSError:
            continue


def is_open(port: int) -> bool:
    """Whether somebody listens on a port of loopback."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until(is_so: Callable[[], bool], what: str, seconds: float = 100.0, *,
          server: subprocess.Popen[bytes] | None = None, log: Callable[[], str] = str) -> None:
    """Waits; RuntimeError naming `what`, with the end of its log, if its process ends or it takes too long."""
    end = time.monotonic() + seconds
    while not is_so():
        if server is not None and server.poll() is not None:
            raise RuntimeError(f"{what} ended instead of starting: {log().strip()[-2000:]}")
        if time.monotonic() > end:
            raise RuntimeError(f"{what} did not start within {seconds:.0f} s: {log().strip()[-2000:]}")
        time.sleep(0.02)
