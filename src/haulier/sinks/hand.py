"""Calls that may take long: done in one thread, while the caller looks whether to go on."""
from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")
_LOOK = 0.2         # seconds between two looks
_AGAIN = 0.5        # seconds between two times that a call is told to end
LEAVE = 10.0
"""Seconds that a call which is to end gets for it."""
_Calls: TypeAlias = SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None]


class Hand:
    """One thread, from the first call until close(). `interrupt` makes the call that runs fail soon; if it does not
    within `leave` seconds, the thread is left to itself."""

    def __init__(self, name: str, interrupt: Callable[[], None], leave: float = LEAVE) -> None:
        self._name, self._interrupt, self._leave = name, interrupt, leave
        self._thread: threading.Thread | None = None
        self._calls: _Calls = SimpleQueue()
        self.is_lost = False
        """Whether a thread was left to itself: what it had in hand it has still."""

    def do(self, call: Callable[[], T], check: Callable[[], None]) -> T:
        """What it returns or raises; what check() raises, when the call has ended or was left to itself."""
        if self._thread is None:
            self._calls = SimpleQueue()
            self._thread = threading.Thread(target=_act, args=(self._calls,), name=self._name, daemon=True)
            self._thread.start()
        future: Future[T] = Future()
        self._calls.put((call, future))
        while not _is_done(future, _LOOK):
            try:
                check()
            except BaseException:
                self._end(future)
                raise
        return future.result()

    def close(self) -> None:
        """The thread is gone, unless what it does cannot be ended."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._calls.put(None)
            thread.join(self._leave)

    def _end(self, future: Future[T]) -> None:
        until = time.monotonic() + self._leave
        while time.monotonic() < until:
            with contextlib.suppress(Exception):
                self._interrupt()
            if _is_done(future, _AGAIN):
                return
        self.is_lost, self._thread = True, None
        self._calls.put(None)


def _act(calls: _Calls) -> None:
    while (given := calls.get()) is not None:
        call, future = given
        try:
            future.set_result(call())
        except BaseException as error:
            future.set_exception(error)
        del given, call, future


def _is_done(future: Future[Any], wait: float) -> bool:
    """The future may have failed with a TimeoutError of its own."""
    try:
        future.exception(wait)
    except TimeoutError:
        return future.done()
    return True
