"""Places that files come from and go to, and what is done to them on the way."""
from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, Self

from ..model.errors import Busy, HaulierError, NotFound, Unsupported
from ..model.files import Cap, Draft, Entry, Outcome, Part, Stream


class Store(ABC):
    """A place with files, named by relative paths with `/` between folders.

    Every method raises only `model.errors`; messages name the file. Calls come from many
    threads. Paths are checked by `model.names.checked` on the way in and on the way out.
    """

    caps: Cap = Cap.NONE
    """May be a property that connects when it is first read, as may `lanes`; neither raises."""
    lanes: int = 1
    """How many batches at a time pay off here."""
    part: int = 8 << 20
    """Bytes that may be lost, and so sent again, when the process dies."""

    def connect(self) -> None:  # noqa: B027 - many stores need no login
        """Log in, if that is not done yet; raises what the first use would raise, once for all files."""

    @abstractmethod
    def scan(self, prefix: str = "", *, deep: bool = False) -> Iterator[Entry]:
        """Files in folder `prefix` (with `deep` also below it), folder by folder, lazily.

        Nothing if there is no such folder; never a draft (`is_temporary`). Something listed that
        cannot be used (no permission, a name that cannot be represented) is yielded with `fault`
        and stops nothing else.
        """

    def folders(self, prefix: str = "") -> Iterator[str]:
        """Paths of the folders directly in folder `prefix`.

        NotFound if there is no such folder. Where folders are but parts of names, as in object
        stores and here, none can be missing.
        """
        start, found = f"{prefix}/" if prefix else "", set()
        for entry in self.scan(prefix, deep=True):
            name, slash, _ = entry.path.removeprefix(start).partition("/")
            if slash and name not in found:
                found.add(name)
                yield start + name

    @abstractmethod
    def stat(self, path: str) -> Entry:
        """The file at `path`, or NotFound (IsFolder where there is a folder)."""

    @abstractmethod
    def read(self, path: str, *, start: int = 0, end: int | None = None) -> Stream:
        """Its bytes from `start` up to, not including, `end`."""

    @abstractmethod
    def write(self, draft: Draft, body: Iterable[bytes]) -> Iterator[Draft]:
        """Append `body` at `draft.offset`, making missing folders, discarding anything after it.

        Yields the draft again each time more of it is safe (about once every `part` bytes) and
        at the end, when all of it is. Nothing appears under `draft.path`. If `body` raises, the
        error passes through, and what was yielded last still holds.
        """

    @abstractmethod
    def publish(self, draft: Draft) -> Entry:
        """Make a wholly written draft visible under its path, at once, or not at all.

        AlreadyExists, with the file there untouched, if `draft.replace` is false and there is one.
        """

    @abstractmethod
    def delete(self, path: str) -> None:
        """Remove `path`; NotFound if it is not there."""

    def close(self) -> None:  # noqa: B027 - many stores hold nothing
        """Release everything. May be called twice."""

    def discard(self, draft: Draft) -> None:
        """Forget a draft and free what it holds; fine if there is nothing."""
        try:
            self.delete(draft.temp)
        except NotFound:
            pass

    def drafts(self, prefix: str = "") -> Iterator[Entry]:
        """Drafts in and below folder `prefix`, whoever left them there; scan() never lists them.

        `path` is the temporary name (the file's own in a Cap.ATOMIC store), `size` what is there of
        it, `modified` when the last of it was written (where only one time is kept, a complete draft
        may bear its source's), `tag` the state, if any. discard(Draft(path, path, state=tag)) frees it.
        """
        raise Unsupported("this store cannot tell what was left in it")

    def recover(self, draft: Draft) -> Draft:
        """The draft with the offset that is really there, for going on after a crash.

        NotFound if the draft is gone. Cap.RESUME stores may know better than the last journal.
        """
        return draft

    def flush(self) -> None:  # noqa: B027 - many stores cannot know
        """Return when everything published so far would survive a power cut, if we can know."""

    def is_in_use(self, path: str) -> bool:
        """Whether a process on this machine has the file open for writing."""
        raise Unsupported(f"{path}: only files on this machine can be asked who has them open")

    # Accelerators: override and declare in `caps`.

    def move(self, path: str, to: str, *, replace: bool = True) -> Entry:
        """Cap.MOVE: rename inside the store; AlreadyExists if `to` is there and not `replace`."""
        raise Unsupported("move")

    def touch(self, path: str, modified: int) -> None:
        """Cap.MTIME: set the modification time, in nanoseconds since the epoch."""
        raise Unsupported("touch")

    def copy(self, path: str, to: str) -> Entry:
        """Cap.COPY: duplicate inside the store, whole or not at all."""
        raise Unsupported("copy")

    def digests(self, paths: Sequence[str]) -> Iterator[Outcome]:
        """Cap.DIGEST: the SHA-256 of each file (or temporary file), as 32 bytes of data."""
        raise Unsupported("digests")

    def pull(self, draft: Draft, source: Store, entry: Entry) -> Iterator[Draft]:
        """Cap.PULL: as write(), bytes of `entry` going from `source` without passing through us.

        Unsupported, before anything is done, if `source` is not a place this can work with.
        """
        raise Unsupported("pull")

    def read_many(self, entries: Iterable[Entry]) -> Iterator[Outcome]:
        """Cap.MANY: whole small files, in any order; Busy for one that is no longer as listed."""
        for entry in entries:
            yield read_one(self, entry)

    def write_many(self, drafts: Iterable[tuple[Draft, bytes]]) -> Iterator[Outcome]:
        """Cap.MANY: whole small drafts, in any order; `path` of an outcome is the draft's.

        No error means that the store has acknowledged every byte. A Cap.ATOMIC store may publish
        at once.
        """
        for draft, data in drafts:
            try:
                for _ in self.write(draft, [data]):
                    pass
                yield Outcome(draft.path)
            except HaulierError as error:
                yield Outcome(draft.path, error)

    def publish_many(self, drafts: Iterable[Draft]) -> Iterator[Outcome]:
        """Cap.MANY: publish each; `entry` of an outcome is what is there now."""
        for draft in drafts:
            try:
                yield Outcome(draft.path, entry=self.publish(draft))
            except HaulierError as error:
                yield Outcome(draft.path, error)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_one(store: Store, entry: Entry) -> Outcome:
    """One whole small file as an outcome."""
    try:
        data = b"".join(store.read(entry.path))
        if len(data) != entry.size or not store.stat(entry.path).is_same_as(entry):
            raise Busy(f"{entry.path}: changed while it was being read")
        return Outcome(entry.path, data=data)
    except HaulierError as error:
        return Outcome(entry.path, error)


class Step(Protocol):
    """One action on a file on its way: a part in, nought, one or many parts out, lazily."""

    repeatable: bool
    """Whether the same part always gives the same bytes."""

    def __call__(self, part: Part, /) -> Iterable[Part]: ...
