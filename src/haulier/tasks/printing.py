"""What functions print: into the log of their task, while other threads print where they always did."""
from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TextIO

_log: ContextVar[TextIO | None] = ContextVar("log of a task", default=None)
_lock = threading.Lock()
_users = 0


class _Shared:
    """Stands for sys.stdout or sys.stderr: everything is asked of the log of this thread's task, if it has one."""

    def __init__(self, under: TextIO) -> None:
        self.under = under

    def __getattr__(self, name: str) -> Any:
        return getattr(_log.get() or self.under, name)


@contextmanager
def printed(path: Path) -> Iterator[Callable[[], None]]:
    """A function that makes the thread that calls it print to the end of this file, until the block is left."""
    with open(path, "a", buffering=1, encoding="utf-8", errors="backslashreplace") as log:
        _enter()
        try:
            yield lambda: (_log.set(log), None)[1]
        finally:
            _leave()


def _enter() -> None:
    global _users
    with _lock:
        _users += 1
        for name in ("stdout", "stderr"):
            if not isinstance(getattr(sys, name), _Shared):
                setattr(sys, name, _Shared(getattr(sys, name)))


def _leave() -> None:
    global _users
    with _lock:
        _users -= 1
        for name in ("stdout", "stderr"):
            shared = getattr(sys, name)
            if not _users and isinstance(shared, _Shared):
                setattr(sys, name, shared.under)
