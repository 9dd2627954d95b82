"""A store that fails on request: at any call, or at any chunk of a body."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from ..model.errors import HaulierError, Unavailable
from ..model.files import Draft, Entry, Outcome, Stream
from ..ports import Store

T = TypeVar("T")


class Faulty(Store):
    """Stands in front of `inner` and raises `error` at the `at`-th thing that happens (from 1).

    Every call counts as one thing, and so does every chunk or outcome that passes. With `late`
    the thing is done first and then said to have failed, as a lost answer looks. `count` tells
    how many things happened, so a test can try them all.
    """

    def __init__(self, inner: Store, *, at: int = 0, late: bool = False,
                 error: Callable[[], HaulierError] = lambda: Unavailable("the line went dead")) -> None:
        self.inner, self.at, self.late, self.error = inner, at, late, error
        self.caps, self.lanes, self.part = inner.caps, inner.lanes, inner.part
        self.count = 0

    def _tick(self) -> None:
        self.count += 1
        if self.count == self.at:
            raise self.error()

    def _call(self, action: Callable[[], T]) -> T:
        if not self.late:
            self._tick()
            return action()
        result = action()
        self._tick()
        return result

    def _each(self, items: Iterable[T]) -> Iterator[T]:
        self._tick()
        for item in items:
            if self.late:
                yield item
                self._tick()
            else:
                self._tick()
                yield item

    def scan(self, prefix: str = "", *, deep: bool = False) -> Iterator[Entry]:
        return self._each(self.inner.scan(prefix, deep=deep))

    def connect(self) -> None:
        return self._call(self.inner.connect)

    def folders(self, prefix: str = "") -> Iterator[str]:
        return self._each(self.inner.folders(prefix))

    def drafts(self, prefix: str = "") -> Iterator[Entry]:
        return self._each(self.inner.drafts(prefix))

    def stat(self, path: str) -> Entry:
        return self._call(lambda: self.inner.stat(path))

    def read(self, path: str, *, start: int = 0, end: int | None = None) -> Stream:
        stream = self.inner.read(path, start=start, end=end)
        try:
            yield from self._each(stream)
        finally:
            stream.close()

    def write(self, draft: Draft, body: Iterable[bytes]) -> Iterator[Draft]:
        return self._each(self.inner.write(draft, self._each(body)))

    def publish(self, draft: Draft) -> Entry:
        return self._call(lambda: self.inner.publish(draft))

    def discard(self, draft: Draft) -> None:
        return self._call(lambda: self.inner.discard(draft))

    def delete(self, path: str) -> None:
        return self._call(lambda: self.inner.delete(path))

    def close(self) -> None:
        self.inner.close()

    def move(self, path: str, to: str, *, replace: bool = True) -> Entry:
        return self._call(lambda: self.inner.move(path, to, replace=replace))

    def touch(self, path: str, modified: int) -> None:
        return self._call(lambda: self.inner.touch(path, modified))

    def recover(self, draft: Draft) -> Draft:
        return self._call(lambda: self.inner.recover(draft))

    def flush(self) -> None:
        return self._call(self.inner.flush)

    def copy(self, path: str, to: str) -> Entry:
        return self._call(lambda: self.inner.copy(path, to))

    def digests(self, paths: Sequence[str]) -> Iterator[Outcome]:
        return self._each(self.inner.digests(paths))

    def pull(self, draft: Draft, source: Store, entry: Entry) -> Iterator[Draft]:
        return self._each(self.inner.pull(draft, source, entry))

    def read_many(self, entries: Iterable[Entry]) -> Iterator[Outcome]:
        return self._each(self.inner.read_many(entries))

    def write_many(self, drafts: Iterable[tuple[Draft, bytes]]) -> Iterator[Outcome]:
        return self._each(self.inner.write_many(drafts))

    def publish_many(self, drafts: Iterable[Draft]) -> Iterator[Outcome]:
        return self._each(self.inner.publish_many(drafts))
