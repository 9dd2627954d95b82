"""A store in memory, for tests and dry runs."""
from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

from ..model.errors import AlreadyExists, HaulierError, NotFound
from ..model.files import Cap, Draft, Entry, Outcome, Stream, is_temporary
from ..model.names import checked, split
from ..ports import Store


class Memory(Store):
    """Files in a dict: path to (content, modified, mode)."""

    caps = Cap.RESUME | Cap.RANGE | Cap.MOVE | Cap.DIGEST | Cap.MTIME | Cap.MODE

    def __init__(self, *, part: int = 1 << 20) -> None:
        self.files: dict[str, tuple[bytes, int, int | None]] = {}
        self.part = part
        self._now = 1_700_000_000_000_000_000

    def scan(self, prefix: str = "", *, deep: bool = False) -> Iterator[Entry]:
        under = prefix.rstrip("/") + "/" if prefix else ""
        for path in sorted(self.files, key=lambda path: (split(path)[0], path)):
            rest = path.removeprefix(under) if path.startswith(under) else ""
            if rest and (deep or "/" not in rest) and not is_temporary(rest):
                yield self.stat(path)

    def drafts(self, prefix: str = "") -> Iterator[Entry]:
        under = f"{prefix}/" if prefix else ""
        return (self.stat(path) for path in list(self.files) if path.startswith(under) and is_temporary(path))

    def stat(self, path: str) -> Entry:
        data, modified, mode = self._get(path)
        return Entry(path, len(data), modified, mode=mode)

    def read(self, path: str, *, start: int = 0, end: int | None = None) -> Stream:
        data = self._get(path)[0][start:end]
        for at in range(0, len(data), 1 << 16):
            yield data[at:at + (1 << 16)]

    def write(self, draft: Draft, body: Iterable[bytes]) -> Iterator[Draft]:
        checked(draft.path)
        data = bytearray(self._get(draft.temp)[0][:draft.offset]) if draft.offset else bytearray()
        self._put(draft.temp, bytes(data))
        safe = draft.offset
        for chunk in body:
            data += chunk
            if len(data) - safe >= self.part:
                safe = len(data)
                self._put(draft.temp, bytes(data))
                yield draft._replace(offset=safe)
        self._put(draft.temp, bytes(data), draft.modified, draft.mode)
        yield draft._replace(offset=len(data))

    def publish(self, draft: Draft) -> Entry:
        return self.move(draft.temp, draft.path, replace=draft.replace)

    def recover(self, draft: Draft) -> Draft:
        return draft._replace(offset=len(self._get(draft.temp)[0]))

    def delete(self, path: str) -> None:
        self._get(path)
        del self.files[path]

    def move(self, path: str, to: str, *, replace: bool = True) -> Entry:
        if to in self.files and not replace:
            raise AlreadyExists(f"{to}: there is a file with this name")
        self.files[checked(to)] = self._get(path)
        del self.files[path]
        return self.stat(to)

    def touch(self, path: str, modified: int) -> None:
        data, _, mode = self._get(path)
        self.files[path] = (data, modified, mode)

    def digests(self, paths: Sequence[str]) -> Iterator[Outcome]:
        for path in paths:
            try:
                yield Outcome(path, data=hashlib.sha256(self._get(path)[0]).digest())
            except HaulierError as error:
                yield Outcome(path, error)

    def _get(self, path: str) -> tuple[bytes, int, int | None]:
        try:
            return self.files[checked(path)]
        except KeyError:
            raise NotFound(f"{path}: no such file") from None

    def _put(self, path: str, data: bytes, modified: int | None = None,
             mode: int | None = None) -> None:
        self._now += 1_000_000_000
        self.files[path] = (data, self._now if modified is None else modified, mode)
