"""A folder on this machine."""
from __future__ import annotations

import errno
import os
import stat as modes
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, ClassVar, Literal
from urllib.parse import unquote, urlsplit

from ...model.errors import Busy, HaulierError, Invalid, IsFolder, NotFound, Unsupported
from ...model.files import Cap, Draft, Entry, Outcome, Stream, temporary
from ...model.names import checked
from ...ports import Store
from ...settings.spec import Env, StoreSpec
from .disk import clone, current_umask, flush, is_open_for_writing, rename_beside, translated, why, write_bodies
from .walk import Links, drafts, entry_of, folders, walk

CHUNK = 1 << 20
READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
CREATE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
APPEND = os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW


class LocalSpec(StoreSpec):
    """Folder on this machine"""

    type: Literal["local"] = "local"
    schemes: ClassVar[tuple[str, ...]] = ("file",)

    path: str = "."
    """Folder; a relative one hangs from the workspace."""
    symlinks: Links = Links.FOLLOW
    """What to do with symbolic links: follow them, skip them, or fail on each."""
    fsync: Literal["auto", "always", "never"] = "auto"
    """When to force files to disk: before a source is deleted or archived (auto), before each
    file counts as done (always), or never."""
    sparse: bool = True
    """Keep holes as holes, and write long runs of zeros as holes."""

    @classmethod
    def from_url(cls, url: str) -> dict[str, Any]:
        parts = urlsplit(url)
        if parts.netloc not in ("", "localhost"):
            raise Invalid(f"{url}: a file URL names no host; write file:///folder")
        return {"type": "local", "path": unquote(parts.path)}

    def location(self) -> str:
        return self.path

    def build(self, env: Env) -> Store:
        return Local(env.home / os.path.expanduser(self.path), self)


class Local(Store):
    """Files under one root folder."""

    caps = (Cap.RESUME | Cap.RANGE | Cap.MOVE | Cap.COPY | Cap.PULL | Cap.MANY | Cap.MTIME
            | Cap.MODE | Cap.NEAR)
    part = 16 << 20

    def __init__(self, root: str | os.PathLike[str], spec: LocalSpec | None = None) -> None:
        spec = spec or LocalSpec()
        self.root = os.path.abspath(os.fspath(root))
        self.lanes = len(os.sched_getaffinity(0))
        self._base = self.root.rstrip("/") + "/"
        self._links, self._sparse, self._fsync = spec.symlinks, spec.sparse, spec.fsync
        self._umask = current_umask()
        self._unflushed: list[str] = []

    def _full(self, path: str) -> str:
        return self._base + checked(path)

    def scan(self, prefix: str = "", *, deep: bool = False) -> Iterator[Entry]:
        return walk(self._base, checked(prefix.rstrip("/")) if prefix else "", self._links, deep=deep)

    def folders(self, prefix: str = "") -> Iterator[str]:
        return folders(self._base, checked(prefix) if prefix else "", self._links)

    def drafts(self, prefix: str = "") -> Iterator[Entry]:
        return drafts(self._base, checked(prefix) if prefix else "")

    def stat(self, path: str) -> Entry:
        full = self._full(path)
        with translated(path):
            found = os.stat(full)
        if not modes.S_ISREG(found.st_mode):
            if modes.S_ISDIR(found.st_mode):
                raise IsFolder(f"{path}: not a file but a folder")
            raise NotFound(f"{path}: not a file but a device")
        return entry_of(path, found)

    def read(self, path: str, *, start: int = 0, end: int | None = None) -> Stream:
        self.stat(path)
        with translated(path):
            fd = os.open(self._full(path), READ)
            try:
                os.lseek(fd, start, os.SEEK_SET)
                left = (1 << 62) if end is None else end - start
                while left > 0 and (chunk := os.read(fd, min(CHUNK, left))):
                    left -= len(chunk)
                    yield chunk
            finally:
                os.close(fd)

    def write(self, draft: Draft, body: Iterable[bytes]) -> Iterator[Draft]:
        checked(draft.path)
        fd = self._open(draft)
        try:
            for offset in write_bodies(fd, draft, body, part=self.part, sparse=self._sparse):
                draft = draft._replace(offset=offset)
                yield draft
            self._finish(fd, draft)
        finally:
            os.close(fd)
        yield draft

    def publish(self, draft: Draft) -> Entry:
        return self.move(draft.temp, draft.path, replace=draft.replace)

    def delete(self, path: str) -> None:
        with translated(path):
            os.unlink(self._full(path))

    def recover(self, draft: Draft) -> Draft:
        with translated(draft.path):
            size = os.stat(self._full(draft.temp)).st_size
        return draft._replace(offset=size if draft.size is None else min(size, draft.size))

    def flush(self) -> None:
        """Force what was published since the last flush to disk (`fsync: never` does nothing)."""
        files, self._unflushed = self._unflushed, []
        if self._fsync != "never" and files:
            with translated(self.root):
                flush(files, self.root)

    def move(self, path: str, to: str, *, replace: bool = True) -> Entry:
        old, new = self._full(path), self._full(to)
        entry = self.stat(path)     # not afterwards: somebody may take it away at once
        with translated(to if os.path.lexists(old) else path):
            act = os.rename if replace else rename_beside
            try:
                act(old, new)
            except FileNotFoundError:
                if not os.path.lexists(old):
                    raise
                os.makedirs(os.path.dirname(new), exist_ok=True)
                act(old, new)
        self._unflushed.append(new)
        return entry._replace(path=to)

    def is_in_use(self, path: str) -> bool:
        with translated(path):
            return is_open_for_writing(self._full(path))

    def touch(self, path: str, modified: int) -> None:
        with translated(path):
            os.utime(self._full(path), ns=(modified, modified))

    def copy(self, path: str, to: str) -> Entry:
        entry = self.stat(path)
        draft = Draft(to, temporary(to, "copy"), entry.size, entry.modified, entry.mode)
        try:
            for _ in self.pull(draft, self, entry):
                pass
            return self.publish(draft)
        except BaseException:
            self.discard(draft)
            raise

    def pull(self, draft: Draft, source: Store, entry: Entry) -> Iterator[Draft]:
        if not isinstance(source, Local):
            raise Unsupported("not a folder on this machine")
        with translated(entry.path):
            origin = os.open(source._full(entry.path), READ)
        try:
            fd = self._open(draft)
            try:
                for offset in clone(origin, fd, draft, entry.size, self.part):
                    draft = draft._replace(offset=offset)
                    yield draft
                self._finish(fd, draft)
            finally:
                os.close(fd)
        finally:
            os.close(origin)
        yield draft

    def _open(self, draft: Draft) -> int:
        """The draft's file, open for writing, holding exactly `draft.offset` bytes."""
        temp = self._full(draft.temp)
        with translated(draft.path):
            if draft.offset:
                fd = os.open(temp, APPEND)
                if os.fstat(fd).st_size < draft.offset:
                    os.close(fd)
                    raise NotFound(f"{draft.path}: less is there than was written before")
                os.ftruncate(fd, draft.offset)
                os.lseek(fd, draft.offset, os.SEEK_SET)
                return fd
            return self._create(temp, draft.mode)

    def _create(self, temp: str, mode: int | None) -> int:
        try:
            return os.open(temp, CREATE, 0o666 if mode is None else mode)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(temp), exist_ok=True)
            return os.open(temp, CREATE, 0o666 if mode is None else mode)

    def _finish(self, fd: int, draft: Draft) -> None:
        with translated(draft.path):
            if draft.mode is not None:
                os.fchmod(fd, draft.mode)
            if draft.modified is not None:
                os.utime(fd, ns=(draft.modified, draft.modified))
            if self._fsync == "always":
                os.fsync(fd)

    # Many small files: one thread, no buffer per file, as few system calls as will do.

    def read_many(self, entries: Iterable[Entry]) -> Iterator[Outcome]:
        base, opened, read, stat, close = self._base, os.open, os.read, os.fstat, os.close
        for entry in entries:
            path = entry.path
            try:
                fd = opened(base + checked(path), READ)
                try:
                    data = read(fd, entry.size + 1)
                    found = stat(fd)
                finally:
                    close(fd)
            except OSError as error:
                yield Outcome(path, why(path, error))
                continue
            except HaulierError as error:
                yield Outcome(path, error)
                continue
            if len(data) != entry.size or found.st_mtime_ns != entry.modified:
                yield Outcome(path, Busy(f"{path}: changed since it was listed"))
            else:
                yield Outcome(path, None, data)

    def write_many(self, drafts: Iterable[tuple[Draft, bytes]]) -> Iterator[Outcome]:
        base, write, close, utime = self._base, os.write, os.close, os.utime
        for draft, data in drafts:
            path, mode, modified = draft.path, draft.mode, draft.modified
            try:
                checked(path)
                fd = self._create(base + draft.temp, mode)
                try:
                    if data and write(fd, data) != len(data):
                        raise OSError(errno.ENOSPC, "not all was written")
                    if mode is not None and mode & self._umask:
                        os.fchmod(fd, mode)
                    if modified is not None:
                        utime(fd, ns=(modified, modified))
                    if self._fsync == "always":
                        os.fsync(fd)
                finally:
                    close(fd)
                yield Outcome(path)
            except OSError as error:
                yield Outcome(path, why(path, error))
            except HaulierError as error:
                yield Outcome(path, error)

    def publish_many(self, drafts: Iterable[Draft]) -> Iterator[Outcome]:
        base, rename = self._base, os.rename
        for draft in drafts:
            path = draft.path
            try:
                if draft.replace and draft.modified is not None and draft.size is not None:
                    rename(base + draft.temp, base + checked(path))
                    self._unflushed.append(base + path)
                    entry = Entry(path, draft.size, draft.modified, None, draft.mode)
                else:
                    entry = self.publish(draft)
                yield Outcome(path, None, b"", entry)
            except OSError as error:
                yield Outcome(path, why(path, error))
            except HaulierError as error:
                yield Outcome(path, error)

    def close(self) -> None:
        with suppress(HaulierError):
            if self._fsync == "always":
                self.flush()
