"""A folder on a server with a shell and scp as a store."""
from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from ...model.errors import Busy, HaulierError, Permanent
from ...model.files import Cap, Draft, Entry, Outcome, Stream, temporary
from ...model.names import checked
from ...ports import Store
from ..ssh.dial import Dialer, with_right_key
from ..ssh.login import Login
from ..ssh.pool import Pool
from . import pieces, protocol
from .line import Line
from .pipeline import pipelined
from .place import Place, entry_of, folder_of, folders, walk
from .script import BOOT

CAPS = (Cap.RESUME | Cap.RANGE | Cap.MOVE | Cap.COPY | Cap.MTIME | Cap.MODE | Cap.MANY)
SLOWEST = 1 << 20
"""Bytes per second that a server copies or hashes at least, unless it hangs."""


class Scp(Store):
    """Bodies go by the scp protocol where that fits, everything else by commands of a POSIX shell.

    The scp protocol writes whole files and acknowledges them at their end. So a draft goes by it if its size
    is known and not above `part`; pieces that must be safe one by one, ranges, names with a line break and
    servers without an scp program go through `dd` in the shell. `timeout` is in seconds without a byte from
    a server that owes an answer.
    """

    def __init__(self, login: Login, root: str = "", *, timeout: float = 60.0) -> None:
        self._login, self._timeout, self._dialer = login, timeout, Dialer(login)
        self._place = Place(root)
        self._pool = Pool(self._dial)
        self._learnt: Cap | None = None
        self._refused: HaulierError | None = None
        self._asking = threading.Lock()

    def _dial(self) -> Line:
        def attempt(kind: str) -> Line:
            return Line(self._dialer.connect(BOOT, key_kind=kind), self._login.place,
                        timeout=self._timeout, patience=2 * self._login.connect_timeout)
        line = with_right_key(attempt)
        self._refused = None
        return line

    @property
    def caps(self) -> Cap:  # type: ignore[override]
        """What the server can do is known once there was a connection; asking for it makes one."""
        with self._asking:
            if self._learnt is None and self._refused is None:
                try:
                    self._learnt = self._learn()
                except HaulierError as error:   # not tried again and again: that locks accounts
                    self._refused = error
            return self._learnt or CAPS

    def connect(self) -> None:
        with self._asking:
            refused, self._refused = self._refused, None    # told once; asked again, it tries again
            if refused:
                raise refused
            if self._learnt is None:
                self._learnt = self._learn()

    def _learn(self) -> Cap:
        with self._pool.one() as line:
            return CAPS | (Cap.DIGEST if "sha256sum" in line.programs else Cap.NONE)

    # One file

    def scan(self, prefix: str = "", *, deep: bool = False) -> Iterator[Entry]:
        prefix = prefix.rstrip("/")
        with self._pool.one() as line:
            yield from walk(line, self._place, checked(prefix) if prefix else "", deep=deep)

    def folders(self, prefix: str = "") -> Iterator[str]:
        with self._pool.one() as line:
            return iter(folders(line, self._place, checked(prefix) if prefix else ""))

    def drafts(self, prefix: str = "") -> Iterator[Entry]:
        with self._pool.one() as line:
            yield from walk(line, self._place, checked(prefix) if prefix else "", deep=True, drafts=True)

    def stat(self, path: str) -> Entry:
        return entry_of(path, self._do(path, "about", self._at(path)))

    def delete(self, path: str) -> None:
        self._do(path, "remove", self._at(path))

    def publish(self, draft: Draft) -> Entry:
        moving = self._moving(draft.temp, draft.path, replace=draft.replace)
        return entry_of(draft.path, self._do(draft.path, "move", *moving))

    def move(self, path: str, to: str, *, replace: bool = True) -> Entry:
        moving = self._moving(path, to, replace=replace)
        return entry_of(to, self._do(f"{path} to {to}", "move", *moving))

    def touch(self, path: str, modified: int) -> None:
        self._do(path, "touched", self._at(path), _moment(modified))

    def recover(self, draft: Draft) -> Draft:
        # Bytes are only ever added at the end, so all that is there was sent.
        size = self.stat(draft.temp).size
        return draft._replace(offset=size if draft.size is None else min(size, draft.size))

    def copy(self, path: str, to: str) -> Entry:
        draft = Draft(checked(to), temporary(to, secrets.token_hex(4)))
        name = self._at(draft.temp)
        try:
            with self._pool.one() as line:
                line.ask("about", self._at(path))
                line.ask("copy", self._at(path), name, folder_of(name))
                _answer_in_time(line, f"{path} to {to}")
            return self.publish(draft)
        except HaulierError:
            with suppress(HaulierError):    # what went wrong before is what matters
                self.discard(draft)
            raise

    def digests(self, paths: Sequence[str]) -> Iterator[Outcome]:
        if Cap.DIGEST not in self.caps:
            yield from super().digests(paths)
        with self._pool.one() as line:
            def ask(path: str) -> None:
                line.ask("about", name := self._at(path))
                line.ask("sum", name)

            yield from pipelined(line, ((path, path) for path in paths), ask,
                                 lambda path: Outcome(path, data=_digest(line, path)))

    # Bodies

    def read(self, path: str, *, start: int = 0, end: int | None = None) -> Stream:
        name = self._at(path)
        with self._pool.one() as line:
            line.ask("about", name)
            size = entry_of(path, line.answer(path)).size
            last = size if end is None else min(end, size)
            if start >= last:
                return
            if (start, last) == (0, size) and "scp" in line.programs and b"\n" not in name:
                yield from protocol.receive(line, path, name)
            else:
                yield from pieces.receive(line, path, name, start, last)

    def write(self, draft: Draft, body: Iterable[bytes]) -> Iterator[Draft]:
        checked(draft.path)
        name = self._at(draft.temp)
        with self._pool.one() as line:
            if draft.size is not None and not draft.offset and draft.size <= self.part and (
                    "scp" in line.programs):
                protocol.send(line, draft, (name, folder_of(name)), body)
                yield draft._replace(offset=draft.size)
                return
            line.ask("begin", name, folder_of(name), draft.offset)
            line.answer(draft.path)
            for safe in pieces.send(line, draft, name, body, self.part):
                yield safe
                draft = safe
            line.ask("finish", name, draft.offset, *_marks(draft))
            line.answer(draft.path)
            yield draft

    # Small files

    def read_many(self, entries: Iterable[Entry]) -> Iterator[Outcome]:
        with self._pool.one() as line:
            def land(entry: Entry) -> Outcome:
                data = b"".join(line.chunks())
                now = entry_of(entry.path, line.verdict(entry.path))
                if len(data) != entry.size or not now.is_same_as(entry):
                    raise Busy(f"{entry.path}: changed since it was listed")
                return Outcome(entry.path, data=data)

            yield from pipelined(line, ((entry.path, entry) for entry in entries), lambda entry: line.ask(
                "fetch", self._at(entry.path), entry.size + 1), land)

    def write_many(self, drafts: Iterable[tuple[Draft, bytes]]) -> Iterator[Outcome]:
        with self._pool.one() as line:
            def ask(item: tuple[Draft, bytes]) -> None:
                draft, data = item
                checked(draft.path)
                name = self._at(draft.temp)
                line.ask("small", name, folder_of(name), len(data), *_marks(draft), body=data)

            def land(item: tuple[Draft, bytes]) -> Outcome:
                line.answer(item[0].path)
                return Outcome(item[0].path)

            yield from pipelined(line, ((item[0].path, item) for item in drafts), ask, land)

    def publish_many(self, drafts: Iterable[Draft]) -> Iterator[Outcome]:
        with self._pool.one() as line:
            yield from pipelined(
                line, ((draft.path, draft) for draft in drafts),
                lambda draft: line.ask("move", *self._moving(draft.temp, draft.path, replace=draft.replace)),
                lambda draft: Outcome(draft.path, entry=entry_of(draft.path, line.answer(draft.path))))

    def close(self) -> None:
        self._pool.close()

    # Commands

    def _at(self, path: str) -> bytes:
        return self._place.at(checked(path))

    def _moving(self, path: str, to: str, *, replace: bool) -> tuple[bytes, bytes, bytes, str]:
        target = self._at(to)
        return self._at(path), target, folder_of(target), "over" if replace else ""

    def _do(self, path: str, command: str, *words: bytes | str) -> bytes:
        with self._pool.one() as line:
            line.ask(command, *words)
            return line.answer(path)


def _answer_in_time(line: Line, path: str) -> bytes:
    """The answer to a command that takes long for a big file, after that to `about`, which tells its size."""
    before = line.patience
    try:
        with suppress(Permanent):   # the command itself tells why, too
            line.patience += entry_of(path, line.answer(path)).size / SLOWEST
        return line.answer(path)
    finally:
        line.patience = before


def _digest(line: Line, path: str) -> bytes:
    return bytes.fromhex(_answer_in_time(line, path).split()[0].decode())


def _marks(draft: Draft) -> tuple[str, str]:
    """Time and mode of a draft as words for the shell; empty where there is none."""
    return ("" if draft.modified is None else _moment(draft.modified),
            "" if draft.mode is None else f"{draft.mode:o}")


def _moment(modified: int) -> str:
    """For `touch -t`, which POSIX has."""
    return time.strftime("%Y%m%d%H%M.%S", time.gmtime(modified // 10**9))
