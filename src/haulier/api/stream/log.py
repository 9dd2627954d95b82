"""The log as it grows."""
from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from ..past.journal import Journal, Tail
from .fan import Fan, message, streamed

PAUSE = 0.5


class LogFeed:
    """One for all listeners; what was written before the first of them is not told."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._tail: Tail | None = None
        self._fan = Fan(self._look, pause=PAUSE, rest=self._rest)

    def has_room(self) -> None:
        """Throttled if there are too many who listen."""
        self._fan.has_room()

    def hang_up(self) -> None:
        """End every listener's stream."""
        self._fan.hang_up()

    async def follow(self, is_welcome: Callable[[], bool]) -> AsyncIterator[bytes]:
        """Server-sent events for the lines from now on."""
        if self._tail is None:
            self._tail = Tail(self._journal.path)
        with self._fan.listening() as queue:
            yield b": from now on\n\n"
            async for block in streamed(queue, is_welcome):
                yield block

    def _rest(self) -> None:
        self._tail = None

    def _look(self) -> list[bytes]:
        lines = self._tail.more() if self._tail else []
        return [message("line", line.model_dump_json()) for line in lines]
