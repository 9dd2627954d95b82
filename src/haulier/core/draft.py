"""Writing one file whole: for callers that need no journey."""
from __future__ import annotations

import secrets
from collections.abc import Iterable

from ..model.files import Draft, Entry, temporary
from ..ports import Store


def put(store: Store, path: str, body: Iterable[bytes], *, replace: bool = True,
        modified: int | None = None, mode: int | None = None) -> Entry:
    """Write `body` to `path`, whole or not at all."""
    draft = Draft(path, temporary(path, secrets.token_hex(4)), replace=replace, modified=modified, mode=mode)
    try:
        for safe in store.write(draft, body):
            draft = safe
        return store.publish(draft)
    except BaseException:
        store.discard(draft)
        raise
