"""The stream of events, with progress between them; whoever was away is told what was missed."""
from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from functools import partial

from anyio import to_thread

from ...model import event
from ...model.errors import NotFound
from ...ports import Reader
from ...settings.live import Live
from ..past.origins import Origins
from ..shapes.event import shown
from .fan import Fan, message, streamed
from .meter import Meter, Moving

PAUSE, EACH = 0.25, 0.005
"""Seconds between two looks: at least, and for each listener, so that many of them cost no more than a few do."""
EVERY = 1.0
"""Seconds between two reports of progress."""
AT_ONCE = 1000
MISSED = 5000
"""Events that are told again; who missed more has to fetch everything anew."""
PATIENCE = 2.0


class Feed:
    """One for all listeners."""

    def __init__(self, reader: Reader, origins: Origins, meter: Meter, live: Live) -> None:
        self._reader, self._origins, self._meter, self._live = reader, origins, meter, live
        self._seen = self._position = -1    # by whoever looks; and what of it was passed on to all who listen
        self._version = live.version
        self._reported, self._progress = 0.0, b""
        self._sizes: dict[int, int] = {}
        self._fan = Fan(self._look, pause=PAUSE, each=EACH, rest=self._rest, reload=self._reload,
                        settled=self._settle)

    def has_room(self) -> None:
        """Throttled if there are too many who listen."""
        self._fan.has_room()

    def hang_up(self) -> None:
        """End every listener's stream."""
        self._fan.hang_up()

    async def follow(self, after: int | None, is_welcome: Callable[[], bool]) -> AsyncIterator[bytes]:
        """Server-sent events from now on, or after that event."""
        with self._fan.listening() as queue:
            progress = self._progress
            await self._begun(after or 0)
            if after is not None:
                queue.clear()               # what waits there is told with what was missed
                position, progress = self._position, self._progress
                async for block in self._missed(after, position):
                    yield block
                yield message("jobs", "{}")     # who knows what changed meanwhile
            if progress:
                yield progress
            async for block in streamed(queue, is_welcome):
                yield block

    async def _begun(self, after: int) -> None:
        """Wait until somebody has looked, and as far as the listener has seen already."""
        deadline = time.monotonic() + PATIENCE
        while self._position < max(0, after) and time.monotonic() < deadline:
            await asyncio.sleep(PAUSE / 5)

    async def _missed(self, after: int, until: int) -> AsyncIterator[bytes]:
        if after > until or until - after > MISSED:
            yield self._reload()
            return
        while after < until:
            events = await to_thread.run_sync(partial(self._reader.events, after, limit=AT_ONCE))
            blocks = [self._message(one) for one in events if one.id <= until]
            if not blocks:
                return
            after = events[-1].id
            yield b"".join(blocks)

    def _rest(self) -> None:
        self._seen, self._position, self._progress = -1, -1, b""

    def _settle(self) -> None:
        """In step with the queues: else whoever comes between a look and its passing on is told of it twice."""
        self._position = self._seen

    def _look(self) -> list[bytes]:
        """In a thread: what is new."""
        if self._seen < 0:
            last = self._reader.events(0, limit=1, newest=True)
            self._seen = last[0].id if last else 0
        blocks: list[bytes] = []
        events = self._reader.events(self._seen, limit=AT_ONCE)
        if events:
            blocks.append(b"".join(map(self._message, events)))
            self._seen = events[-1].id
        if (version := self._live.version) != self._version:
            self._version = version
            blocks.append(message("jobs", "{}"))
        moving = self._due()
        if moving and (report := self._report(moving)):
            blocks.append(report)
        return blocks

    def _due(self) -> Moving | None:
        now = time.monotonic()
        if now - self._reported < EVERY:
            return None
        self._reported = now
        return self._meter.look()

    def _report(self, moving: Moving) -> bytes:
        """How far everything is, if that has changed."""
        self._sizes = {id: self._sizes[id] if id in self._sizes else self._size(id) for id in moving.files}
        data = json.dumps({
            "runs": {id: one.model_dump() for id, one in moving.runs.items()},
            "transfers": {id: {"moved": moved, "size": self._sizes[id], "speed": speed, "state": "copying"}
                          for id, (moved, speed) in moving.files.items()}}, separators=(",", ":"))
        report = message("progress", data) if moving.runs or moving.files else b""
        changed = report != self._progress
        self._progress = report
        return report if changed else b""

    def _size(self, transfer: int) -> int:
        try:
            return self._reader.transfer(transfer).entry.size
        except NotFound:
            return 0

    def _message(self, one: event.Event) -> bytes:
        return message("event", shown(one, self._origins.flow(one.run)).model_dump_json(), one.id)

    def _reload(self) -> bytes:
        return message("reload", "{}", max(0, self._position))
