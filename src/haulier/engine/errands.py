"""Questions to places that may not answer: a few threads ask them, and no place takes up more than its share."""
from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable

log = logging.getLogger("haulier.engine")
THREADS = 16
AT_ONE_PLACE = 2

Errand = Callable[[], None]


class Errands:
    """Each is done once, soon. Threads begin when they are needed; those that hang end with the process."""

    def __init__(self, name: str, threads: int = THREADS) -> None:
        self._name, self._most = name, threads
        self._there = threading.Condition()
        self._queue: list[tuple[str, Errand]] = []
        self._busy: Counter[str] = Counter()
        self._threads = self._idle = 0
        self._is_over = False

    def send(self, place: str, errand: Errand) -> None:
        """Do it when a thread is free, and fewer than two are busy with that place."""
        with self._there:
            self._queue.append((place, errand))
            if not self._idle and self._threads < self._most:
                self._threads += 1
                threading.Thread(target=self._work, name=f"{self._name}-{self._threads}", daemon=True).start()
            self._there.notify()

    def stop(self) -> None:
        """Begin nothing any more."""
        with self._there:
            self._is_over = True
            self._there.notify_all()

    def _work(self) -> None:
        while found := self._next():
            place, errand = found
            try:
                errand()
            except Exception:
                if not self._is_over:   # else what it worked with is being closed
                    log.exception("a bug in the engine")
            finally:
                with self._there:
                    self._busy[place] -= 1
                    self._there.notify()

    def _next(self) -> tuple[str, Errand] | None:
        with self._there:
            while not self._is_over:
                for at, (place, errand) in enumerate(self._queue):
                    if self._busy[place] < AT_ONE_PLACE:
                        del self._queue[at]
                        self._busy[place] += 1
                        return place, errand
                self._idle += 1
                self._there.wait()
                self._idle -= 1
        return None
