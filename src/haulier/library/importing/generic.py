"""Rows of a file to functions of the user's."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from hashlib import blake2b
from typing import Any

from ...core.content import BytesContent, FileContent
from ...core.importing.mapping import Mapper
from ...core.importing.order import Duplicates, Order, Policy
from ...core.importing.round import Way
from ...core.importing.taking import rehearsed
from ...core.importing.ways import SinkWay
from ...model.column import Column
from ...model.errors import Invalid
from ...ports import ImportBook, Validator
from ...validators.found import validator
from .calls import Line
from .foreign import chosen
from .memory import Where
from .pipeline import OwnPipeline
from .result import PipelineResult
from .telling import BatchCalls, Calls, Told


class GenericImportPipeline(OwnPipeline):
    """Calls a function with each row of a file, or with lists of them.

    parser: one of haulier.imports, the name of a format (`"csv"`), settings of one, or an object with
    `parse(content)` that gives mappings. on_row(row): async, so that up to `concurrency` of them are under way (1:
    one after the other, in order), or not. on_batch(rows): some at a time; it may return {place: reason} of those that
    are no good. What a function raises refuses its row (its rows); Unavailable, Throttled, Busy and Denied of
    haulier.model.errors mean that the file is tried again.

    schema: a list of Column, a msgspec Struct, or a pydantic model. mapping: new columns, as in `{"name": "{first}
    {last}"}`; rest: the other columns go on too. duplicates: `files` takes the same bytes once, `rows` also a row that
    came with an earlier file (key: the columns that tell), `off` takes all. most_rejects, share: with more of them
    nothing of a file is taken. checkpoint_rows: so many are told before it is remembered that they were. A function
    with a second argument gets the key of the row in it (of each row): the same in every try.
    """

    def __init__(  # noqa: PLR0913 - options
                 self, pipeline_name: str, parser: Any, on_row: Told | None = None, encoding: str = "utf-8", *,
                 on_batch: Told | None = None, batch_size: int = 500, concurrency: int = 8,
                 checkpoint_rows: int = 100, schema: Any = None, mapping: Mapping[str, Any] | None = None,
                 rest: bool = False, key: Sequence[str] = (), duplicates: str = "files",
                 most_rejects: int | None = None, share: float | None = None, strict: bool | None = None,
                 tenant_id: str = "", ledger: Where = None) -> None:
        if (on_row is None) == (on_batch is None):
            raise Invalid(f"{pipeline_name}: give on_row or on_batch, one of both")
        self._name, self.tenant_id, self.ledger = pipeline_name, tenant_id, ledger
        self._on_row, self._on_batch, self._concurrency = on_row, on_batch, max(1, concurrency)
        self._chosen = chosen(parser, encoding)
        self._size = batch_size if on_batch else checkpoint_rows
        self._columns, self._validator = _schema(schema)
        self._mapper = Mapper(mapping, rest=rest) if mapping else None
        self._key, self._duplicates = tuple(key), Duplicates(duplicates)
        self._policy = Policy(most_rejects, share, 0)
        self._strict = self._chosen.strict if strict is None else strict
        said = f"{self._chosen.version}{self._columns}{schema!r}{mapping}{rest}{self._key}{duplicates}"
        self._version = blake2b(said.encode(), digest_size=8).hexdigest()

    @property
    def name(self) -> str:
        """What results call it."""
        return self._name

    def order(self, flow: str) -> Order:
        """How rows are made."""
        return Order(flow, self._chosen.parser, self._columns, False, self._validator,
                     self._mapper, self._key, self._duplicates, self._policy, self._strict, self._version,
                     self._chosen.name)

    def way(self, order: Order, book: ImportBook, line: Line, stack: ExitStack) -> Way:
        """Rows are given to the function."""
        return SinkWay(order, stack.enter_context(self._calls(line)), book)

    def rehearse(self, order: Order, content: BytesContent | FileContent, book: ImportBook | None, line: Line,
                 result: PipelineResult) -> None:
        """Every row is read, checked and mapped."""
        found = rehearsed(order, content, book, line.check)
        result.count(found.counts, found.account.report())
        result.refuse(found.rejects, found.counts.rejected)

    def _calls(self, line: Line) -> Calls:
        if self._on_batch:
            return BatchCalls(self._on_batch, line, checkpoint=self._size)
        assert self._on_row is not None
        return Calls(self._on_row, line, self._concurrency, checkpoint=self._size)


def _schema(given: Any) -> tuple[tuple[Column, ...], Validator | None]:
    if given is None:
        return (), None
    if isinstance(given, Sequence) and given and all(isinstance(one, Column) for one in given):
        return tuple(given), None
    return (), validator(given)
