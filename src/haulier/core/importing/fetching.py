"""A file of a place, brought to this machine: what packed it is off, and its bytes are known by their SHA-256."""
from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from ...model.errors import Busy, NoSpace
from ...model.files import Entry, Part
from ...ports import Step, Store
from ..steps import released, through


class Fetched(NamedTuple):
    """A file that was in it: the file itself, or what an archive held."""

    path: Path
    name: str
    size: int
    digest: str


def fetched(store: Store, entry: Entry, steps: Sequence[Step], folder: Path, check: Callable[[], None]
            ) -> list[Fetched]:
    """Fetch it into a folder; Busy if it changed meanwhile."""
    found = []
    with closing(store.read(entry.path)) as body:
        for number, part in enumerate(through(Part(entry.path, body, entry.size, entry.modified), steps)):
            with released(part):
                found.append(_kept(folder / f"{number}.fetched", part, check))
    if not store.stat(entry.path).is_same_as(entry):
        raise Busy(f"{entry.path}: changed while it was being fetched")
    return [one if one.name == entry.path or len(found) == 1 else one._replace(name=f"{entry.path}!{one.name}")
            for one in found]


def _kept(path: Path, part: Part, check: Callable[[], None]) -> Fetched:
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("wb") as file:
            for chunk in _checked(part.body, check):
                digest.update(chunk)
                size += len(chunk)
                file.write(chunk)
    except OSError as error:
        raise NoSpace(f"{path.parent}: {part.name} cannot be kept there ({error.strerror})") from error
    return Fetched(path, part.name, size, digest.hexdigest())


def _checked(body: Iterator[bytes], check: Callable[[], None]) -> Iterator[bytes]:
    for chunk in body:
        check()
        yield chunk
