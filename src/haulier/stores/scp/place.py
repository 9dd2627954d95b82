"""Where files are on a server, and what is in its folders."""
from __future__ import annotations

import stat as modes
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from ...model.errors import Denied, HaulierError, Invalid, IsFolder, NotFound, Unsupported
from ...model.files import Entry, is_temporary
from ...model.names import checked, joined
from .line import BLOCK, Line
from .trouble import error_for

FOLDERS = 32
"""Folders that one command lists."""


class Place:
    """One folder of a server and everything below it. Its names never begin with a dash."""

    def __init__(self, root: str) -> None:
        root = root.removeprefix("~/") if root != "~" else ""
        self.root = root.rstrip("/") or ("/" if root.startswith("/") else ".")
        if not self.root.startswith(("/", "./")) and self.root != ".":
            self.root = f"./{self.root}"
        self._prefix = self.root.rstrip("/") + "/"

    def at(self, path: str) -> bytes:
        """The server's name for `path`; '' is the root."""
        try:
            return (self._prefix + checked(path) if path else self.root).encode()
        except UnicodeEncodeError as error:
            raise Invalid(f"not a usable file name: {path!r} (not Unicode)") from error

    def of(self, name: bytes) -> str:
        """The path for a server's name; Invalid if it has none."""
        try:
            return checked(name[len(self._prefix.encode()):].decode())
        except UnicodeDecodeError as error:
            path = name[len(self._prefix.encode()):].decode(errors="backslashreplace")
            raise Invalid(f"{path}: the name is not UTF-8") from error


def folder_of(name: bytes) -> bytes:
    return name.rpartition(b"/")[0] or b"/"


def entry_of(path: str, facts: bytes) -> Entry:
    """The entry for what `stat` printed; NotFound or IsFolder if it is no file."""
    try:
        mode, size, modified = facts.split()
        bits = int(mode, 16)
        entry = Entry(path, int(size), int(modified) * 10**9, mode=bits & 0o777)
    except ValueError:
        raise error_for(path, facts) from None
    if modes.S_ISDIR(bits):
        raise IsFolder(f"{path}: this is a folder")
    if not modes.S_ISREG(bits):
        raise NotFound(f"{path}: this is no regular file")
    return entry


@dataclass(slots=True)
class _Way:
    """What a walk looks for, and what it has come by that is no file."""

    prefix: str
    drafts: bool = False    # looks for these, and for nothing else
    folders: deque[str] = field(default_factory=deque)
    linked: list[str] = field(default_factory=list)     # folders that links lead to


def walk(line: Line, place: Place, prefix: str, *, deep: bool, drafts: bool = False) -> Iterator[Entry]:
    """The files in folder `prefix` (or instead the `drafts`), folder by folder; links come after some folders."""
    way = _Way(prefix, drafts, deque([prefix]))
    while way.folders:
        yield from _files(line, place, [way.folders.popleft() for _ in range(min(FOLDERS, len(way.folders)))], way)
        if not deep:
            return
        for path in way.linked:
            yield Entry(path, 0, fault=Unsupported(f"{path}: a link to a folder, which SCP does not follow; exclude "
                                                   "it, or name the folder it leads to in a job of its own"))
        way.linked.clear()


def folders(line: Line, place: Place, prefix: str) -> list[str]:
    """The folders in folder `prefix`, and the links to some; NotFound if there is no such folder."""
    named = prefix or place.root
    try:
        line.ask("about", place.at(prefix))
        entry_of(named, line.answer(named))
    except IsFolder:
        way = _Way(prefix)
        for _ in _files(line, place, [prefix], way):
            pass
        return [*way.folders, *way.linked]
    except NotFound:
        pass
    raise NotFound(f"{named}: no such folder on {line.place}")


def _files(line: Line, place: Place, folders: list[str], way: _Way) -> Iterator[Entry]:
    line.ask("list", *map(place.at, folders))
    links: list[str] = []
    for record in _records(line):
        yield from _listed(place, record, links, way)
    for said in line.verdict(way.prefix).splitlines():
        if not said.endswith(b": No such file or directory"):   # else it was removed in between
            raise error_for(way.prefix or place.root, said)
    for path in links:
        line.ask("about", place.at(path))
    for path in links:
        yield from _linked(line, path, way)


def _records(line: Line) -> Iterator[bytes]:
    """No path has two slashes in a row: so they can end a record, whatever is in the names."""
    rest = b""
    for chunk in line.chunks():
        *records, rest = (rest + chunk).split(b"//\n")
        yield from records
        if len(rest) > BLOCK:
            raise error_for("", rest[:200])


def _listed(place: Place, record: bytes, links: list[str], way: _Way) -> Iterator[Entry]:
    mode, size, modified, name = record.split(b" ", 3)
    folder, _, base = name.rpartition(b"/./")
    if mode == b"!":
        yield _closed(place, name.removesuffix(b"/."), way.prefix)
        return
    try:
        path = joined(place.of(folder) if folder != place.at("") else "", base.decode())
        checked(path)
    except (HaulierError, UnicodeDecodeError):
        path = (folder + b"/" + base)[len(place.at("")):].lstrip(b"/").decode(errors="backslashreplace")
        if not way.drafts:
            yield Entry(path, 0, fault=Invalid(f"{path}: the name is not UTF-8"))
        return
    kind = modes.S_IFMT(int(mode, 16))
    if kind == modes.S_IFDIR:
        way.folders.append(path)
    elif kind == modes.S_IFLNK and not way.drafts:
        links.append(path)
    elif kind == modes.S_IFREG and is_temporary(path) is way.drafts:
        yield entry_of(path, b" ".join((mode, size, modified)))


def _closed(place: Place, name: bytes, prefix: str) -> Entry:
    path = "" if name == place.at("") else place.of(name)
    fault = Denied(f"{path or place.root}: permission denied by the server")
    if path == prefix:
        raise fault
    return Entry(path, 0, fault=fault)


def _linked(line: Line, path: str, way: _Way) -> Iterator[Entry]:
    """What a symbolic link leads to: a file, or a fault."""
    try:
        entry = entry_of(path, line.answer(path))
        if not is_temporary(path):
            yield entry
    except IsFolder:
        way.linked.append(path)
    except NotFound:
        yield Entry(path, 0, fault=NotFound(f"{path}: a link that leads nowhere, or in a circle"))
    except HaulierError as error:
        if line.dead:
            raise
        yield Entry(path, 0, fault=error)
