"""A pipeline of the user's own in a binding: each file is given to it once."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

from ...core.content import BytesContent, FileContent
from ...core.importing.order import Order
from ...core.importing.round import Way
from ...core.importing.taking import ending
from ...model.errors import HaulierError, Transient
from ...model.intake import ENDED, Counts, Incoming, Intake, IntakeState
from ...model.record import Batch, Mark
from ...ports import START, Columns, Content, ImportBook, Parser, Progress
from .calls import Line
from .files import SourceFile
from .pipeline import BasePipeline, OwnPipeline
from .result import PipelineResult


class Guest(OwnPipeline):
    """Asks it to process the file, and remembers what it said."""

    def __init__(self, pipeline: BasePipeline) -> None:
        self._pipeline = pipeline

    @property
    def name(self) -> str:
        return self._pipeline.name

    def order(self, flow: str) -> Order:
        return Order(flow, _NoRows(), parser_name=self.name, version=self.name)

    def way(self, order: Order, book: ImportBook, line: Line, stack: ExitStack) -> Way:
        return _Whole(order, self._pipeline, book, line)

    def rehearse(self, order: Order, content: BytesContent | FileContent, book: ImportBook | None, line: Line,
                 result: PipelineResult) -> None:
        _copy(asked(self._pipeline, content, line, dry_run=True), result)

    def complete(self, way: Way, result: PipelineResult) -> None:
        """What it says itself."""
        if isinstance(way, _Whole) and way.said:
            _copy(way.said.pop(), result)


def _copy(said: PipelineResult, result: PipelineResult) -> None:
    for name in ("total_records", "processed_count", "matched_count", "unmatched_count", "error_count", "errors",
                 "rejects", "duplicate_count"):
        setattr(result, name, getattr(said, name))


def asked(pipeline: BasePipeline, content: Content, line: Line, *, dry_run: bool) -> PipelineResult:
    """What it says of a file; what it raises is ours, and may pass."""
    path = content.path if isinstance(content, FileContent) else None
    data = content.data if isinstance(content, BytesContent) else None
    try:
        return line.wait(pipeline.process(SourceFile(content.name, data, path=path), dry_run=dry_run))
    except HaulierError:
        raise
    except Exception as error:
        raise Transient(f"{pipeline.name}: {type(error).__name__}: {error}") from error


@dataclass(frozen=True, slots=True)
class _Whole:
    """A file is taken as a whole: the pipeline knows of its rows."""

    order: Order
    pipeline: BasePipeline
    book: ImportBook
    line: Line
    said: list[PipelineResult] = field(default_factory=list)

    def before(self, run: int, check: Callable[[], None]) -> int:
        return 0

    def take(self, file: Incoming, content: FileContent, check: Callable[[], None]) -> Intake:
        intake = self.book.begin(file)
        if intake.state in ENDED:
            return intake
        with ending(self.book, intake):
            if not intake.mark.number:
                said = asked(self.pipeline, content, self.line, dry_run=False)
                self.said[:] = [said]
                rows = max(said.total_records, said.error_count, 1)
                counts = Counts(rows, rows - said.error_count, said.error_count)
                self.book.advance(intake.id, Progress(Mark(rows), counts))
            return self.book.become(intake.id, IntakeState.DONE)
        return self.book.intake(intake.id)


class _NoRows(Parser):
    def parse(self, content: Content, *, after: Mark = START, columns: Columns | None = None) -> Iterator[Batch]:
        yield Batch([], [], [], START)
