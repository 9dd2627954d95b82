"""Python's search for garbage, less often while millions of small things are made and thrown away in order."""
from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_OFTEN = gc.get_threshold()
_SELDOM = (100_000, 50, 50)
_lock = threading.Lock()
_users = 0


@contextmanager
def seldom() -> Iterator[None]:
    """Rows are no garbage that only a search finds: with them it takes a fifth of the time for nothing."""
    global _users
    with _lock:
        _users += 1
        gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users:
                gc.set_threshold(*_OFTEN)
