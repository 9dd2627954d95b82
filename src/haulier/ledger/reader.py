"""The reader: questions that people ask of the past, every method of the port as one look."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..model.event import Event
from ..model.query import Bucket, FlowFacts, Pace, Page, RunQuery, TransferQuery
from ..model.run import Run, Transfer
from ..ports import Reader
from . import figures, listing, reading, story
from .database import Database
from .searching import Search

AT_ONCE = 1000
ALL_FOUND = 1 << 30
"""More than a search for a text ever finds."""


class SqlReader(Reader):
    """May be used by many threads, but by no child of a fork."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._dialect = database.dialect

    def runs(self, query: RunQuery) -> Page[Run]:
        with self._database.read() as conn:
            return listing.runs_page(conn, query)

    def transfers(self, query: TransferQuery) -> Page[Transfer]:
        with self._database.read() as conn:
            return Search(conn, self._dialect, query).page()

    def each_transfer(self, query: TransferQuery) -> Iterator[Transfer]:
        asked = replace(query, sort="-created", offset=0, limit=ALL_FOUND if query.search else AT_ONCE)
        numbers = self._numbers(asked)
        while numbers:
            for at in range(0, len(numbers), AT_ONCE):
                with self._database.read() as conn:
                    found = Search(conn, self._dialect, asked).those(numbers[at:at + AT_ONCE])
                yield from found
            numbers = [] if query.search else self._numbers(replace(asked, below=numbers[-1]))

    def _numbers(self, query: TransferQuery) -> list[int]:
        with self._database.read() as conn:
            return Search(conn, self._dialect, query).numbers()

    def transfer(self, id: int) -> Transfer:
        with self._database.read() as conn:
            return reading.one(conn, id)

    def events(self, after: int, *, limit: int = 1000, run: int = 0, newest: bool = False) -> Sequence[Event]:
        with self._database.read() as conn:
            if newest:
                return story.latest(conn, after, limit, run)
            return story.following(conn, self._dialect, after, limit, run)

    def buckets(self, since: int, until: int, step: int) -> Sequence[Bucket]:
        with self._database.read() as conn:
            return figures.buckets(conn, self._dialect, since, until, step)

    def paces(self, since: int, until: int) -> Sequence[Pace]:
        with self._database.read() as conn:
            return figures.paces(conn, self._dialect, since, until)

    def flows(self) -> Sequence[FlowFacts]:
        with self._database.read() as conn:
            return figures.flows(conn, self._dialect)
