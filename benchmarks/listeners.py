"""Many who follow the events of a hub: `listeners.py PORT TOKEN COUNT`

Says `ready` when all are let in, and `told` when all of them were told that a run is done.
"""
from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterable
from typing import Self, cast

DONE = b'"run.done"'
ENOUGH = 180.0      # seconds


class Following:
    """All of them, in a process of their own."""

    def __init__(self, port: int, token: str, count: int) -> None:
        self._process = subprocess.Popen([sys.executable, __file__, str(port), token, str(count)],
                                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        try:
            self.says("ready")
        except BaseException:
            self.__exit__()
            raise

    def says(self, word: str) -> None:
        assert self._process.stdout
        said = self._process.stdout.readline().strip()
        if said != word:
            raise RuntimeError(f"the listeners are not {word}: {said or 'they have ended'}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()


class Listener(asyncio.Protocol):
    """One of them."""

    def __init__(self, token: str) -> None:
        self._asks = f"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
        self.is_in: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.is_told: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._last = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.Transport, transport).write(self._asks)

    def data_received(self, data: bytes) -> None:
        if not self.is_in.done():
            self.is_in.set_result(data.startswith(b"HTTP/1.1 200"))
        data = self._last + data
        if DONE in data and not self.is_told.done():
            self.is_told.set_result(True)
        self._last = data[-len(DONE):]

    def connection_lost(self, error: Exception | None) -> None:
        for awaited in (self.is_in, self.is_told):
            if not awaited.done():
                awaited.set_result(False)


async def listen(port: int, token: str, count: int) -> None:
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(lambda: Listener(token), "127.0.0.1", port) for _ in range(count)]
    async with asyncio.timeout(ENOUGH):
        await said("ready", [one.is_in for _, one in made])
        await said("told", [one.is_told for _, one in made])


async def said(word: str, awaited: Iterable[asyncio.Future[bool]]) -> None:
    """The word, if all say yes."""
    sys.stdout.write(f"{word}\n" if all(await asyncio.gather(*awaited)) else "lost\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(listen(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
