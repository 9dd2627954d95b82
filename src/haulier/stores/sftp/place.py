"""Where files are on a server: names, folders that are there, and reasons for failures."""
from __future__ import annotations

import stat as modes
from collections.abc import Iterable

from ...model.errors import Denied, HaulierError, Invalid, IsFolder, NoSpace, NotFound
from ...model.files import Entry
from ...model.names import split
from . import packet
from .packet import Ask, Attrs, Reply
from .status import FAILURE, NO_SUCH_FILE, OK, PERMISSION_DENIED, code_of, error_for
from .wire import Exchange

MANY_FOLDERS = 100_000
SCARCE = 1 << 20
"""Bytes left on a file system below which a failed write is blamed on them."""


class Place:
    """One folder of a server and everything below it. Used by many threads."""

    def __init__(self, root: str) -> None:
        root = root.removeprefix("~/") if root != "~" else ""
        self.root = root.rstrip("/") or ("/" if root.startswith("/") else "")
        self.extensions: frozenset[str] = frozenset()
        self._prefix = self.root.rstrip("/") + "/" if self.root else ""
        self._folders: set[bytes] = set()

    def at(self, path: str) -> bytes:
        """The server's name for `path`; '' is the root."""
        try:
            return (self._prefix + path if path else self.root or ".").encode()
        except UnicodeEncodeError as error:
            raise Invalid(f"not a usable file name: {path!r} (not Unicode)") from error

    def in_folder(self, path: str, asks: list[Ask]) -> Exchange[list[Reply]]:
        """The replies to `asks`, after making the folder of `path` if it is not known to be there.

        The first reply tells whether it was there.
        """
        folders = self._above(path)
        unknown = [] if not folders or folders[-1] in self._folders else [
            folder for folder in folders if folder not in self._folders]
        self._know(unknown)
        made = yield [*map(packet.making, unknown), *asks]
        if code_of(made[len(unknown)]) == NO_SUCH_FILE and len(unknown) < len(folders):
            unknown = folders               # somebody removed what was there
            made = yield [*map(packet.making, unknown), *asks]
        replies = made[len(unknown):]
        if code_of(replies[0]) == NO_SUCH_FILE:
            self._folders.difference_update(folders)
            if any(code_of(reply) == PERMISSION_DENIED for reply in made[:len(unknown)]):
                raise Denied(f"{path}: its folder cannot be made: permission denied by the server")
        return replies

    def _above(self, path: str) -> list[bytes]:
        """The folders that `path` is in, outermost first, with those of the root."""
        pieces = self.at(split(path)[0]).split(b"/")
        return [b"/".join(pieces[:count]) for count in range(1, len(pieces) + 1)
                if pieces[count - 1] not in (b"", b".")]

    def _know(self, folders: Iterable[bytes]) -> None:
        # Known as soon as asked for: those after us on this connection need not ask again.
        if len(self._folders) > MANY_FOLDERS:
            self._folders.clear()
        self._folders.update(folders)

    def why(self, path: str, reply: Reply, doing: str) -> Exchange[HaulierError]:
        """The error for a reply; where the server only says "failure", a guess with evidence."""
        if code_of(reply) != FAILURE:
            return error_for(path, reply, doing)
        remote = self.at(path)
        asks = [packet.about(packet.STAT, remote)]
        if "statvfs@openssh.com" in self.extensions:
            asks.append(packet.extended("statvfs@openssh.com", remote.rpartition(b"/")[0] or b"."))
        there, *spaces = yield asks
        if code_of(there) == OK and modes.S_ISDIR(packet.attrs(there[1])[0].mode or 0):
            return IsFolder(f"{path}: there is a folder with this name")
        for kind, body in spaces:
            if kind == packet.EXTENDED_REPLY:
                space = packet.space(body)
                if space.read_only:
                    return Denied(f"{path}: the file system on the server is read-only")
                if space.bytes < SCARCE or space.files == 0:
                    return NoSpace(f"{path}: no space left on the server")
        return error_for(path, reply, doing)


def entry_in(path: str, reply: Reply) -> Entry:
    """The entry for a file with the attributes in an ATTRS reply."""
    return entry_of(path, packet.attrs(reply[1])[0])


def entry_of(path: str, attrs: Attrs) -> Entry:
    """The entry for a file with these attributes; NotFound or IsFolder if it is something else."""
    if attrs.mode is not None and modes.S_IFMT(attrs.mode) not in (modes.S_IFREG, 0):
        if modes.S_ISDIR(attrs.mode):
            raise IsFolder(f"{path}: this is a folder")
        raise NotFound(f"{path}: this is no regular file")
    return Entry(path, attrs.size or 0, None if attrs.mtime is None else attrs.mtime * 10**9,
                 mode=None if attrs.mode is None else attrs.mode & 0o777)
