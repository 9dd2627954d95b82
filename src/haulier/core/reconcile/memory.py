"""What is known from the files before this one."""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from ...model.match import Match
from ...ports.importbook import ImportBook


class Memory(Protocol):
    """Payments of earlier files, and what they were for."""

    def allocated(self, items: Sequence[str]) -> Mapping[str, Decimal]:
        """How much of earlier payments each of these items has; items without any may be missing."""
        ...

    def earlier(self, identities: Sequence[str], references: Sequence[str]) -> Iterable[Match]:
        """Earlier payments with one of these identities or references, as they stand in the file."""
        ...


class NoMemory:
    """There was no file before."""

    def allocated(self, items: Sequence[str]) -> Mapping[str, Decimal]:
        return {}

    def earlier(self, identities: Sequence[str], references: Sequence[str]) -> Iterable[Match]:
        return ()


class BookMemory:
    """What the ledger knows of one flow, without the intake that is under way."""

    def __init__(self, book: ImportBook, flow: str, intake: int = 0) -> None:
        self._book, self._flow, self._intake = book, flow, intake

    def allocated(self, items: Sequence[str]) -> Mapping[str, Decimal]:
        return self._book.allocated(self._flow, items, self._intake)

    def earlier(self, identities: Sequence[str], references: Sequence[str]) -> Iterable[Match]:
        return [booking.match for booking in self._book.earlier(self._flow, identities, references, self._intake)]
