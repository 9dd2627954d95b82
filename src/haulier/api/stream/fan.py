"""One looks, and many are told: each message is made once, and each listener has a bounded queue of its own."""
from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager

from anyio import to_thread

from ...model.errors import HaulierError, Throttled

log = logging.getLogger("haulier.api")
HEARTBEAT = 15.0
"""Seconds of silence before a comment shows that the line is alive."""
QUEUED = 256
"""Messages that wait for one listener; one more, and it has to fetch everything again."""
LISTENERS = 500
BEAT = b": still here\n\n"
TROUBLE = 2.0
"""Seconds before another look, after one that failed."""


def message(kind: str, data: str, id: int | None = None) -> bytes:
    """A server-sent event; `data` is one line."""
    number = "" if id is None else f"id: {id}\n"
    return f"{number}event: {kind}\ndata: {data}\n\n".encode()


class Queue:
    """What one listener has yet to be told."""

    def __init__(self) -> None:
        self._waiting: deque[bytes] = deque()
        self._there = asyncio.Event()
        self.is_over = False

    def put(self, blocks: Sequence[bytes], reload: bytes) -> None:
        """More to tell; if it is too much, only that there was more."""
        if len(self._waiting) + len(blocks) > QUEUED:
            self._waiting.clear()
            blocks = [reload]
        self._waiting.extend(blocks)
        self._there.set()

    def clear(self) -> None:
        """Forget it."""
        self._waiting.clear()

    def end(self) -> None:
        """Nothing more comes."""
        self.is_over = True
        self._there.set()

    async def get(self) -> list[bytes]:
        """All there is, as soon as there is something."""
        await self._there.wait()
        self._there.clear()
        found = [*self._waiting]
        self._waiting.clear()
        return found


class Fan:
    """Calls `look` in a thread every so often, as long as somebody listens, and passes on what it returns.

    `settled` is called in the loop after each look, just before what it found is passed on; `rest` when nobody listens
    any more: the next one is not to be told what happened meanwhile.
    """

    def __init__(self, look: Callable[[], Sequence[bytes]], *, pause: float, each: float = 0.0,
                 rest: Callable[[], None], reload: Callable[[], bytes] = lambda: message("reload", "{}"),
                 settled: Callable[[], None] = lambda: None) -> None:
        self._look, self._rest, self._reload, self._settled = look, rest, reload, settled
        self._pause, self._each = pause, each
        self._queues: set[Queue] = set()
        self._looker: asyncio.Task[None] | None = None

    def has_room(self) -> None:
        """Throttled if there are too many who listen."""
        if len(self._queues) >= LISTENERS:
            raise Throttled(f"{LISTENERS} are listening already", retry_after=10)

    @contextmanager
    def listening(self) -> Iterator[Queue]:
        """A queue that is filled until the context ends."""
        queue = Queue()
        self._queues.add(queue)
        if self._looker is None:
            self._looker = asyncio.get_running_loop().create_task(self._looking(), name="fan")
        try:
            yield queue
        finally:
            self._queues.discard(queue)

    def hang_up(self) -> None:
        """End every listener's stream."""
        for queue in self._queues:
            queue.end()

    async def _looking(self) -> None:
        while self._queues:     # never cut short: what a look found is told to whoever is there then
            pause = max(self._pause, self._each * len(self._queues))
            blocks = await to_thread.run_sync(self._looked)
            if blocks is None:
                pause = TROUBLE
            else:
                self._settled()
                reload = self._reload()
                for queue in self._queues if blocks else ():
                    queue.put(blocks, reload)
            await asyncio.sleep(pause)
        self._looker = None
        self._rest()

    def _looked(self) -> Sequence[bytes] | None:
        try:
            return self._look()
        except HaulierError as error:
            log.warning("what happens cannot be followed: %s; looking again", error)
        except Exception:
            log.exception("a bug while looking at what happens; looking again")
        return None


async def told(queue: Queue, is_welcome: Callable[[], bool]) -> AsyncIterator[list[bytes]]:
    """What comes, and nothing now and then; ends when the listener is not welcome any more."""
    loop = asyncio.get_running_loop()
    asked = loop.time()
    while not queue.is_over:
        try:
            async with asyncio.timeout(HEARTBEAT):
                blocks = await queue.get()
        except TimeoutError:
            blocks = []
        if loop.time() - asked >= HEARTBEAT:
            asked = loop.time()
            if not await to_thread.run_sync(is_welcome):
                return
        yield blocks


async def streamed(queue: Queue, is_welcome: Callable[[], bool]) -> AsyncIterator[bytes]:
    """The same as server-sent events, with comments where there is nothing."""
    async for blocks in told(queue, is_welcome):
        if not queue.is_over:
            yield b"".join(blocks) or BEAT
