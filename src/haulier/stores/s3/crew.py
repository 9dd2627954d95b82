"""Many small requests at once, each by a thread that waits for its answer."""
from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

A = TypeVar("A")
B = TypeVar("B")


class Crew(Generic[A, B]):
    """Threads for one stream of work, started as work comes, gone when it ends.

    They are its own, not a shared pool's: two streams of one store that wait for each other
    (read_many feeding write_many) must not starve each other.
    """

    def __init__(self, work: Callable[[A], B], size: int) -> None:
        self._work = work
        self._size = size
        self._todo: SimpleQueue[A | None] = SimpleQueue()
        self._done: SimpleQueue[B | BaseException] = SimpleQueue()
        self._threads: list[threading.Thread] = []

    def each(self, items: Iterable[A]) -> Iterator[B]:
        """The results in any order; `items` is drawn from by the caller's thread, little ahead.

        `work` must not raise what the caller is to survive.
        """
        waiting = 0
        ahead = self._size * 4
        try:
            for item in items:
                self._give(item, waiting)
                waiting += 1
                while waiting >= ahead or (waiting and not self._done.empty()):
                    waiting -= 1
                    yield self._take()
            while waiting:
                waiting -= 1
                yield self._take()
        finally:
            self._dismiss()

    def _give(self, item: A, waiting: int) -> None:
        self._todo.put(item)
        if waiting >= len(self._threads) < self._size:
            thread = threading.Thread(target=self._run, name="s3", daemon=True)
            thread.start()
            self._threads.append(thread)

    def _take(self) -> B:
        result = self._done.get()
        if isinstance(result, BaseException):
            raise result
        return result

    def _run(self) -> None:
        while (item := self._todo.get()) is not None:
            try:
                self._done.put(self._work(item))
            except BaseException as error:
                self._done.put(error)

    def _dismiss(self) -> None:
        with suppress(Empty):
            while True:
                self._todo.get_nowait()
        for _ in self._threads:
            self._todo.put(None)
        for thread in self._threads:
            thread.join()
