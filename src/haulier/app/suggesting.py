"""What reads the files of a place: found out by the beginning of one of them."""
from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from itertools import islice

from ..api.hub import Suggested
from ..core.select import matcher
from ..core.steps import released, through
from ..model.errors import Invalid, NotFound
from ..model.files import Entry, Part
from ..ports import Store
from ..settings import registry
from ..settings.spec import Env
from .importing import HEAD, formats

LOOKS = 10_000
"""Files of a folder of which the newest is looked for."""


def suggested_at(store: Store, path: str, pattern: str, env: Env) -> Suggested:
    """What reads a file, packed or not; of a folder, the newest whose name matches. Only its beginning is read."""
    entry = _newest(store, path, pattern)
    steps = [registry.step("decompress")().build(env)]
    with closing(store.read(entry.path)) as body:
        for part in through(Part(entry.path, body, entry.size, entry.modified), steps):
            with released(part):
                return Suggested(entry.path, formats(part.name, _head(part.body)))
    raise NotFound(f"{entry.path}: there is nothing in it")


def _newest(store: Store, path: str, pattern: str) -> Entry:
    try:
        return store.stat(path)
    except (NotFound, Invalid):
        matches = matcher((pattern or "*",))
        files = (one for one in islice(store.scan(path), LOOKS) if matches(one.path))
        found = max(files, key=lambda one: one.modified or 0, default=None)
    if found is None:
        raise NotFound(f"{path or 'the source'}: no file is there" + (f" that matches {pattern}" if pattern else ""))
    return found


def _head(body: Iterable[bytes]) -> bytes:
    found = bytearray()
    for chunk in body:
        found += chunk
        if len(found) >= HEAD:
            break
    return bytes(found[:HEAD])
