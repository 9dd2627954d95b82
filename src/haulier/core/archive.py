"""Where settled sources go, and for how long they are kept there."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass

from ..model.errors import AlreadyExists, Busy, NotFound, Unsupported
from ..model.files import Cap, Draft, Entry, temporary
from ..model.names import joined
from ..ports import Clock, Store
from .verify import same_bytes

TRIES = 10_000
SECOND = 1_000_000_000


def _names(path: str) -> Iterator[str]:
    """What a file may be called here: itself, then with a number."""
    yield path
    for number in range(1, TRIES):
        yield f"{path}.{number}"


@dataclass(frozen=True, slots=True)
class Archive:
    """A folder of a store.

    `prefix` is not None if the source's files are also in `store`, under that folder: then they
    are moved inside it. `folder` is the archive's own folder in `store`; `name` is for people.
    """

    store: Store
    folder: str
    name: str
    prefix: str | None = None
    called: Callable[[str], Iterator[str]] = _names
    """What a file may be called in it, the first choice first."""

    def take(self, source: Store, entry: Entry, clock: Clock, *, since: int, keep: bool = False) -> str:
        """Take a file out of `source` (with `keep`, a copy of it); where it is now.

        Its name gets a number at its end if the archive has another file of that name. A copy made
        after `since` (in nanoseconds) is that of an earlier try, which was killed before it was done.
        """
        for name in self.called(joined(self.folder, entry.path)):
            where = self._named(name)
            try:
                if not keep and self._moved(entry.path, name, clock):
                    return where
                self._copied(source, entry, name, clock)
            except AlreadyExists:
                if not self._has_copy(name, source, entry, since):
                    continue
            if not keep:
                with suppress(NotFound):
                    source.delete(entry.path)
            return where
        raise AlreadyExists(f"{entry.path}: {TRIES} files with this name are in the archive already")

    def find(self, entry: Entry, clock: Clock, *, since: int) -> str:
        """Where a try that was killed after `since` has put a file; '' if it is not here."""
        for name in self.called(joined(self.folder, entry.path)):
            try:
                there = self.store.stat(name)
            except NotFound:
                break
            if there.size == entry.size and there.modified == entry.modified:
                self._stamp(name, clock)
                return self._named(name)
            if there.size == entry.size and _is_since(there, since):
                return self._named(name)
        return ""

    def _named(self, name: str) -> str:
        """For people."""
        return joined(self.name, name.removeprefix(self.folder + "/"))

    def _has_copy(self, name: str, source: Store, entry: Entry, since: int) -> bool:
        there = self.store.stat(name)
        return (there.size == entry.size and _is_since(there, since)
                and same_bytes(self.store, name, source, entry.path, 0, entry.size))

    def _moved(self, path: str, name: str, clock: Clock) -> bool:
        if self.prefix is None or Cap.MOVE not in self.store.caps:
            return False
        try:
            self.store.move(joined(self.prefix, path), name, replace=False)
        except Unsupported:  # another disk: copy and delete
            return False
        self._stamp(name, clock)
        return True

    def _stamp(self, name: str, clock: Clock) -> None:
        """The archive's time is the moment of the backup, so that retention counts from there."""
        if Cap.MTIME in self.store.caps:
            self.store.touch(name, clock.now())

    def _copied(self, source: Store, entry: Entry, name: str, clock: Clock) -> None:
        draft = Draft(name, temporary(name, "arch"), entry.size, clock.now(), entry.mode, replace=False)
        try:
            with closing(source.read(entry.path)) as body:
                for safe in self.store.write(draft, body):
                    draft = safe
            if not source.stat(entry.path).is_same_as(entry):
                raise Busy(f"{entry.path}: changed while it was being archived")
            self.store.publish(draft)
            self.store.flush()
        except BaseException:
            self.store.discard(draft)
            raise

    def expire(self, days: float, clock: Clock) -> None:
        """Delete files that have been here for more than `days`."""
        oldest = clock.now() - int(days * 86400e9)
        for entry in self.store.scan(self.folder, deep=True):
            if entry.fault is None and entry.modified is not None and entry.modified < oldest:
                with suppress(NotFound):
                    self.store.delete(entry.path)


def _is_since(there: Entry, since: int) -> bool:
    """Whether a file was put here after `since`, as far as whole seconds tell."""
    return there.modified is not None and there.modified // SECOND >= since // SECOND
