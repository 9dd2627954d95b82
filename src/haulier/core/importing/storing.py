"""Batches of payments are stored some thousand rows at a time, and the keys of all rows in order when all are there:
the pages of indexes are then written once."""
from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...model.intake import NOUGHT, Counts, Intake
from ...model.match import Match
from ...model.record import START, Mark, Reject
from ...ports import ImportBook, Progress
from .keys import SIZE
from .passing import Ready

AT_ONCE = 8000
KEYS_AT_ONCE = 100_000


class Steps:
    """What of a file is not stored yet. Nobody is told of it before all is, so no more is lost with a process."""

    def __init__(self, book: ImportBook, intake: Intake) -> None:
        self._book, self._intake = book, intake
        self._mark: Mark = START
        self._counts: Counts = NOUGHT
        # By their first byte, and not as objects, which are four times as large: a file may have a million of them.
        self._keys = [bytearray() for _ in range(256)]
        self._clear()

    def add(self, ready: Ready, bookings: list[tuple[int, str, Match]]) -> None:
        """One batch more; all is stored when it is enough."""
        self._mark, self._counts = ready.batch.after, self._counts.plus(ready.counts)
        self._rejects += ready.rejects
        for key in ready.marks:
            self._keys[key[0]] += key
        self._bookings += bookings
        self._is_empty = False
        if self._counts.rows >= AT_ONCE:
            self._step()

    def store(self) -> None:
        """All that was added, but for keys."""
        if not self._is_empty:
            self._step()

    def finish(self) -> None:
        """All that was added: there is no more."""
        self.store()
        for keys in parts(self._keys):
            self._book.advance(self._intake.id, Progress(self._mark, NOUGHT, keys=keys, tries=self._intake.tries))

    def _step(self) -> None:
        self._book.advance(self._intake.id, Progress(
            self._mark, self._counts, self._rejects, (), self._bookings, self._intake.tries))
        self._clear()

    def _clear(self) -> None:
        self._counts = NOUGHT
        self._rejects: list[Reject] = []
        self._bookings: list[tuple[int, str, Match]] = []
        self._is_empty = True


def parts(buckets: Iterable[bytearray]) -> Iterator[list[bytes]]:
    """All keys in order, so many at a time."""
    found: list[bytes] = []
    for some in buckets:
        found += sorted(bytes(some[at:at + SIZE]) for at in range(0, len(some), SIZE))
        if len(found) >= KEYS_AT_ONCE:
            yield found
            found = []
    if found:
        yield found
