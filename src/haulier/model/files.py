"""What a file is to this program: listed, being read, on its way through steps, being written."""
from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Flag, auto
from typing import Any, NamedTuple, TypeAlias

from .errors import HaulierError

Stream: TypeAlias = Generator[bytes, None, None]
"""Bytes being read, in chunks of at most 1 MiB. Closing it releases what is behind it."""

SMALL = 256 * 1024
"""Files up to this size, in bytes, travel whole, many at a time."""


class Cap(Flag):
    """What a store does natively, beyond the required methods."""

    NONE = 0
    ATOMIC = auto()  # publish() needs no temporary name: an unpublished draft is never listed
    RESUME = auto()  # write() goes on from `draft.offset`, also in another process
    RANGE = auto()   # read(start, end) transfers only that range
    MOVE = auto()    # move() without moving bytes through us
    COPY = auto()    # copy() without moving bytes through us
    DIGEST = auto()  # digests() by the store itself; read back if an account turns out not to be able to
    PULL = auto()    # pull() takes a file straight from a store of the same kind
    MANY = auto()    # read_many/write_many/publish_many are pipelined
    MTIME = auto()   # keeps the modification time given in the draft
    MODE = auto()    # keeps the permission bits given in the draft
    CHECKED = auto() # the store itself compared what arrived with our checksum of it
    NEAR = auto()    # on this machine: reading twice costs next to nothing


class Entry(NamedTuple):
    """One file as a store lists it. `modified` is in nanoseconds since the epoch, UTC."""

    path: str
    size: int
    modified: int | None = None
    tag: str | None = None                # ETag or version: changes when the content changes
    mode: int | None = None               # permission bits
    fault: HaulierError | None = None     # listed, but not usable, and why

    def is_same_as(self, other: Entry) -> bool:
        """Whether nothing says that the content differs: size, time and tag are equal."""
        return (self.size == other.size and self.modified == other.modified
                and self.tag == other.tag)


class Draft(NamedTuple):
    """A file on its way into a store, invisible under `path` until it is published."""

    path: str
    temp: str                       # hidden name beside `path`; unused by Cap.ATOMIC stores
    size: int | None = None         # bytes in all, if known
    modified: int | None = None
    mode: int | None = None
    replace: bool = True            # False: publishing over a file raises AlreadyExists
    offset: int = 0                 # bytes that are safe in the store
    state: str = ""                 # the store's own note for going on, e.g. an upload id


class Outcome(NamedTuple):
    """What became of one of many files: an error, or data or an entry, or neither."""

    path: str
    error: HaulierError | None = None
    data: bytes = b""
    entry: Entry | None = None


def go_on() -> None:
    """Nobody asks anybody to stop."""


@dataclass(frozen=True, slots=True)
class Part:
    """A named stream of bytes on its way through steps."""

    name: str                       # path relative to the target's root, `/` between folders
    body: Iterator[bytes]
    size: int | None = None
    modified: int | None = None
    mode: int | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    stop_if_asked: Callable[[], None] = field(default=go_on, compare=False, repr=False)
    """Raises Stopped when the work is to end: a step that waits for something calls it meanwhile."""

    def to(self, *, name: str | None = None, body: Iterable[bytes] | None = None,
           size: int | None = None) -> Part:
        """The same part under another name or with another body (whose size is unknown by default)."""
        if body is None:
            return replace(self, name=name or self.name)
        return replace(self, name=name or self.name, body=iter(body), size=size)


def temporary(path: str, mark: str) -> str:
    """The hidden name beside `path` for a draft: `dir/.name.hMARK.part`, at most 255 bytes long."""
    folder, slash, name = path.rpartition("/")
    tail = f".h{mark}.part"
    room = 254 - len(tail)
    if len(name) * 4 > room and len(name.encode()) > room:
        name = name.encode()[:room].decode(errors="ignore")
    return f"{folder}{slash}.{name}{tail}"


_TEMPORARY = re.compile(r"\..+\.h[0-9a-z]+\.part", re.DOTALL)


def is_temporary(path: str) -> bool:
    """Whether `path` is a name that `temporary` makes: never listed, never moved."""
    return path.endswith(".part") and _TEMPORARY.fullmatch(path.rpartition("/")[2]) is not None
