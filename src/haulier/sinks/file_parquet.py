"""Rows as Parquet: groups of rows as they come, with the types of the first of them."""
from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from ..model.record import SHOWN, Fault, Row

_GROUP = 50_000     # rows


class Parquet:
    """Amounts are decimal(38, 5), or of more decimals if the first rows have more; columns without a value are text."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._wanted = columns

    def begin(self, file: IO[bytes]) -> None:
        self._file = file
        self._schema: Any = None
        self._writer: Any = None
        self._held: list[Any] = []
        self._count = 0

    def write(self, rows: Sequence[Row]) -> dict[int, Fault]:
        if self._schema is None:
            self._schema = _schema(self._wanted or [*dict.fromkeys(name for row in rows for name in row)], rows)
        try:
            if any(self._unknown(row) for row in rows):
                raise ValueError
            self._hold(rows)
            return {}
        except (pa.ArrowException, TypeError, ValueError, OverflowError):
            return self._one_by_one(rows)

    def end(self) -> None:
        self._flush()
        if self._writer is None:
            self._open(pa.schema([]) if self._schema is None else self._schema)
        self._writer.close()

    def _one_by_one(self, rows: Sequence[Row]) -> dict[int, Fault]:
        faults = {}
        for at, row in enumerate(rows):
            if name := self._unknown(row):
                faults[at] = Fault("unknown_column", f"the first rows had no column {name}; name all of them under "
                                                     "columns", name, str(row[name])[:SHOWN])
                continue
            try:
                self._hold([row])
            except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
                faults[at] = Fault("no_parquet", f"a value is not of its column's type: {str(error)[:SHOWN]}")
        return faults

    def _unknown(self, row: Row) -> str:
        return "" if self._wanted else next((name for name in row if name not in self._schema.names), "")

    def _hold(self, rows: Sequence[Row]) -> None:
        self._held.append(pa.RecordBatch.from_pylist(rows, schema=self._schema))
        self._count += len(rows)
        if self._count >= _GROUP:
            self._flush()

    def _flush(self) -> None:
        if self._held:
            if self._writer is None:
                self._open(self._schema)
            self._writer.write_table(pa.Table.from_batches(self._held), row_group_size=_GROUP)
        self._held, self._count = [], 0

    def _open(self, schema: Any) -> None:
        self._writer = pq.ParquetWriter(self._file, schema, compression="zstd")


def _schema(columns: Sequence[str], rows: Sequence[Row]) -> Any:
    return pa.schema([(name, _type([row[name] for row in rows if row.get(name) is not None])) for name in columns])


def _type(values: Sequence[Any]) -> Any:
    if not values:
        return pa.string()
    if any(isinstance(value, Decimal) for value in values):
        exponents = [value.as_tuple().exponent for value in values if isinstance(value, Decimal)]
        return pa.decimal128(38, max([5, *(-one for one in exponents if isinstance(one, int))]))
    return pa.infer_type(values)
