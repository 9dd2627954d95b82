"""Take a ZIP archive apart: everything it says is checked before the first member goes out."""
from __future__ import annotations

import re
import stat
import struct
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, cast
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from ..model.errors import Corrupt, HaulierError, Invalid, Unsupported
from ..model.files import Part
from ..model.names import checked, joined, split
from .body import owned
from .limits import Limits
from .spool import nameless

_METHODS = {ZIP_STORED, ZIP_DEFLATED, ZIP_BZIP2}
_CHUNK = 256 * 1024
_UNIX = 3
_DRIVE = re.compile("[A-Za-z]:")


def unzipped(part: Part, limits: Limits, scratch: Path | None) -> Iterator[Part]:
    """The members of the archive `part`, under its folder; nothing if there are none."""
    file = nameless(part, scratch)
    shared = Shared(file.close)
    with ExitStack() as stack:
        stack.callback(shared.hold())
        with _understood(part.name):
            archive = _opened(file, part.name, limits.members)
        for info in _members(archive, part.name, limits):
            modified = _modified(info)
            yield replace(part, name=joined(split(part.name)[0], info.filename),
                          body=owned(_content(archive, info, part.name), shared.hold()),
                          size=info.file_size, mode=_mode(info) or part.mode,
                          modified=part.modified if modified is None else modified)


@contextmanager
def _understood(name: str) -> Iterator[None]:
    """Whatever zipfile says about a bad archive, as ours."""
    try:
        yield
    except HaulierError:
        raise
    except NotImplementedError as error:
        raise Unsupported(f"{name}: {error}") from error
    except (BadZipFile, zlib.error, EOFError, OSError, ValueError, struct.error, RuntimeError,
            OverflowError) as error:
        raise Corrupt(f"{name}: the archive is damaged ({error})") from error


def _opened(file: IO[bytes], name: str, members: int) -> ZipFile:
    bounded = _Bounded(file, name, members)
    archive = ZipFile(cast("IO[bytes]", bounded))
    bounded.most = None
    return archive


class _Bounded:
    """A file for zipfile that refuses to give it, in one go, a directory of too many members.

    zipfile makes objects of everything in the directory before anybody can look at it.
    """

    def __init__(self, file: IO[bytes], name: str, members: int) -> None:
        self._file, self._name, self._members = file, name, members
        self.most: int | None = members * 512 + 65_536  # for each 46 bytes and a name, with room

    def read(self, count: int = -1) -> bytes:
        if self.most is not None and count > self.most:
            raise _too_many(self._name, self._members)
        return self._file.read(count)

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self._file, attribute)


def _too_many(name: str, members: int) -> Invalid:
    return Invalid(f"{name}: more than {members} members (max_members)")


def _members(archive: ZipFile, name: str, limits: Limits) -> list[ZipInfo]:
    """The files in the archive, none of which is a danger."""
    if len(archive.filelist) > limits.members:
        raise _too_many(name, limits.members)
    found: dict[str, ZipInfo] = {}
    for info in archive.filelist:
        member = info.orig_filename
        try:
            _check_member(info, member)
        except HaulierError as error:
            raise type(error)(f"{name}: member {member!r}: {error}") from error
        if info.is_dir():
            continue
        if member in found:
            raise Invalid(f"{name}: two members are called {member!r}")
        found[member] = info
    _check_folders(found, name)
    limits.check(name, sum(info.file_size for info in found.values()), _packed(archive))
    return list(found.values())


def _check_member(info: ZipInfo, member: str) -> None:
    if "\\" in member or _DRIVE.match(member) or info.filename != member:
        raise Invalid("not a usable file name")
    checked(member.removesuffix("/"))
    if info.flag_bits & 0x2041:
        raise Invalid("is encrypted; unpack it with a tool that has the password")
    if info.compress_type not in _METHODS:
        raise Unsupported(f"compression method {info.compress_type} is not known here")
    kind = stat.S_IFMT(info.external_attr >> 16) if info.create_system == _UNIX else 0
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise Invalid("is a link or a device, not a file")


def _check_folders(found: Mapping[str, ZipInfo], name: str) -> None:
    for member in found:
        folder = split(member)[0]
        while folder:
            if folder in found:
                raise Invalid(f"{name}: {folder!r} is a member and a folder of members")
            folder = split(folder)[0]


def _packed(archive: ZipFile) -> int:
    assert archive.fp is not None
    return archive.fp.seek(0, 2)


def _content(archive: ZipFile, info: ZipInfo, name: str) -> Iterator[bytes]:
    size = 0
    with ExitStack() as stack:
        with _understood(name):
            member = stack.enter_context(archive.open(info))
        while True:
            with _understood(name):
                chunk = member.read(_CHUNK)
            if not chunk:
                break
            size += len(chunk)
            yield chunk
    if size != info.file_size:
        raise Corrupt(f"{name}: member {info.filename!r} has {size} bytes, not {info.file_size}")


def _mode(info: ZipInfo) -> int:
    return info.external_attr >> 16 & 0o777 if info.create_system == _UNIX else 0


def _modified(info: ZipInfo) -> int | None:
    """Info-ZIP's extended timestamp, in nanoseconds: the only time in a ZIP that has a zone."""
    at, extra = 0, info.extra
    while len(extra) - at >= 9:
        kind, size = struct.unpack_from("<HH", extra, at)
        if kind == 0x5455 and size >= 5 and extra[at + 4] & 1:
            seconds, = struct.unpack_from("<l", extra, at + 5)
            return int(seconds) * 10**9
        at += 4 + size
    return None


class Shared:
    """Something that several bodies read: released when the last of its holders lets go."""

    def __init__(self, release: Callable[[], None]) -> None:
        self._release, self._holders, self._lock = release, 0, threading.Lock()

    def hold(self) -> Callable[[], None]:
        """One holder more; call the result, once, when it is done."""
        with self._lock:
            self._holders += 1
        return self._let_go

    def _let_go(self) -> None:
        with self._lock:
            self._holders -= 1
            is_last = self._holders == 0
        if is_last:
            self._release()
