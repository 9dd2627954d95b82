"""Notices of a file: all are counted, the first of each kind are told."""
from __future__ import annotations

from collections import Counter

from ..model.record import Notice

TOLD = 20


class Notices:
    """Keeps what is to be told until it is taken."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._new: list[Notice] = []

    def add(self, code: str, text: str, line: int = 0) -> None:
        """One more of that kind."""
        self.counts[code] += 1
        if self.counts[code] <= TOLD:
            self._new.append(Notice(code, text, line))

    def take(self) -> list[Notice]:
        """Those that were not taken yet."""
        new, self._new = self._new, []
        return new
