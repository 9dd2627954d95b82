"""Calls that may take long: done in one thread, while the caller looks whether to go on."""
from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
_LOOK = 0.3         # seconds between two looks
_LEAVE = 10.0       # seconds that a call which is to end gets for it


class Hand:
    """One thread, from the first call until close(). `interrupt` makes the call that runs fail soon."""

    def __init__(self, name: str, interrupt: Callable[[], None]) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._interrupt = interrupt

    def do(self, call: Callable[[], T], check: Callable[[], None]) -> T:
        """What it returns or raises; what check() raises, when the call has ended."""
        future = self._pool.submit(call)
        while True:
            try:
                return future.result(_LOOK)
            except TimeoutError:
                if future.done():
                    raise
            self._look(future, check)

    def close(self) -> None:
        self._pool.shutdown()

    def _look(self, future: Future[T], check: Callable[[], None]) -> None:
        try:
            check()
        except BaseException:
            with contextlib.suppress(Exception):
                self._interrupt()
            with contextlib.suppress(Exception):
                future.result(_LEAVE)
            raise
