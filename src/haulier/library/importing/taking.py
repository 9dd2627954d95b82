"""One go at a binding: each file that is there is taken, remembered and put away, by one worker at a time."""
from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path

from ...core.content import FileContent
from ...core.importing.fetching import fetched
from ...core.importing.order import Duplicates, Order
from ...core.importing.round import Ground, Walk, Way
from ...core.importing.settling import After, Settling
from ...ledger.books import Books
from ...model.errors import Busy, NotFound
from ...model.files import Entry
from ...model.intake import Intake, IntakeState
from ...model.run import Seen
from ...ports import ImportBook
from ...steps.scratch import scratch
from .binding import PipelineBinding
from .calls import Line
from .guest import Guest
from .listing import ready
from .pipeline import OwnPipeline, failing
from .place import Opened
from .result import PipelineResult, take
from .sources import steps
from .turn import Turn, turn

log = logging.getLogger("haulier.imports")
FAILURES = 3
"""Files one after the other that cannot be taken: then the rest is left for the next pass."""


def own(binding: PipelineBinding) -> OwnPipeline:
    """Its pipeline as one of ours."""
    pipeline = binding.pipeline
    return pipeline if isinstance(pipeline, OwnPipeline) else Guest(pipeline)


class Going:
    """One go."""

    def __init__(self, binding: PipelineBinding, books: Books, line: Line, where: str = "") -> None:
        self._binding, self._books, self._line, self._where = binding, books, line, where
        self._own = own(binding)
        self._order: Order = self._own.order(self._own.flow(binding.name))
        self._refusal = hashlib.sha256(f"refused\0{self._order.version}".encode()).digest()

    def rehearsed(self, *, is_known: bool) -> list[PipelineResult]:
        """A dry run. `is_known`: the ledger is there."""
        with self._opened() as (source, room):
            book = self._books.imports if is_known else None
            return [one for entry in self._entries(source) for one in self._tried(source, entry, room, book)]

    def all(self) -> list[PipelineResult]:
        """Every file; nothing if another worker is at it."""
        with self._opened() as (source, room):
            if not (self._entries(source) or self._is_wanted()):
                return []
            try:
                with self._turn(source) as ours:
                    self._each(source, room, ours)
                return ours.results
            except Busy as error:
                log.info("%s: left to another worker: %s", self._binding.name, error)
                return []

    def _each(self, source: Opened, room: Path, ours: Turn) -> None:
        """One after the other, each with what is open then. If one after the other fails, the other side is away."""
        known, before = self._before(ours)
        ground = Ground(source.store, source.place.shown, room / "file", steps(), self._settling(source),
                        lambda entry, intakes: self._settled(source, entry, intakes))
        for entry in self._entries(source):
            self._line.check()
            with self._way() as way:
                walk = Walk(way, ground, self._books.imports, ours.run.id, log.debug, self._line.check)
                self._one(walk, entry, ours.results, known)
            last = ours.results[-FAILURES:]
            if len(last) == FAILURES and all(one.state == IntakeState.FAILED for one in last):
                log.warning("%s: what is left is taken with the next pass", self._binding.name)
                break
        if before.errors and all(one.success for one in ours.results):
            ours.results.append(before)

    def _before(self, ours: Turn) -> tuple[set[int], PipelineResult]:
        """Tell what persons have decided, and what is left of earlier goes; the files that are done with it, and what
        went wrong."""
        left, book, result = self._left(ours.run.id), self._books.imports, self._result("")
        with self._way() as way:
            with failing(result):
                way.before(ours.run.id, self._line.check)
            done = [one for one in map(book.intake, left) if one.state is IntakeState.DONE]
            ours.results += [take(self._result(one.file.name), one, book).over() for one in done]
            if done:
                self._own.complete(way, ours.results[-1])
        if result.errors:
            log.warning("%s: %s", self._binding.name, result.errors[0])
        return {one.id for one in done}, result.over()

    @contextmanager
    def _way(self) -> Iterator[Way]:
        with ExitStack() as stack:
            yield self._own.way(self._order, self._books.imports, self._line, stack)

    def _one(self, walk: Walk, entry: Entry, results: list[PipelineResult], known: set[int]) -> None:
        """`known`: files of which it was told already that they are done."""
        result = self._result(entry.path)
        try:
            with failing(result, but=(NotFound, Busy)):
                intakes = walk.one(entry)
        except (NotFound, Busy) as error:
            log.info("%s: %s: not taken: %s", self._binding.name, entry.path, error)
            return
        if result.errors:
            log.warning("%s: %s: %s", self._binding.name, entry.path, result.errors[0])
            results.append(result.over())
            return
        book = self._books.imports
        intakes = [one for one in intakes if one.origin not in known]
        for intake in intakes:
            told = take(self._result(intake.file.name), intake, book)
            told.started_at = result.started_at
            results.append(told.over())
        if intakes:
            self._own.complete(walk.way, results[-1])

    def _result(self, name: str) -> PipelineResult:
        return PipelineResult(self._own.name, name, self._binding.name)

    def _tried(self, source: Opened, entry: Entry, room: Path, book: ImportBook | None) -> Iterator[PipelineResult]:
        result = self._result(entry.path)
        result.dry_run = True
        folder = room / "tried"
        folder.mkdir(exist_ok=True)
        found = []
        with failing(result):
            found = fetched(source.store, entry, steps(), folder, self._line.check)
        if result.errors:
            yield result.over()
        for one in found:
            told = self._own.tried(self._order, FileContent(one.path, one.name), book, self._line)
            told.source = self._binding.name
            yield told

    def _turn(self, source: Opened) -> AbstractContextManager[Turn]:
        return turn(self._books.ledger, (self._where, self._order.flow), source.place.shown, self._line)

    # What is remembered

    def _entries(self, source: Opened) -> list[Entry]:
        off = self._order.duplicates is Duplicates.OFF

        def seen(paths: Sequence[str]) -> dict[str, Seen]:
            known = self._books.imports.seen(self._order.flow, paths)
            return {path: one for path, one in known.items()
                    if one.sha256 == self._refusal or not (off or source.place.archive)}

        return ready(source.store, self._binding.source.rules(), self._line.check, seen)

    def _is_wanted(self) -> bool:
        """Whether persons have decided something, or a file is gone whose payments are not all told."""
        book, flow = self._books.imports, self._order.flow
        return bool(book.unposted(flow, limit=1) or book.fixed(flow, limit=1) or self._left(0))

    def _left(self, run: int) -> list[int]:
        """Files of earlier goes that are gone on with whether they are there or not."""
        return [one.id for one in self._books.imports.stranded(self._order.flow, run)] if self._own.recovers else []

    def _settling(self, source: Opened) -> Settling:
        """Files that are to go are not remembered as they are listed: they are looked at until they are gone."""
        return Settling(After.ARCHIVE if source.place.archive else After.KEEP)

    def _settled(self, source: Opened, entry: Entry, intakes: Sequence[Intake]) -> str:
        where = source.put_away(entry, intakes)
        if not where and any(one.state is IntakeState.REFUSED for one in intakes):
            self._books.imports.remember(self._order.flow, [Seen(entry, self._refusal)])
        return where

    @contextmanager
    def _opened(self) -> Iterator[tuple[Opened, Path]]:
        source = self._binding.source
        with scratch() as room, closing(source.place.opened(source.env())) as opened:
            yield opened, room
