"""Functions of the user's, called from the thread that works: async ones in the loop that the user has."""
from __future__ import annotations

import asyncio
import inspect
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, TypeVar

from ...model.errors import Cancelled

T = TypeVar("T")
GRACE = 10.0
"""Seconds that calls which are under way get when the work is to end."""
_LOOK = 0.2


class Line:
    """The way from the thread that works to the loop, and the wish that it ends."""

    def __init__(self, loop: asyncio.AbstractEventLoop, grace: float = GRACE) -> None:
        self._loop, self._grace = loop, grace
        self._is_over = threading.Event()
        self._until = 0.0

    def stop(self) -> None:
        """Let the work end."""
        self._until = self._until or time.monotonic() + self._grace
        self._is_over.set()

    def check(self) -> None:
        """Cancelled if the work is to end."""
        if self._is_over.is_set():
            raise Cancelled("stopped; what is left is done the next time")

    def check_late(self) -> None:
        """Cancelled if it was to end, and had the time for it."""
        if self._is_over.is_set() and time.monotonic() > self._until:
            self.check()

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """What it gives. If the work is to end it may come to its own end, as long as that takes not too long."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            while not _is_done(future):
                self.check_late()
            return future.result()
        except CancelledError:
            raise Cancelled("stopped: what was called was cancelled") from None
        finally:
            future.cancel()

    def ask(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """What the function gives, be it async or not."""
        said = function(*arguments)
        return self.wait(_awaited(said)) if inspect.isawaitable(said) else said


async def aside(line: Line, work: Callable[[], T]) -> T:
    """Do it in a thread of its own. If this is cancelled the work is told to end, and waited for."""
    with ThreadPoolExecutor(1, "haulier import") as pool:
        future = asyncio.get_running_loop().run_in_executor(pool, copy_context().run, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            line.stop()
            while not future.done():
                try:
                    await asyncio.wait([future])
                except asyncio.CancelledError:
                    continue
            if not future.cancelled():
                future.exception()      # it was heard: it is no news that it was stopped
            raise


async def _awaited(said: Awaitable[T]) -> T:
    return await said


def _is_done(future: Future[Any]) -> bool:
    try:
        future.exception(_LOOK)
    except TimeoutError:
        return future.done()
    return True
