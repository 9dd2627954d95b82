"""Several requests at a time: a thread for each, as long as there is something to ask."""
from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
_LOOK = 0.2         # seconds between two looks at whether to go on
_LEAVE = 1.0        # seconds that threads get to end once they were interrupted; only a name server holds them longer


class Crew(Generic[T]):
    """Work that is shared out. After an error `ease` is told: what is begun may come to its end, so that it is known
    what became of it. `interrupt` makes all threads fail soon."""

    def __init__(self, size: int, ease: Callable[[], None], interrupt: Callable[[], None]) -> None:
        self._size, self._ease, self._interrupt = size, ease, interrupt

    def run(self, things: Sequence[T], work: Callable[[int, T], None], check: Callable[[], None]) -> None:
        """Do `work(thread, thing)` for each; raises the first error, or what check() raises, when all have ended."""
        shift = _Shift(things, work, self._ease)
        threads = [threading.Thread(target=shift.act, args=(number,), name=f"rows to an API {number}", daemon=True)
                   for number in range(min(self._size, len(things)))]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                while thread.is_alive():
                    thread.join(_LOOK)
                    check()
        except BaseException:
            shift.stop()
            self._interrupt()
            until = time.monotonic() + _LEAVE
            for thread in threads:
                thread.join(max(0.0, until - time.monotonic()))
            raise
        if shift.error is not None:
            raise shift.error


class _Shift(Generic[T]):
    def __init__(self, things: Sequence[T], work: Callable[[int, T], None], ease: Callable[[], None]) -> None:
        self._things, self._work, self._ease = iter(things), work, ease
        self._lock = threading.Lock()
        self.error: BaseException | None = None

    def act(self, number: int) -> None:
        while (thing := self._next()) is not None:
            try:
                self._work(number, thing)
            except BaseException as error:
                with self._lock:
                    self.error = self.error or error
                self.stop()
                return

    def stop(self) -> None:
        with self._lock:
            self._things = iter(())
        self._ease()

    def _next(self) -> T | None:
        with self._lock:
            return next(self._things, None)
