"""A TCP proxy that adds a delay each way, in a process of its own: a distant server, nearby."""
from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections import deque
from typing import Self, cast

HELD = 64 << 20
"""Bytes that may be on their way in one direction of one connection."""


class Delay:
    """Listens on `port` and passes everything on to `target`, `seconds` later each way."""

    host = "127.0.0.1"

    def __init__(self, target: int, seconds: float) -> None:
        words = [sys.executable, "-m", __spec__.name, str(target), str(seconds)]
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout
        said = self._process.stdout.readline()
        if not said:
            self.stop()
            raise RuntimeError("the delay proxy did not start")
        self.port = int(said)

    def stop(self) -> None:
        """End it with its connections. May be called twice."""
        self._process.kill()
        self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Way(asyncio.Protocol):
    """One end of a connection: what comes in goes out at the `other` end, `seconds` later."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.other = seconds, cast(_Way, None)
        self._line: deque[tuple[float, bytes]] = deque()
        self._held = 0
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()

    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        if not hasattr(self.other, "transport"):    # nobody to pass anything on to yet
            self.transport.pause_reading()
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        self._held += len(data)
        if self._held > HELD:
            self.transport.pause_reading()
        self._put(data)

    def eof_received(self) -> bool:
        self._put(b"")
        return True

    def connection_lost(self, error: Exception | None) -> None:
        self._put(b"")

    def _put(self, data: bytes) -> None:
        self._line.append((self._loop.time() + self.seconds, data))
        if self._timer is None:
            self._timer = self._loop.call_later(self.seconds, self._deliver)

    def _deliver(self) -> None:
        """Everything that is due; the timer is set for what is not."""
        now, due = self._loop.time() + 0.0005, []
        while self._line and self._line[0][0] <= now:
            due.append(self._line.popleft()[1])
        self._timer = self._loop.call_at(self._line[0][0], self._deliver) if self._line else None
        if self.other.transport.is_closing():
            return
        self.other.transport.writelines(due)
        self._held -= sum(map(len, due))
        if self._held <= HELD and not self.transport.is_closing():
            self.transport.resume_reading()
        if due and not due[-1]:
            self.other.transport.close()


async def _serve(target: int, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    joining = set()

    def arrived() -> _Way:
        ours, theirs = _Way(seconds), _Way(seconds)
        ours.other, theirs.other = theirs, ours

        async def join() -> None:
            try:
                await loop.create_connection(lambda: theirs, "127.0.0.1", target)
                ours.transport.resume_reading()
            except OSError:
                ours.transport.close()

        task = loop.create_task(join())
        joining.add(task)
        task.add_done_callback(joining.discard)
        return ours

    server = await loop.create_server(arrived, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    # Our standard input ends when whoever started us dies.
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), float(sys.argv[2])))
