"""Parts as files on this machine, for what cannot work on a stream."""
from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, NoReturn

from ..model.errors import Denied, HaulierError, Invalid, NoSpace, Unavailable
from ..model.files import Part
from ..model.names import checked, joined, split
from .body import CHUNK, let_go, owned
from .scratch import remove_folder

_KINDS: dict[int, type[HaulierError]] = {
    errno.ENOSPC: NoSpace, errno.EDQUOT: NoSpace, errno.EFBIG: NoSpace,
    errno.EACCES: Denied, errno.EPERM: Denied, errno.EROFS: Denied,
    errno.ENOENT: Invalid, errno.ENOTDIR: Invalid, errno.EISDIR: Invalid,
    errno.ENAMETOOLONG: Invalid, errno.ELOOP: Invalid}


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Errors of this machine's file system as ours, about the file `name`."""
    try:
        yield
    except OSError as error:
        _refuse(name, error)
    except UnicodeEncodeError as error:
        raise Invalid(f"{name!r}: this machine cannot have a file of that name") from error


def _refuse(name: str, error: OSError) -> NoReturn:
    place = f" ({os.fsdecode(error.filename)})" if error.filename else ""
    kind = _KINDS.get(error.errno or 0, Unavailable)
    hint = "; free some space, or set TMPDIR to a folder that has some" if kind is NoSpace else ""
    raise kind(f"{name}: its temporary file: {error.strerror or error}{place}{hint}") from error


class Spool:
    """A part as a file under its base name, alone in a private folder, until `remove`."""

    def __init__(self, part: Part, scratch: Path | None) -> None:
        with _closed_on_error(part):
            name = split(checked(part.name))[1]
            self.folder = _new_folder(part.name, scratch)
        self.path = self.folder / name
        try:
            self._take(part)
        except BaseException:
            self.remove()
            raise

    def _take(self, part: Part) -> None:
        with _closed_on_error(part), translated(part.name):
            file = open(self.path, "xb")  # noqa: SIM115
        fill(file, part)
        file.close()
        if part.modified is not None:
            with suppress(OSError, OverflowError):  # a courtesy to scripts, no more
                os.utime(self.path, ns=(part.modified, part.modified))

    def remove(self) -> None:
        """Delete the folder and all in it. May be called twice."""
        remove_folder(self.folder)

    def part(self, part: Part, path: Path) -> Part:
        """The file at `path` as what became of `part`; its body removes this spool at its end.

        It keeps the part's name if it is the spooled file, else it has its own in that folder.
        """
        name = part.name
        if path != self.path:
            name = checked(joined(split(part.name)[0], path.name))
        with translated(part.name):
            if not stat.S_ISREG(path.stat().st_mode):
                raise Invalid(f"{part.name}: {path} is not a regular file")
            file = open(path, "rb")  # noqa: SIM115
        return part.to(name=name, body=owned(_chunks(file, name), self.remove, file.close),
                       size=os.fstat(file.fileno()).st_size)


def spooled(part: Part, scratch: Path | None, work: Callable[[Spool], Path]) -> Iterator[Part]:
    """What became of `part`: the file that `work` says, once it has worked on the part as a file."""
    spool = Spool(part, scratch)
    try:
        out = spool.part(part, work(spool))
    except BaseException:
        spool.remove()
        raise
    yield out


def _new_folder(name: str, scratch: Path | None) -> Path:
    with translated(name):
        if scratch is not None:
            scratch.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix="haulier-", dir=scratch)).absolute()


def nameless(part: Part, scratch: Path | None) -> IO[bytes]:
    """A part's bytes as an open file without a name, at its beginning."""
    with _closed_on_error(part), translated(part.name):
        if scratch is not None:
            scratch.mkdir(parents=True, exist_ok=True)
        file = tempfile.TemporaryFile(dir=scratch)  # noqa: SIM115
    fill(file, part)
    file.seek(0)
    return file


@contextmanager
def _closed_on_error(part: Part) -> Iterator[None]:
    try:
        yield
    except BaseException:
        let_go(part.body)
        raise


def fill(file: IO[bytes], part: Part) -> None:
    """Write the part's body into `file` and close the body; on an error close the file too."""
    try:
        for chunk in part.body:
            with translated(part.name):
                file.write(chunk)
        with translated(part.name):
            file.flush()
    except BaseException:
        _close_quietly(file)
        raise
    finally:
        let_go(part.body)


def _close_quietly(file: IO[bytes]) -> None:
    with suppress(OSError):  # what it still held did not fit either
        file.close()


def _chunks(file: IO[bytes], name: str) -> Iterator[bytes]:
    while True:
        with translated(name):
            chunk = file.read(CHUNK)
        if not chunk:
            return
        yield chunk
