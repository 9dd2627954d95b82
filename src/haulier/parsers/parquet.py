"""Parquet files."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from ..model.errors import Malformed
from ..model.record import RAW, START, Batch, Fault, Mark, Notice, Reject, Row
from ..ports import Columns, Content, Guess, Parser
from ..settings.spec import Env, ParserSpec
from .binary_values import plain
from .libraries import library, malformed, spooled

_ROWS = 1000
_BUFFER = 1 << 20
_BATCH, _LARGEST = 32 << 20, 64 << 20
"""Bytes of a batch, about, and of one row at most, by what the file says of itself."""
_NOT_PLAIN = ("binary", "duration", "map<", "uuid")


class ParquetSpec(ParserSpec):
    """Parquet"""

    type: Literal["parquet"] = "parquet"
    columns: tuple[str, ...] = Field((), max_length=10_000)
    """Only these are read; empty: all."""

    def build(self, env: Env) -> Parquet:
        return Parquet(self.columns, env.scratch)

    @classmethod
    def guess(cls, name: str, head: bytes) -> Guess | None:
        return Guess(0.99, {}, "it begins with PAR1") if head.startswith(b"PAR1") else None


@dataclass(frozen=True, slots=True)
class Parquet(Parser):
    """Values have the types that the file has: a Decimal only where it says decimal, a float where it says double.

    What is finer than a microsecond is cut off, with a notice. Bytes are UTF-8 texts.
    """

    columns: tuple[str, ...] = ()
    scratch: Path | None = None

    def parse(self, content: Content, *, after: Mark = START, columns: Columns | None = None) -> Iterator[Batch]:
        parquet = library("pyarrow.parquet", "parquet")
        with spooled(content, self.scratch) as file, malformed(content, "Parquet file"):
            opened = parquet.ParquetFile(file, buffer_size=_BUFFER, pre_buffer=False, page_checksum_verification=True)
            number = 0
            some = _some(opened.metadata)
            for records in opened.iter_batches(some, columns=list(self.columns) or None, use_threads=False):
                yield (batch := _batch(library("pyarrow", "parquet"), records, number))
                number = batch.after.number
            yield Batch([], [], [], Mark(number), facts={"rows": opened.metadata.num_rows})


def _some(metadata: Any) -> int:
    """Rows of a batch: fewer where they are large; Malformed if a few of them would need more memory than there is."""
    groups = [metadata.row_group(at) for at in range(metadata.num_row_groups)]
    largest = max((group.total_byte_size // max(1, group.num_rows) for group in groups), default=0)
    if largest > _LARGEST:
        raise Malformed(f"its rows have {largest} bytes each; {_LARGEST} are allowed")
    return max(1, min(_ROWS, _BATCH // max(1, largest)))


def _batch(arrow: Any, records: Any, before: int) -> Batch:
    records, notices = _coarse(arrow, records)
    made = _rows(records)
    if any(word in str(records.schema.types) for word in _NOT_PLAIN):
        made = [plain(row) if isinstance(row, dict) else row for row in made]
    rows = [row for row in made if isinstance(row, dict)]
    numbers = [before + at for at, row in enumerate(made, 1) if isinstance(row, dict)]
    rejects = [Reject(before + at, 0, (row,)) for at, row in enumerate(made, 1) if isinstance(row, Fault)]
    return Batch(rows, numbers, [0] * len(rows), Mark(before + len(made)), rejects, notices=notices,
                 raw=lambda at: str(rows[at])[:RAW])


def _rows(records: Any) -> list[Row | Fault]:
    """As mappings; one by one where a value is none that Python has, such as a day in the year 20000."""
    try:
        rows: list[Row | Fault] = records.to_pylist()
        return rows
    except (ValueError, OverflowError, LookupError):
        return [_row(records.slice(at, 1)) for at in range(records.num_rows)]


def _row(record: Any) -> Row | Fault:
    try:
        row: Row = record.to_pylist()[0]
        return row
    except (ValueError, OverflowError, LookupError) as error:
        return Fault("not_readable", f"a value is none that can be used: {error}")


def _coarse(arrow: Any, records: Any) -> tuple[Any, list[Notice]]:
    """Times in microseconds at the finest: Python's own have no more."""
    types = [_coarser(arrow, field.type) for field in records.schema]
    if types == records.schema.types:
        return records, []
    schema = arrow.schema([arrow.field(field.name, kind) for field, kind in zip(records.schema, types, strict=True)])
    try:
        return records.cast(schema), []
    except arrow.ArrowInvalid:
        text = "times in the file are finer than a microsecond; the rest is cut off"
        return records.cast(schema, safe=False), [Notice("nanoseconds_cut", text)]


def _coarser(arrow: Any, kind: Any) -> Any:
    types = arrow.types
    if getattr(kind, "unit", "") == "ns":
        return _in_micros(arrow, kind)
    if types.is_struct(kind):
        return arrow.struct([arrow.field(field.name, _coarser(arrow, field.type)) for field in kind])
    if types.is_map(kind):
        return arrow.map_(kind.key_type, _coarser(arrow, kind.item_type))
    if types.is_large_list(kind):
        return arrow.large_list(_coarser(arrow, kind.value_type))
    return arrow.list_(_coarser(arrow, kind.value_type)) if types.is_list(kind) else kind


def _in_micros(arrow: Any, kind: Any) -> Any:
    if arrow.types.is_timestamp(kind):
        return arrow.timestamp("us", kind.tz)
    return arrow.time64("us") if arrow.types.is_time64(kind) else arrow.duration("us")
