"""When the memory itself does not answer: told apart from stores that do not, and said once."""
from __future__ import annotations

import logging
import threading
import time
from typing import Any, TypeVar, cast

from ..model.errors import Busy, Corrupt, Denied, NoSpace, Transient

log = logging.getLogger("haulier.engine")
CALM = 10.0
"""Seconds without trouble after which it is over."""
T = TypeVar("T")


class Unstored(Exception):
    """The ledger did not answer, so nobody knows what it has; what it says when it does is to be gone on from."""


def apart(books: T) -> T:
    """A ledger or an agenda whose own trouble is Unstored, which no store raises. Busy from start() is about a flow."""
    return cast(T, _Apart(books))


class _Apart:
    def __init__(self, books: object) -> None:
        self._books = books

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._books, name)

        def call(*arguments: object, **named: object) -> object:
            try:
                return method(*arguments, **named)
            except (Transient, NoSpace, Denied, Corrupt) as error:
                if isinstance(error, Busy) and name == "start":
                    raise
                raise Unstored(str(error)) from error

        return call


class Trouble:
    """What hinders everything is said when it begins and when it is over, once, and not at every try between."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: float | None = None

    def say(self, error: Exception) -> None:
        """It hinders now."""
        with self._lock:
            begins, self._last = self._last is None, time.monotonic()
        if begins:
            log.warning("%s; everything goes on when that is over", error)

    def may_be_over(self) -> None:
        """Something worked."""
        with self._lock:
            is_over = self._last is not None and time.monotonic() - self._last >= CALM
            if is_over:
                self._last = None
        if is_over:
            log.warning("what was wrong is over; everything goes on")
