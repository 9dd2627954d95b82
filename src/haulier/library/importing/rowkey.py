"""The key of the row that a function is called for, known to whatever it calls."""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from hashlib import blake2b

from ...model.files import go_on


@dataclass(slots=True)
class Telling:
    """One row that somebody is being told of."""

    key: str
    check: Callable[[], None] = go_on
    """Raises Stopped when the work is to end: called by what waits."""
    _asked: Counter[str] = field(default_factory=Counter)

    def next(self, what: str) -> str:
        """A key for one request about it: the same in every try, and another for every other request."""
        self._asked[what] += 1
        count = self._asked[what]
        return f"{self.key}-{blake2b(what.encode(), digest_size=4).hexdigest()}{f'-{count}' if count > 1 else ''}"


current: ContextVar[Telling | None] = ContextVar("haulier_row", default=None)


def idempotency_key() -> str:
    """The key of the row that this is called for: the same in every try, and no other row's. "" outside of one."""
    telling = current.get()
    return telling.key if telling else ""
