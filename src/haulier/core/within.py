"""One folder of a store as a store of its own, over the same connections."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..model.files import Cap, Draft, Entry, Outcome, Stream
from ..model.names import checked
from ..ports import Store


class Within(Store):
    """Everything below `folder` of `outer`; paths are relative to that folder. Closes nothing."""

    def __init__(self, outer: Store, folder: str) -> None:
        self.outer = outer
        self._prefix = checked(folder) + "/"

    @property
    def caps(self) -> Cap:  # type: ignore[override]
        return self.outer.caps

    @property
    def lanes(self) -> int:  # type: ignore[override]
        return self.outer.lanes

    @property
    def part(self) -> int:  # type: ignore[override]
        return self.outer.part

    def _in(self, path: str) -> str:
        return self._prefix + checked(path)

    def _out(self, entry: Entry) -> Entry:
        return entry._replace(path=entry.path.removeprefix(self._prefix))

    def _draft_in(self, draft: Draft) -> Draft:
        return draft._replace(path=self._in(draft.path), temp=self._prefix + draft.temp)

    def _outcomes(self, outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
        for path, error, data, entry in outcomes:
            yield Outcome(path.removeprefix(self._prefix), error, data, self._out(entry) if entry else None)

    def _folder(self, prefix: str) -> str:
        return self._prefix + prefix if prefix else self._prefix[:-1]

    def connect(self) -> None:
        self.outer.connect()

    def scan(self, prefix: str = "", *, deep: bool = False) -> Iterator[Entry]:
        return map(self._out, self.outer.scan(self._folder(prefix), deep=deep))

    def folders(self, prefix: str = "") -> Iterator[str]:
        return (path.removeprefix(self._prefix) for path in self.outer.folders(self._folder(prefix)))

    def drafts(self, prefix: str = "") -> Iterator[Entry]:
        return map(self._out, self.outer.drafts(self._folder(prefix)))

    def stat(self, path: str) -> Entry:
        return self._out(self.outer.stat(self._in(path)))

    def read(self, path: str, *, start: int = 0, end: int | None = None) -> Stream:
        return self.outer.read(self._in(path), start=start, end=end)

    def write(self, draft: Draft, body: Iterable[bytes]) -> Iterator[Draft]:
        for safe in self.outer.write(self._draft_in(draft), body):
            yield draft._replace(offset=safe.offset, state=safe.state)

    def publish(self, draft: Draft) -> Entry:
        return self._out(self.outer.publish(self._draft_in(draft)))

    def discard(self, draft: Draft) -> None:
        self.outer.discard(self._draft_in(draft))

    def recover(self, draft: Draft) -> Draft:
        safe = self.outer.recover(self._draft_in(draft))
        return draft._replace(offset=safe.offset, state=safe.state)

    def flush(self) -> None:
        self.outer.flush()

    def delete(self, path: str) -> None:
        self.outer.delete(self._in(path))

    def is_in_use(self, path: str) -> bool:
        return self.outer.is_in_use(self._in(path))

    def move(self, path: str, to: str, *, replace: bool = True) -> Entry:
        return self._out(self.outer.move(self._in(path), self._in(to), replace=replace))

    def touch(self, path: str, modified: int) -> None:
        self.outer.touch(self._in(path), modified)

    def copy(self, path: str, to: str) -> Entry:
        return self._out(self.outer.copy(self._in(path), self._in(to)))

    def pull(self, draft: Draft, source: Store, entry: Entry) -> Iterator[Draft]:
        for safe in self.outer.pull(self._draft_in(draft), *unwrapped(source, entry)):
            yield draft._replace(offset=safe.offset, state=safe.state)

    def digests(self, paths: Sequence[str]) -> Iterator[Outcome]:
        return self._outcomes(self.outer.digests([self._in(path) for path in paths]))

    def read_many(self, entries: Iterable[Entry]) -> Iterator[Outcome]:
        return self._outcomes(self.outer.read_many(
            entry._replace(path=self._in(entry.path)) for entry in entries))

    def write_many(self, drafts: Iterable[tuple[Draft, bytes]]) -> Iterator[Outcome]:
        return self._outcomes(self.outer.write_many((self._draft_in(draft), data) for draft, data in drafts))

    def publish_many(self, drafts: Iterable[Draft]) -> Iterator[Outcome]:
        return self._outcomes(self.outer.publish_many(map(self._draft_in, drafts)))


def unwrapped(store: Store, entry: Entry) -> tuple[Store, Entry]:
    """The store itself and the entry as it lists it: what another store of its kind can work with."""
    while isinstance(store, Within):
        entry = entry._replace(path=store._in(entry.path))
        store = store.outer
    return store, entry
