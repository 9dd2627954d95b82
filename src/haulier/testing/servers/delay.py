"""A TCP proxy that adds a delay each way, in a process of its own: a distant server, nearby."""
from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Awaitable
from contextlib import suppress
from typing import Self

BLOCK = 1 << 18
HELD = 2048
"""Blocks that may be on their way in one direction."""


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


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    line: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(HELD)

    async def deliver() -> None:
        data = b"-"
        while data:
            due, data = await line.get()
            await asyncio.sleep(due - loop.time())
            if data:
                writer.write(data)
                await writer.drain()
        writer.write_eof()

    async def collect() -> None:
        data = b"-"
        while data:
            data = await reader.read(BLOCK)
            await line.put((loop.time() + seconds, data))

    await _together(deliver(), collect())


async def _together(*works: Awaitable[None]) -> None:
    """Until all are done, or one fails."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


async def _serve(target: int, seconds: float) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            there, back = await asyncio.open_connection("127.0.0.1", target, limit=BLOCK)
            for end in (writer, back):
                end.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                await _together(_pass(reader, back, seconds), _pass(there, writer, seconds))
            finally:
                back.close()
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, limit=BLOCK)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    # Our standard input ends when whoever started us dies.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), float(sys.argv[2])))
