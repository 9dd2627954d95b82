"""Walking the folders of a server: several are asked for at a time, one after the other is told."""
from __future__ import annotations

import stat as modes
from collections import deque
from collections.abc import Iterator

from ...model.errors import HaulierError, Invalid, NotFound
from ...model.files import Entry, is_temporary
from ...model.names import checked, joined, split
from . import packet
from .place import Place, entry_of
from .status import EOF, NO_SUCH_FILE, OK, check, code_of, error_for
from .wire import Wire

FOLDERS = 16
"""Folders that are asked for before their turn."""
PAGES = 16
"""Pages of one folder that are asked for at a time, once it proves to be long."""


def walk(wire: Wire, place: Place, prefix: str, *, deep: bool, drafts: bool = False) -> Iterator[Entry]:
    """The files in folder `prefix` (or instead the `drafts`), lazily; memory does not grow with their number."""
    todo, ahead, links = deque([prefix]), deque[_Folder](), _Links(wire, place)
    while todo or ahead:
        while todo and len(ahead) < FOLDERS:
            ahead.append(_Folder(wire, place, todo.popleft(), drafts=drafts))
        for folder in list(ahead)[:FOLDERS // 2]:
            folder.begin()
        folder = ahead.popleft()
        try:
            yield from folder.files(todo if deep else None, links.found if deep else None)
            yield from links.followed(todo)
        except HaulierError as error:
            if wire.dead or folder.path == prefix:
                raise
            yield Entry(folder.path, 0, fault=error)
    wire.settle()


def folders(wire: Wire, place: Place, prefix: str) -> list[str]:
    """The folders in folder `prefix`, and the links to some; NotFound if there is no such folder."""
    found, linked = deque[str](), deque[str]()
    folder = _Folder(wire, place, prefix)
    for _ in folder.files(found, linked):
        pass
    wire.settle()
    if folder.is_missing:
        raise NotFound(f"{prefix or place.root}: no such folder on {wire.place}")
    return [*found, *linked]


class _Links:
    """Symbolic links to folders: followed, unless that leads in a circle."""

    def __init__(self, wire: Wire, place: Place) -> None:
        self._wire, self._place = wire, place
        self.found: deque[str] = deque()
        self._crossed: dict[str, tuple[bytes, ...]] = {}    # by link: real paths come through on the way to it

    def followed(self, folders: deque[str]) -> Iterator[Entry]:
        """The links found last go to `folders`; those that lead back to a folder above them are faults."""
        while self.found:
            link = self.found.popleft()
            above, _ = split(link)
            way, goal = (*self._way(above), self._real(above)), self._real(link)
            if any(at == goal or at.startswith(goal.rstrip(b"/") + b"/") for at in way):
                yield Entry(link, 0, fault=Invalid(f"{link}: symbolic link that leads back to a folder above it"))
            else:
                self._crossed[link] = (*way, goal)
                folders.append(link)

    def _way(self, folder: str) -> tuple[bytes, ...]:
        while folder and folder not in self._crossed:
            folder, _ = split(folder)
        return self._crossed.get(folder, ())

    def _real(self, path: str) -> bytes:
        kind, body = reply = self._wire.call(packet.about(packet.REALPATH, self._place.at(path)))
        if kind != packet.NAME:
            raise error_for(path or self._place.root, reply, "follow")
        return next(packet.names(body))[0]


class _Folder:
    def __init__(self, wire: Wire, place: Place, path: str, *, drafts: bool = False) -> None:
        self.path = path
        self.is_missing = False
        self._wire, self._place, self._drafts = wire, place, drafts
        self._opening: int | None = wire.post(packet.about(packet.OPENDIR, place.at(path)))
        self._handle = b""
        self._error: HaulierError | None = None
        self._pages: deque[int] = deque()

    def begin(self) -> None:
        """Ask for the first pages, as soon as the folder is open."""
        if self._opening is None:
            return
        reply = self._wire.wait(self._opening)
        self._opening = None
        self.is_missing = code_of(reply) == NO_SUCH_FILE
        if code_of(reply) not in (OK, NO_SUCH_FILE):
            self._error = error_for(self.path or self._place.root, reply, "list")
        elif code_of(reply) == OK:
            self._handle, _ = packet.string(reply[1])
            self._ask(2)

    def _ask(self, count: int) -> None:
        while len(self._pages) < count:
            self._pages.append(self._wire.post(packet.about(packet.READDIR, self._handle)))

    def files(self, folders: deque[str] | None, linked: deque[str] | None = None) -> Iterator[Entry]:
        """Its files; the folders in it go to `folders`, links to some to `linked`."""
        self.begin()
        if self._error:
            raise self._error
        count = 2
        while self._pages:
            reply = self._wire.wait(self._pages.popleft())
            if code_of(reply) != OK:
                self._done()
                if code_of(reply) != EOF:
                    check(self.path or self._place.root, reply, "list")
                return
            self._ask(count := min(PAGES, count * 2))
            yield from self._page(reply[1], folders, linked)

    def _done(self) -> None:
        self._wire.forget(self._pages)
        self._pages.clear()
        self._wire.cast(packet.closing(self._handle))

    def _page(self, body: bytes, folders: deque[str] | None, linked: deque[str] | None) -> Iterator[Entry]:
        links: list[tuple[str, int]] = []
        for name, attrs in packet.names(body):
            if name in (b".", b".."):
                continue
            path, fault = self._named(name)
            kind = modes.S_IFMT(attrs.mode or modes.S_IFREG)
            if fault:
                if not self._drafts:
                    yield Entry(path, 0, fault=fault)
            elif kind == modes.S_IFREG and is_temporary(path) is self._drafts:
                yield entry_of(path, attrs)
            elif kind == modes.S_IFDIR and folders is not None:
                folders.append(path)
            elif kind == modes.S_IFLNK and not self._drafts:
                links.append((path, self._wire.post(packet.about(packet.STAT, self._place.at(path)))))
        for path, number in links:
            yield from self._linked(path, number, linked)

    def _named(self, name: bytes) -> tuple[str, HaulierError | None]:
        try:
            text = name.decode()
            if "/" not in text:
                return checked(joined(self.path, text)), None
            reason = "a name with '/' in it"
        except UnicodeDecodeError:
            reason = "the name is not UTF-8"
        except Invalid:
            reason = "no usable name"
        path = joined(self.path, name.decode(errors="backslashreplace"))
        return path, Invalid(f"{path}: {reason}")

    def _linked(self, path: str, number: int, folders: deque[str] | None) -> Iterator[Entry]:
        """What a symbolic link leads to: a file, nothing of interest, or a fault."""
        reply = self._wire.wait(number)
        if code_of(reply) == NO_SUCH_FILE:
            yield Entry(path, 0, fault=NotFound(f"{path}: a link that leads nowhere, or in a circle"))
        elif code_of(reply) != OK:
            yield Entry(path, 0, fault=error_for(path, reply, "follow"))
        else:
            attrs = packet.attrs(reply[1])[0]
            kind = modes.S_IFMT(attrs.mode or modes.S_IFREG)
            if kind == modes.S_IFREG and not is_temporary(path):
                yield entry_of(path, attrs)
            elif kind == modes.S_IFDIR and folders is not None:
                folders.append(path)
