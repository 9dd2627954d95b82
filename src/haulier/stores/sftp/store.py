"""A folder on an SFTP server as a store."""
from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack

from ...model.errors import HaulierError, NotFound
from ...model.files import Cap, Draft, Entry, Outcome, Stream, temporary
from ...model.names import checked
from ...ports import Store
from ..ssh.dial import Dialer, with_right_key
from ..ssh.login import Login
from ..ssh.pool import Pool
from . import packet
from .checksum import Checksums
from .listing import folders, walk
from .reading import Download, Line
from .spread import spread
from .tree import Tree
from .wire import Wire
from .writing import SPREAD, Upload

CAPS = Cap.RESUME | Cap.RANGE | Cap.MOVE | Cap.MTIME | Cap.MODE | Cap.MANY
FAR_LINES = 4
"""Connections, and batches at a time, that fill a far line (an SSH window is 2 MiB)."""
VERY_FAR = 0.03
"""Seconds of round trip from which one big file gets twice as many connections."""
NEAR_WINDOW, FAR_WINDOW = 64, 512
"""Small files under way at a time."""


class Sftp(Store):
    """Speaks SFTP over connections that open when they are needed and stay open.

    `timeout` is in seconds without a byte from a server that owes an answer.
    """

    def __init__(self, login: Login, root: str = "", *, connections: int | None = None,
                 timeout: float = 60.0, fsync: bool = False, shell: bool = True) -> None:
        self._login, self._timeout = login, timeout
        self._connections, self._shell = connections, shell
        self._tree = Tree(root, fsync=fsync)
        self._pool = Pool(self._dial)
        self._dialer = Dialer(login)
        self._checksums = Checksums(self._dialer, self._tree)
        self._facts: tuple[Cap, int] | None = None
        self._refused: HaulierError | None = None
        self._asking = threading.Lock()

    # What the server can do is known once there was a connection; asking for it makes one.

    @property
    def caps(self) -> Cap:  # type: ignore[override]
        return self._learnt()[0]

    @property
    def lanes(self) -> int:  # type: ignore[override]
        return self._learnt()[1]

    def connect(self) -> None:
        with self._asking:
            refused, self._refused = self._refused, None    # told once; asked again, it tries again
            if refused:
                raise refused
            if self._facts is None:
                self._pool.start()

    def _learnt(self) -> tuple[Cap, int]:
        with self._asking:
            if self._facts is None and self._refused is None:
                try:
                    self._pool.start()
                except HaulierError as error:   # not tried again and again: that locks accounts
                    self._refused = error
            return self._facts or (CAPS, 1)

    def _learn(self, wire: Wire) -> tuple[Cap, int]:
        caps = CAPS
        if "copy-data" in wire.extensions:
            caps |= Cap.COPY
        if self._shell:     # whether the account has one is tried out when a digest is asked for
            caps |= Cap.DIGEST
        return caps, FAR_LINES if wire.is_far else 1

    def _dial(self, *, alone: bool = False) -> Wire:
        def attempt(kind: str) -> Wire:
            carrier = self._dialer.connect("sftp", subsystem=True, key_kind=kind, alone=alone)
            return Wire(carrier, self._login.place, timeout=self._timeout,
                        patience=2 * self._login.connect_timeout)
        wire = with_right_key(attempt)
        self._tree.extensions = frozenset(wire.extensions)
        self._facts, self._refused = self._learn(wire), None
        return wire

    # One file

    def scan(self, prefix: str = "", *, deep: bool = False) -> Iterator[Entry]:
        prefix = prefix.rstrip("/")
        with self._pool.one() as wire:
            yield from walk(wire, self._tree, checked(prefix) if prefix else "", deep=deep)

    def folders(self, prefix: str = "") -> Iterator[str]:
        with self._pool.one() as wire:
            return iter(folders(wire, self._tree, checked(prefix) if prefix else ""))

    def drafts(self, prefix: str = "") -> Iterator[Entry]:
        with self._pool.one() as wire:
            yield from walk(wire, self._tree, checked(prefix) if prefix else "", deep=True, drafts=True)

    def stat(self, path: str) -> Entry:
        with self._pool.one() as wire:
            return wire.run(self._tree.stat(path))

    def delete(self, path: str) -> None:
        with self._pool.one() as wire:
            wire.run(self._tree.remove(path))

    def publish(self, draft: Draft) -> Entry:
        with self._pool.one() as wire:
            return wire.run(self._tree.publish(draft))

    def move(self, path: str, to: str, *, replace: bool = True) -> Entry:
        with self._pool.one() as wire:
            entry = wire.run(self._tree.rename(path, to, replace=replace))
        if entry is None:
            raise NotFound(f"{to}: was moved on at once")
        return entry

    def touch(self, path: str, modified: int) -> None:
        with self._pool.one() as wire:
            wire.run(self._tree.touch(path, modified))

    def recover(self, draft: Draft) -> Draft:
        # Never more than was acknowledged: several connections leave holes behind the last byte.
        if self.stat(draft.temp).size < draft.offset:
            raise NotFound(f"{draft.temp}: there is less of it than {draft.offset} bytes")
        return draft

    def copy(self, path: str, to: str) -> Entry:
        draft = Draft(checked(to), temporary(to, secrets.token_hex(4)))
        try:
            with self._pool.one() as wire:
                wire.run(self._tree.duplicate(path, draft))
            return self.publish(draft)
        except HaulierError:
            self._forget(draft)
            raise

    def _forget(self, draft: Draft) -> None:
        try:
            self.discard(draft)
        except HaulierError:
            pass    # what went wrong before is what matters

    def digests(self, paths: Sequence[str]) -> Iterator[Outcome]:
        if Cap.DIGEST not in self.caps:
            yield from super().digests(paths)
        with self._pool.one() as wire:
            if self._checksums.trusted(wire):
                yield from self._checksums.digests(wire, paths)
                return
        for path in paths:
            yield self._read_back(path)

    def _read_back(self, path: str) -> Outcome:
        digest = hashlib.sha256()
        try:
            for chunk in self.read(path):
                digest.update(chunk)
        except HaulierError as error:
            return Outcome(path, error)
        return Outcome(path, data=digest.digest())

    # Big files

    def read(self, path: str, *, start: int = 0, end: int | None = None) -> Stream:
        with ExitStack() as stack:
            wire = stack.enter_context(self._pool.one())
            handle, attrs = wire.run(self._tree.open(path))
            size = attrs.size or 0
            last = size if end is None else min(size, end)

            def also(other: Wire) -> Line | None:
                handle, now = other.run(self._tree.open(path))
                if now == attrs:
                    return Line(other, handle)
                other.call(packet.closing(handle))  # replaced in between: only the first handle counts
                return None

            ready = stack.enter_context(spread(self._pool, self._also(wire, last - start), also, far=wire.is_far))
            download = Download(path, Line(wire, handle), start, last, ready)
            try:
                yield from download.chunks()
            finally:
                download.close()

    def _also(self, wire: Wire, size: int | None) -> int:
        """How many further connections pay off for so many bytes."""
        if size is not None and size <= SPREAD:
            return 0
        far = FAR_LINES if wire.rtt < VERY_FAR else 2 * FAR_LINES
        return (self._connections or (far if wire.is_far else 1)) - 1

    def write(self, draft: Draft, body: Iterable[bytes]) -> Iterator[Draft]:
        with ExitStack() as stack:
            wire = stack.enter_context(self._pool.one())
            start = self._tree.reopen(draft) if draft.offset else self._tree.create(draft)
            line = Line(wire, wire.run(start))

            def also(other: Wire) -> Line | None:
                handle = other.run(self._tree.another(draft))
                return Line(other, handle) if handle else None

            left = None if draft.size is None else draft.size - draft.offset
            ready = stack.enter_context(spread(self._pool, self._also(wire, left), also, far=wire.is_far))
            upload = Upload(self._tree, draft, line, ready)
            stack.callback(upload.abandon)
            for offset in upload.carry(body, self.part):
                yield draft._replace(offset=offset)
            upload.close_others()
            wire.run(self._tree.finish(draft, line.handle))
            upload.lines.clear()
            yield draft._replace(offset=upload.sent)

    # Small files

    def read_many(self, entries: Iterable[Entry]) -> Iterator[Outcome]:
        with self._pool.one() as wire:
            yield from wire.run_many((self._tree.read_small(entry, wire.limits.read) for entry in entries),
                                     _window(wire))

    def write_many(self, drafts: Iterable[tuple[Draft, bytes]]) -> Iterator[Outcome]:
        with self._pool.one() as wire:
            yield from wire.run_many((self._tree.write_small(draft, data, wire.limits.write)
                                      for draft, data in drafts), _window(wire))

    def publish_many(self, drafts: Iterable[Draft]) -> Iterator[Outcome]:
        with self._pool.one() as wire:
            yield from wire.run_many((self._tree.published(draft) for draft in drafts), _window(wire))

    def close(self) -> None:
        self._pool.close()


def _window(wire: Wire) -> int:
    """How many small files to have under way: each takes a handle of the server's."""
    window = FAR_WINDOW if wire.is_far else NEAR_WINDOW
    return max(1, min(window, wire.limits.handles // 2)) if wire.limits.handles else NEAR_WINDOW
