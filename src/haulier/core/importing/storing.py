"""Batches of payments are stored some thousand rows at a time: the pages of their indexes are then written once."""
from __future__ import annotations

from ...model.intake import NOUGHT, Counts, Intake
from ...model.match import Match
from ...model.record import Mark, Reject
from ...ports import ImportBook, Progress
from .passing import Ready

AT_ONCE = 8000


class Steps:
    """What of a file is not stored yet. Nobody is told of it before all is, so no more is lost with a process."""

    def __init__(self, book: ImportBook, intake: Intake) -> None:
        self._book, self._intake = book, intake
        self._mark: Mark | None = None
        self._counts: Counts = NOUGHT
        self._clear()

    def add(self, ready: Ready, bookings: list[tuple[int, str, Match]]) -> None:
        """One batch more; all is stored when it is enough."""
        self._mark, self._counts = ready.batch.after, self._counts.plus(ready.counts)
        self._rejects += ready.rejects
        self._keys += ready.marks
        self._bookings += bookings
        if self._counts.rows >= AT_ONCE:
            self.store()

    def store(self) -> None:
        """All that was added."""
        if self._mark:
            self._book.advance(self._intake.id, Progress(
                self._mark, self._counts, self._rejects, self._keys, self._bookings, self._intake.tries))
            self._clear()

    def _clear(self) -> None:
        self._mark, self._counts = None, NOUGHT
        self._rejects: list[Reject] = []
        self._keys: list[bytes] = []
        self._bookings: list[tuple[int, str, Match]] = []
