"""Writing one file whole: for callers that need no journey."""
from __future__ import annotations

import secrets
from collections.abc import Iterable

from ..model.files import Draft, Entry, temporary
from ..ports import Store


def put(store: Store, path: str, body: Iterable[bytes], *, replace: bool = True,
        modified: int | None = None, mode: int | None = None, mark: str = "") -> Entry:
    """Write `body` to `path`, whole or not at all. `mark`: the same in every try, so that what one that died left there
    is written over."""
    draft = Draft(path, temporary(path, mark or secrets.token_hex(4)), replace=replace, modified=modified, mode=mode)
    try:
        for safe in store.write(draft, body):
            draft = safe
        return store.publish(draft)
    except BaseException:
        store.discard(draft)
        raise
