"""Files on a server: each verb as a conversation that any connection can hold."""
from __future__ import annotations

from ...model.errors import AlreadyExists, Busy, HaulierError, Invalid, NotFound, Unavailable, Unsupported
from ...model.files import Draft, Entry, Outcome
from ...model.names import checked, split
from . import packet
from .packet import FOR_READ, FOR_WRITE, Ask, Attrs, Reply
from .place import Place, entry_in
from .status import EOF, FAILURE, NO_SUCH_FILE, OK, PERMISSION_DENIED, UNSUPPORTED, check, code_of, error_for
from .wire import Exchange

SLICE = 256 << 20
"""Bytes the server copies between two answers."""


class Tree(Place):
    """Everything that is asked about one file."""

    def __init__(self, root: str, *, fsync: bool = False) -> None:
        super().__init__(root)
        self.fsync = fsync

    # One file

    def stat(self, path: str) -> Exchange[Entry]:
        """The file at `path`; NotFound for a folder, too."""
        reply, = yield [packet.about(packet.STAT, self.at(checked(path)))]
        check(path, reply, "look at")
        return entry_in(path, reply)

    def remove(self, path: str) -> Exchange[None]:
        remote = self.at(checked(path))
        reply, = yield [packet.about(packet.REMOVE, remote)]
        if code_of(reply) != OK:
            raise (yield from self.why(path, reply, "delete"))

    def touch(self, path: str, modified: int) -> Exchange[None]:
        """Set the time of `path` to the whole second before `modified`."""
        change = packet.text(self.at(checked(path))) + packet.attributes(mtime=modified // 10**9)
        reply, = yield [(packet.SETSTAT, change, b"")]
        if code_of(reply) != OK:
            raise (yield from self.why(path, reply, "set the time of"))

    def rename(self, path: str, to: str, *, replace: bool) -> Exchange[Entry | None]:
        """Give `path` the name `to`; AlreadyExists if that is taken and not to be replaced.

        None if nothing is there any more: whoever it is for has taken it at once.
        """
        source, target = self.at(checked(path)), self.at(checked(to))
        if not replace and "hardlink@openssh.com" not in self.extensions:
            # OpenSSH refuses to rename onto a file, without a race; others may not refuse.
            there, = yield [packet.about(packet.LSTAT, target)]
            if code_of(there) == OK:
                raise AlreadyExists(f"{to}: there is a file with this name")
        atomic = replace and "posix-rename@openssh.com" in self.extensions
        act = (packet.extended("posix-rename@openssh.com", source, target) if atomic
               else packet.renaming(source, target))
        look = packet.about(packet.STAT, target)
        done, there = yield from self.in_folder(to, [act, look])
        if replace and not atomic and code_of(done) == FAILURE and code_of(there) == OK:
            _, done, there = yield [packet.about(packet.REMOVE, target), act, look]
        if code_of(done) == OK:
            if code_of(there) == NO_SUCH_FILE:
                return None
            check(to, there, "look at")
            return entry_in(to, there)
        raise (yield from self._why_not_renamed((path, to), done, there, replace=replace))

    def _why_not_renamed(self, names: tuple[str, str], done: Reply, there: Reply, *,
                         replace: bool) -> Exchange[HaulierError]:
        path, to = names
        code = code_of(done)
        if not replace and code == FAILURE and code_of(there) == OK:
            return AlreadyExists(f"{to}: there is a file with this name")
        if code != FAILURE:
            return error_for(path if code == NO_SUCH_FILE else to, done, "rename")
        error = yield from self.why(to, done, "rename")
        if isinstance(error, Unavailable) and split(path)[0] != split(to)[0]:
            return Unsupported(f"{path}: the server cannot rename it to {to} (another file system there?)")
        return error

    def duplicate(self, path: str, draft: Draft) -> Exchange[None]:
        """Copy `path` into the draft's temporary file, on the server, with its time and mode."""
        handle, attrs = yield from self.open(path)
        try:
            target = yield from self.create(draft)
        except HaulierError:
            yield [packet.closing(handle)]
            raise
        at, size, reply = 0, attrs.size or 0, None
        while at < size and (reply is None or code_of(reply) == OK):
            count = min(SLICE, size - at)
            reply, = yield [packet.copying(handle, at, count, target)]
            at += count
        if reply is not None and code_of(reply) != OK:
            yield [packet.closing(handle), packet.closing(target)]
            raise (yield from self.why(draft.temp, reply, "copy"))
        yield [packet.closing(handle)]
        modified = None if attrs.mtime is None else attrs.mtime * 10**9
        yield from self.finish(draft._replace(modified=modified, mode=attrs.mode), target)

    # Opening and closing

    def open(self, path: str) -> Exchange[tuple[bytes, Attrs]]:
        """A handle to read `path` with, and what the server says of the file behind it."""
        reply, = yield [packet.opening(self.at(checked(path)), FOR_READ)]
        check(path, reply, "open")
        handle, _ = packet.string(reply[1])
        reply, = yield [(packet.FSTAT, packet.text(handle), b"")]
        try:
            check(path, reply, "look at")
            entry_in(path, reply)
        except HaulierError:
            yield [packet.closing(handle)]
            raise
        return handle, packet.attrs(reply[1])[0]

    def create(self, draft: Draft) -> Exchange[bytes]:
        """A handle to the draft's temporary file, now empty, in a folder made if need be."""
        checked(draft.path)
        ask = packet.opening(self.at(checked(draft.temp)), FOR_WRITE | packet.CREATE | packet.TRUNCATE)
        reply, = yield from self.in_folder(draft.temp, [ask])
        if code_of(reply) == NO_SUCH_FILE:
            raise Invalid(f"{draft.path}: its folder cannot be made (is part of the path a file?)")
        if code_of(reply) != OK:
            raise (yield from self.why(draft.path, reply, "create"))
        return packet.string(reply[1])[0]

    def reopen(self, draft: Draft) -> Exchange[bytes]:
        """A handle to the draft's temporary file cut to `draft.offset`; NotFound if it is shorter."""
        reply, = yield [packet.opening(self.at(checked(draft.temp)), FOR_WRITE)]
        check(draft.temp, reply, "open")
        handle, _ = packet.string(reply[1])
        told, = yield [(packet.FSTAT, packet.text(handle), b"")]
        size = packet.attrs(told[1])[0].size if code_of(told) == OK else None
        if size is None or size < draft.offset:
            yield [packet.closing(handle)]
            raise NotFound(f"{draft.temp}: there is less of it than {draft.offset} bytes")
        if size > draft.offset:
            cut, = yield [packet.setting(handle, packet.attributes(size=draft.offset))]
            if code_of(cut) != OK:
                yield [packet.closing(handle)]
                raise error_for(draft.temp, cut, "cut")
        return handle

    def another(self, draft: Draft) -> Exchange[bytes | None]:
        """A further handle to the temporary file; None if the server gives none."""
        reply, = yield [packet.opening(self.at(draft.temp), FOR_WRITE)]
        return packet.string(reply[1])[0] if code_of(reply) == OK else None

    def finish(self, draft: Draft, handle: bytes) -> Exchange[None]:
        """Set time and mode, make it durable if that is wanted, and close."""
        replies = yield self._finishing(draft, handle)
        for reply in replies:
            self._accept(draft.path, reply)

    def _finishing(self, draft: Draft, handle: bytes) -> list[Ask]:
        asks = []
        seconds = None if draft.modified is None else draft.modified // 10**9
        if seconds is not None and not 0 <= seconds < 1 << 32:
            seconds = None
        mode = None if draft.mode is None else draft.mode & 0o777
        if seconds is not None or mode is not None:
            asks.append(packet.setting(handle, packet.attributes(mode=mode, mtime=seconds)))
        if self.fsync and "fsync@openssh.com" in self.extensions:
            asks.append(packet.extended("fsync@openssh.com", handle))
        return [*asks, packet.closing(handle)]

    def _accept(self, path: str, reply: Reply) -> None:
        # A server may forbid setting times or modes: the file is whole all the same.
        if code_of(reply) not in (OK, PERMISSION_DENIED, UNSUPPORTED):
            raise error_for(path, reply, "finish")

    # Many small files

    def write_small(self, draft: Draft, data: bytes, most: int) -> Exchange[Outcome]:
        """The whole draft in two bursts: open; write, set, close. `most` bytes a request."""
        try:
            handle = yield from self.create(draft)
            writes = [packet.writing(handle, at, data[at:at + most]) for at in range(0, len(data), most)]
            *setting, closing = self._finishing(draft, handle)
            replies = yield [*writes, *setting, packet.about(packet.FSTAT, handle), closing]
            for reply in replies[:len(writes)]:
                if code_of(reply) != OK:
                    raise (yield from self.why(draft.path, reply, "write"))
            for reply in replies[len(writes):]:
                self._accept(draft.path, reply)
            told = replies[-2]
            return Outcome(draft.path, entry=entry_in(draft.temp, told) if code_of(told) == OK else None)
        except HaulierError as error:
            return Outcome(draft.path, error)

    def publish(self, draft: Draft) -> Exchange[Entry]:
        entry = yield from self.rename(draft.temp, draft.path, replace=draft.replace)
        size = draft.offset if draft.size is None else draft.size
        return entry or Entry(draft.path, size, draft.modified, mode=draft.mode)

    def published(self, draft: Draft) -> Exchange[Outcome]:
        """publish(), and what became of it."""
        try:
            return Outcome(draft.path, entry=(yield from self.publish(draft)))
        except HaulierError as error:
            return Outcome(draft.path, error)

    def read_small(self, entry: Entry, most: int) -> Exchange[Outcome]:
        """The whole file in two bursts: open; look, read, close. Busy if it is not as listed."""
        try:
            reply, = yield [packet.opening(self.at(checked(entry.path)), FOR_READ)]
            check(entry.path, reply, "open")
            handle, _ = packet.string(reply[1])
            wanted = [(at, min(most, entry.size + 1 - at)) for at in range(0, entry.size + 1, most)]
            told, *parts, _ = yield [packet.about(packet.FSTAT, handle),
                                     *(packet.reading(handle, *part) for part in wanted),
                                     packet.closing(handle)]
            self._as_listed(entry, told)
            data = _joined(entry.path, parts, [size for _, size in wanted])
            if data is None or len(data) < entry.size:
                data = yield from self._read_slowly(entry, most)
            if len(data) != entry.size:
                raise _changed(entry.path)
            return Outcome(entry.path, data=data)
        except HaulierError as error:
            return Outcome(entry.path, error)

    def _as_listed(self, entry: Entry, told: Reply) -> None:
        check(entry.path, told, "look at")
        found = entry_in(entry.path, told)
        if found.size != entry.size or entry.modified not in (None, found.modified):
            raise _changed(entry.path)

    def _read_slowly(self, entry: Entry, most: int) -> Exchange[bytes]:
        """For a server that gives less at a time than was asked for."""
        handle, _ = yield from self.open(entry.path)
        data = b""
        while len(data) <= entry.size:
            reply, = yield [packet.reading(handle, len(data), min(most, entry.size + 1 - len(data)))]
            if code_of(reply) != OK or not reply[1]:
                break
            data += reply[1]
        yield [packet.closing(handle)]
        return data


def _changed(path: str) -> Busy:
    return Busy(f"{path}: changed while it was being read")


def _joined(path: str, parts: list[Reply], sizes: list[int]) -> bytes | None:
    """The data of all replies; None if one before the last is short of its size."""
    for part, size in zip(parts, sizes, strict=True):
        if code_of(part) not in (OK, EOF):
            raise error_for(path, part, "read")
        if part[0] == packet.DATA and len(part[1]) < size and part is not parts[-1]:
            return None
    return b"".join(body for kind, body in parts if kind == packet.DATA)
