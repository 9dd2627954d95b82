"""Rows that an API only ever fails at: they are no good if it answers for others; if it does not, it is away."""
from __future__ import annotations

import threading

from ..model.errors import Unavailable
from ..model.record import Fault


class Failing(Unavailable):
    """The API is there, and fails at what it is asked. `fault`: what is wrong with the row, if it is the row."""

    def __init__(self, message: str, fault: Fault) -> None:
        super().__init__(message)
        self.fault = fault


class Doubts:
    """Used by many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[str, Failing] = {}
        self._proved: dict[str, Fault] = {}

    def clear(self) -> None:
        """Nothing is known."""
        with self._lock:
            self._open, self._proved = {}, {}

    def add(self, key: str, error: Failing) -> None:
        """The row was asked for as long as may be. The error if so was another, and nothing was heard meanwhile."""
        with self._lock:
            if self._open:
                raise error
            self._open[key] = error

    def heard(self) -> None:
        """The API has answered for another row."""
        if self._open:
            with self._lock:
                for key, error in self._open.items():
                    self.prove(key, error)
                self._open.clear()

    def prove(self, key: str, error: Failing) -> None:
        """It is the row."""
        self._proved[key] = error.fault._replace(reason=f"{error.fault.reason} each time, and takes other rows")

    def faults(self) -> dict[str, Fault]:
        """What was proved of rows, by key; raises the error of one that is in doubt still."""
        for error in self._open.values():
            raise error
        return self._proved
