"""Work that cannot be stopped from within: in a thread of its own, while the task's thread waits, and can."""
from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from ..ports import Doing
from .program import await_handle

T = TypeVar("T")
_AGAIN = 0.4            # seconds between two times that a thread is told to end
PATIENCE = 1.5
"""Seconds that a thread which is told to end is waited for."""


class _Bell:
    """A file descriptor that can be read once somebody has rung; ringing is harmless when nobody listens any more."""

    def __init__(self) -> None:
        self.handle = os.eventfd(0)
        self._lock = threading.Lock()
        self._is_open = True

    def ring(self) -> None:
        with self._lock:
            if self._is_open:
                os.eventfd_write(self.handle, 1)

    def close(self) -> None:
        with self._lock:
            self._is_open = False
            os.close(self.handle)


class Aside(Generic[T]):
    """One call of `work`. `interrupt` is told the thread's number, again and again, when it is to end.

    It returns whether the thread must be waited for, however long that takes. `alone`: seconds that it is given to
    end by itself before.
    """

    def __init__(self, work: Callable[[], T], interrupt: Callable[[int], bool], *, alone: float = 0.0) -> None:
        self._work, self._interrupt, self._alone = work, interrupt, alone
        self._value: list[T] = []
        self._error: BaseException | None = None
        self._bell = _Bell()

    def run(self, doing: Doing) -> T:
        """What it returns or raises; what doing.check() raises, if that is first."""
        thread = threading.Thread(target=self._act, name=f"task {doing.task}", daemon=True)
        try:
            doing.check()
            thread.start()
            await_handle(doing, self._bell.handle)
        except BaseException:
            self._end(thread)
            raise
        finally:
            self._bell.close()
        thread.join()
        if self._error is not None:
            raise self._error
        return self._value[0]

    def _act(self) -> None:
        try:
            self._value.append(self._work())
        except BaseException as error:
            self._error = error
        finally:
            self._bell.ring()

    def _end(self, thread: threading.Thread) -> None:
        until = time.monotonic() + PATIENCE
        must, wait = False, self._alone
        while thread.ident:
            thread.join(wait)
            if not thread.is_alive() or not (must or time.monotonic() < until):
                break
            must, wait = self._interrupt(thread.ident), _AGAIN
