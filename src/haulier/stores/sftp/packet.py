"""The packets of the SSH File Transfer Protocol, version 3 (draft-ietf-secsh-filexfer-02), as bytes."""
from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from ...model.errors import Unsupported

INIT, VERSION, OPEN, CLOSE, READ, WRITE, LSTAT, FSTAT, SETSTAT, FSETSTAT = range(1, 11)
OPENDIR, READDIR, REMOVE, MKDIR, RMDIR, REALPATH, STAT, RENAME, READLINK, SYMLINK = range(11, 21)
STATUS, HANDLE, DATA, NAME, ATTRS = range(101, 106)
EXTENDED, EXTENDED_REPLY = 200, 201

FOR_READ, FOR_WRITE, CREATE, TRUNCATE = 1, 2, 8, 16
HAS_SIZE, HAS_OWNER, HAS_MODE, HAS_TIMES, HAS_EXTENDED = 1, 2, 4, 8, 0x80000000
USUAL = HAS_SIZE | HAS_OWNER | HAS_MODE | HAS_TIMES

U32, U64 = struct.Struct(">I"), struct.Struct(">Q")
HEAD = struct.Struct(">IBI")
_PLACE = struct.Struct(">QI")
_USUAL = struct.Struct(">IQIIIII")
_LIMITS = struct.Struct(">QQQQ")

LARGEST = 1 << 20
"""A longer packet is no packet: something else is speaking on the line."""

Ask: TypeAlias = tuple[int, bytes, bytes | memoryview]
"""A request: its type, its body, and bytes that follow the body without being copied."""

Reply: TypeAlias = tuple[int, bytes]
"""An answer: its type and body; of DATA, only the data."""


class Malformed(Unsupported):
    """What came in is not SFTP."""


class Attrs(NamedTuple):
    """What a server says of a file; `mtime` in seconds."""

    size: int | None = None
    mode: int | None = None
    mtime: int | None = None


class Limits(NamedTuple):
    """The longest requests a server takes, in bytes; `handles` at once, 0: not told."""

    read: int
    write: int
    handles: int


class Space(NamedTuple):
    """What is left on a file system; `files` is None where they are not counted."""

    bytes: int
    files: int | None
    read_only: bool


def text(value: bytes) -> bytes:
    """A string as the protocol writes it."""
    return U32.pack(len(value)) + value


def attributes(*, size: int | None = None, mode: int | None = None, mtime: int | None = None) -> bytes:
    """File attributes to be set; what is None stays as it is."""
    flags, body = 0, b""
    if size is not None:
        flags, body = flags | HAS_SIZE, body + U64.pack(size)
    if mode is not None:
        flags, body = flags | HAS_MODE, body + U32.pack(mode)
    if mtime is not None:
        flags, body = flags | HAS_TIMES, body + U32.pack(mtime) * 2
    return U32.pack(flags) + body


def opening(path: bytes, flags: int) -> Ask:
    return OPEN, text(path) + U32.pack(flags) + U32.pack(0), b""


def closing(handle: bytes) -> Ask:
    return CLOSE, text(handle), b""


def reading(handle: bytes, at: int, size: int) -> Ask:
    return READ, text(handle) + _PLACE.pack(at, size), b""


def writing(handle: bytes, at: int, data: bytes | memoryview) -> Ask:
    return WRITE, text(handle) + _PLACE.pack(at, len(data)), data


def setting(handle: bytes, attrs: bytes) -> Ask:
    return FSETSTAT, text(handle) + attrs, b""


def about(kind: int, name: bytes) -> Ask:
    """A request whose body is one path or handle."""
    return kind, text(name), b""


def making(path: bytes) -> Ask:
    return MKDIR, text(path) + U32.pack(0), b""


def renaming(path: bytes, to: bytes) -> Ask:
    return RENAME, text(path) + text(to), b""


def extended(name: str, *words: bytes) -> Ask:
    """An extension request all of whose arguments are strings."""
    return EXTENDED, text(name.encode()) + b"".join(map(text, words)), b""


def copying(source: bytes, at: int, size: int, target: bytes) -> Ask:
    """The copy-data extension: `size` bytes between two handles, from and to the same place."""
    return (EXTENDED, text(b"copy-data") + text(source) + U64.pack(at) + U64.pack(size)
            + text(target) + U64.pack(at), b"")


def string(body: bytes, at: int = 0) -> tuple[bytes, int]:
    """The string at `at` and where it ends; Malformed if it does not fit."""
    try:
        start = at + 4
        end = start + U32.unpack_from(body, at)[0]
    except struct.error as error:
        raise Malformed("a packet ends too early") from error
    if end > len(body):
        raise Malformed("a packet ends too early")
    return body[start:end], end


def status(body: bytes) -> tuple[int, str]:
    """Code and text of a STATUS body."""
    if len(body) < 4:
        raise Malformed("a packet ends too early")
    said = string(body, 4)[0] if len(body) >= 8 else b""
    return U32.unpack_from(body)[0], said.decode(errors="replace")


def attrs(body: bytes, at: int = 0) -> tuple[Attrs, int]:
    """The attributes at `at` and where they end."""
    try:
        flags = U32.unpack_from(body, at)[0]
        if flags == USUAL:
            _, size, _, _, mode, _, mtime = _USUAL.unpack_from(body, at)
            return Attrs(size, mode, mtime), at + _USUAL.size
        return _unusual(body, at + 4, flags)
    except struct.error as error:
        raise Malformed("a packet ends too early") from error


def _unusual(body: bytes, at: int, flags: int) -> tuple[Attrs, int]:
    size = mode = mtime = None
    if flags & HAS_SIZE:
        size, at = U64.unpack_from(body, at)[0], at + 8
    if flags & HAS_OWNER:
        at += 8
    if flags & HAS_MODE:
        mode, at = U32.unpack_from(body, at)[0], at + 4
    if flags & HAS_TIMES:
        mtime, at = U32.unpack_from(body, at + 4)[0], at + 8
    if flags & HAS_EXTENDED:
        count, at = U32.unpack_from(body, at)[0], at + 4
        for _ in range(2 * count):
            _, at = string(body, at)
    return Attrs(size, mode, mtime), at


def names(body: bytes) -> Iterator[tuple[bytes, Attrs]]:
    """The names in a NAME body, each with its attributes."""
    if len(body) < 4:
        raise Malformed("a packet ends too early")
    at = 4
    for _ in range(U32.unpack_from(body)[0]):
        name, at = string(body, at)
        _, at = string(body, at)        # the `ls -l` line, for people
        about_it, at = attrs(body, at)
        yield name, about_it


def extensions(body: bytes) -> dict[str, bytes]:
    """The extensions in a VERSION body (after the version number), by name."""
    found, at = {}, 0
    while at < len(body):
        name, at = string(body, at)
        found[name.decode(errors="replace")], at = string(body, at)
    return found


def limits(body: bytes) -> Limits:
    """The answer to limits@openssh.com (OpenSSH PROTOCOL, section 4.8)."""
    try:
        _, read, write, handles = _LIMITS.unpack_from(body)
    except struct.error as error:
        raise Malformed("a packet ends too early") from error
    return Limits(read, write, handles)


def space(body: bytes) -> Space:
    """The answer to statvfs@openssh.com (OpenSSH PROTOCOL, section 4.4)."""
    try:
        _, fragment, _, _, blocks, files, _, left, _, flags, _ = struct.unpack_from(">11Q", body)
    except struct.error as error:
        raise Malformed("a packet ends too early") from error
    return Space(fragment * blocks, left if files else None, bool(flags & 1))


class Inbox:
    """Bytes as they come in, and the packets in them."""

    def __init__(self) -> None:
        self._buffer = bytearray(LARGEST)
        self._view = memoryview(self._buffer)
        self._start = self._end = 0

    def room(self) -> memoryview:
        """Where the next bytes go; never empty once packets() was exhausted."""
        if self._start == self._end:
            self._start = self._end = 0
        elif self._start and self._end > LARGEST // 2:
            rest = self._end - self._start
            self._view[:rest] = bytes(self._view[self._start:self._end])
            self._start, self._end = 0, rest
        return self._view[self._end:]

    def took(self, count: int) -> None:
        """`count` bytes were put into room()."""
        self._end += count

    def packets(self) -> Iterator[tuple[int, int, bytes]]:
        """Each whole packet as (request id, type, body): of DATA the data alone."""
        while self._end - self._start >= 9:
            length, kind, number = HEAD.unpack_from(self._buffer, self._start)
            if not 5 <= length <= LARGEST - 8:
                raise Malformed("what came is not SFTP")
            at, end = self._start + 9, self._start + 4 + length
            if end > self._end:
                return
            if kind == DATA:
                at += 4
            body = bytes(self._view[at:end])
            self._start = end
            yield number, kind, body
