"""Rows to a file at a place: gathered on this machine, and carried there as a draft when all of them are."""
from __future__ import annotations

import contextlib
import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, Any

from ..model.errors import AlreadyExists, Corrupt, HaulierError, Invalid, NoSpace, NotFound
from ..model.files import Draft, Entry, go_on, temporary
from ..model.record import Fault, Row
from ..ports import FileKey, Refusal, Sink, Store
from ..settings.spec import Env
from .file_formats import Format
from .file_name import named

_CHUNK = 1 << 18


class FileSink(Sink):
    """The place is reached when a file is begun, so that one that is away is known before the work."""

    is_final = False

    def __init__(self, env: Env, place: Mapping[str, Any] | str, name: str, form: Format, *, replace: bool) -> None:
        self._env, self._place, self._name, self._format, self._replace = env, place, name, form, replace
        self._check: Callable[[], None] = go_on
        self._open = contextlib.ExitStack()
        self._store: Store | None = None
        self._gathered: IO[bytes] | None = None
        self._target = ""
        self._mark = ""
        self._last: Mapping[str, Fault | None] = {}

    def begin(self, file: FileKey, check: Callable[[], None] = go_on) -> bool:
        self._check = check
        self.abort()
        check()
        if self._store is None:
            self._store = self._open.enter_context(self._env.store(self._place))
            self._store.connect()
        self._target = self._named(self._store, file)
        self._mark = hashlib.sha256(f"{file.flow}\0{file.digest}".encode()).hexdigest()[:12]
        with _on_disk():
            self._gathered = tempfile.TemporaryFile(dir=self._env.scratch)  # noqa: SIM115 - until commit or abort
        self._format.begin(self._here())
        return False

    def put(self, rows: Sequence[Row], keys: Sequence[str]) -> Sequence[Refusal]:
        self._check()
        new = [at for at, key in enumerate(keys) if key not in self._last]
        if new:
            with _on_disk():
                self._here()
                faults = self._format.write([rows[at] for at in new])
            self._last = {**{key: self._last[key] for key in keys if key in self._last},
                          **{keys[at]: faults.get(place) for place, at in enumerate(new)}}
        return [Refusal(at, fault) for at, key in enumerate(keys) if (fault := self._last[key]) is not None]

    def commit(self) -> None:
        with _on_disk():
            gathered = self._here()
            self._format.end()
        self._publish(gathered)
        self._forget()

    def abort(self) -> None:
        self._forget()

    def close(self) -> None:
        self._forget()
        self._store = None
        self._open.close()

    def _here(self) -> IO[bytes]:
        if self._gathered is None:
            raise Invalid("the file was not begun")
        return self._gathered

    def _named(self, store: Store, file: FileKey) -> str:
        """The name of the day on which a try came to its end, if one did and was not heard of again."""
        if "{date}" in self._name:
            before, after = named(self._name, file.name, file.digest, "\n").split("\n", 1)
            after = after.replace("\n", "")
            for entry in store.scan(before.rpartition("/")[0], deep="/" in after):
                if entry.path.startswith(before) and entry.path.endswith(after) and file.digest[:16] in entry.path:
                    return entry.path
        return named(self._name, file.name, file.digest, datetime.now(UTC).date().isoformat())

    def _publish(self, gathered: IO[bytes]) -> None:
        assert self._store is not None
        size = gathered.tell()
        # The same name in every try: what one that died left there is written over.
        draft = Draft(self._target, temporary(self._target, self._mark), size, replace=self._replace)
        try:
            gathered.seek(0)
            for safe in self._store.write(draft, self._chunks(gathered)):
                draft = safe
            self._settle(draft, gathered)
            self._store.flush()
        except BaseException:
            with contextlib.suppress(HaulierError):
                self._store.discard(draft)
            raise

    def _settle(self, draft: Draft, gathered: IO[bytes]) -> None:
        assert self._store is not None
        try:
            entry: Entry = self._store.publish(draft)
        except AlreadyExists:
            self._compare(gathered)
            self._store.discard(draft)
            return
        if entry.size != draft.size:
            raise Corrupt(f"{draft.path}: {entry.size} bytes arrived of {draft.size}")

    def _compare(self, gathered: IO[bytes]) -> None:
        """A file of that name is fine if it is this one: then a try before came to its end."""
        assert self._store is not None
        gathered.seek(0)
        ours, there = hashlib.sha256(), hashlib.sha256()
        for chunk in self._chunks(gathered):
            ours.update(chunk)
        try:
            for chunk in self._store.read(self._target):
                self._check()
                there.update(chunk)
        except NotFound:
            there.update(b"gone")
        if ours.digest() != there.digest():
            raise AlreadyExists(f"{self._target}: there is another file of that name; put {{digest}} into name, or "
                                "write replace: true")

    def _chunks(self, gathered: IO[bytes]) -> Iterator[bytes]:
        while True:
            self._check()
            with _on_disk():
                chunk = gathered.read(_CHUNK)
            if not chunk:
                return
            yield chunk

    def _forget(self) -> None:
        gathered, self._gathered = self._gathered, None
        self._last = {}
        if gathered is not None:
            with contextlib.suppress(OSError):
                gathered.close()


@contextmanager
def _on_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NoSpace(f"rows cannot be kept on this machine until all are there: {error.strerror}") from error
