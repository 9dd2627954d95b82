"""System calls for the local store: copying in the kernel, holes, forcing to disk, errors."""
from __future__ import annotations

import ctypes
import errno
import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from ...model.errors import (
    AlreadyExists,
    Busy,
    Denied,
    HaulierError,
    Invalid,
    NoSpace,
    NotFound,
    Unavailable,
    Unsupported,
)
from ...model.files import Draft

FICLONE = 0x40049409  # ioctl_ficlonerange(2)
AT_FDCWD, RENAME_NOREPLACE = -100, 1  # renameat2(2)
ZEROS = bytes(1 << 20)
FEW = 32
"""Up to so many files are forced to disk one by one; more of them with one syncfs(2)."""

_MEANING: dict[int, tuple[type[HaulierError], str]] = {
    errno.ENOENT: (NotFound, "no such file"),
    errno.ENOTDIR: (NotFound, "no such file (a part of its path is a file, not a folder)"),
    errno.EISDIR: (Invalid, "there is a folder with this name"),
    errno.EACCES: (Denied, "no permission"),
    errno.EPERM: (Denied, "the system does not permit it"),
    errno.EROFS: (Denied, "the file system is read-only"),
    errno.ENOSPC: (NoSpace, "no space left on the disk; free some and run again"),
    errno.EDQUOT: (NoSpace, "the disk quota is used up; free some space and run again"),
    errno.EFBIG: (NoSpace, "larger than this file system or a limit allows"),
    errno.ENAMETOOLONG: (Invalid, "the name is too long for this file system"),
    errno.EEXIST: (AlreadyExists, "there is a file with this name"),
    errno.ELOOP: (Invalid, "symbolic links lead in a circle"),
    errno.EINVAL: (Invalid, "this file system does not accept the name"),
    errno.ENXIO: (Invalid, "not a file that can be read"),
    errno.EXDEV: (Unsupported, "cannot be moved to another file system in one step"),
    errno.ETXTBSY: (Busy, "in use as a running program"),
}


def why(path: str, error: OSError) -> HaulierError:
    """The error that a system call's failure means, naming the file."""
    kind, text = _MEANING.get(error.errno or 0, (Unavailable, error.strerror or str(error)))
    raised = kind(f"{path}: {text}")
    raised.__cause__ = error
    return raised


@contextmanager
def translated(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise why(path, error) from error


def write_all(fd: int, data: bytes) -> None:
    done = os.write(fd, data)
    while done < len(data):
        done += os.write(fd, memoryview(data)[done:])


def write_bodies(fd: int, draft: Draft, body: Iterable[bytes], *, part: int, sparse: bool) -> Iterator[int]:
    """Append `body`; yield the offset about every `part` bytes."""
    offset = safe = draft.offset
    for chunk in body:
        with translated(draft.path):
            if sparse and len(chunk) >= 4096 and chunk == ZEROS[:len(chunk)]:
                os.lseek(fd, len(chunk), os.SEEK_CUR)
            else:
                write_all(fd, chunk)
        offset += len(chunk)
        if offset - safe >= part:
            safe = offset
            yield safe
    with translated(draft.path):
        os.ftruncate(fd, offset)  # a hole at the end has no bytes to make the file long
    yield offset


def clone(origin: int, fd: int, draft: Draft, size: int, part: int) -> Iterator[int]:
    """Copy inside the kernel: shared blocks where possible, holes kept, else copy_file_range."""
    with translated(draft.path):
        if draft.offset == 0 and size and _reflink(origin, fd):
            yield os.fstat(fd).st_size
            return
    offset = draft.offset
    while True:
        with translated(draft.path):
            begin, end = _data(origin, offset)
            if begin is None:
                break
            os.lseek(fd, begin, os.SEEK_SET)
            offset = begin
            while offset < end:
                offset += _range(origin, fd, offset, min(part, end - offset))
                yield offset
    with translated(draft.path):
        length = os.fstat(origin).st_size
        os.ftruncate(fd, length)
    yield length


def _reflink(origin: int, fd: int) -> bool:
    try:
        fcntl.ioctl(fd, FICLONE, origin)
    except OSError:
        return False
    return True


def _data(origin: int, offset: int) -> tuple[int | None, int]:
    """The next stretch that has data, from `offset` on; (None, 0) if there is none."""
    try:
        begin = os.lseek(origin, offset, os.SEEK_DATA)
        return begin, os.lseek(origin, begin, os.SEEK_HOLE)
    except OSError as error:
        if error.errno == errno.ENXIO:
            return None, 0
        raise


def _range(origin: int, fd: int, offset: int, length: int) -> int:
    try:
        moved = os.copy_file_range(origin, fd, length, offset, offset)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP):
            raise
        data = os.pread(origin, min(length, len(ZEROS)), offset)
        os.pwrite(fd, data, offset)
        moved = len(data)
    if not moved:
        raise OSError(errno.EIO, "the file became shorter while it was being copied")
    return moved


def rename_beside(old: str, new: str) -> None:
    """As os.rename, but FileExistsError if there is a `new`: in one step, so that nobody ever sees both."""
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        _link_and_unlink(old, new)
    elif call(AT_FDCWD, os.fsencode(old), AT_FDCWD, os.fsencode(new), RENAME_NOREPLACE):
        error = ctypes.get_errno()
        if error not in (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP):
            raise OSError(error, os.strerror(error), old, None, new)
        _link_and_unlink(old, new)  # a network file system


def _link_and_unlink(old: str, new: str) -> None:
    try:
        os.link(old, new, follow_symlinks=False)
    except PermissionError:  # no hard links on this file system
        if os.path.lexists(new):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), new) from None
        os.rename(old, new)
    else:
        os.unlink(old)


def current_umask() -> int:
    """The permission bits that new files do not get. Asked without changing it: other threads write."""
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("Umask:"):
                return int(line.split()[1], 8)
    return 0o777  # not told: set the mode of every file


def is_open_for_writing(path: str) -> bool:
    """Asked by a read lease, fcntl(2): the kernel refuses one while anybody has the file open to write."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


def flush(files: list[str], root: str) -> None:
    """Force these files and their folders to disk."""
    if len(files) > FEW:
        fd = os.open(root, os.O_RDONLY)
        try:
            if ctypes.CDLL(None, use_errno=True).syncfs(fd):
                raise OSError(ctypes.get_errno(), "syncfs failed")
        finally:
            os.close(fd)
        return
    for path in {*files, *(os.path.dirname(file) for file in files)}:
        try:
            fd = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            continue  # moved on since: whoever moved it answers for it
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

