"""Avro files (object container files)."""
from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from ..model.errors import Malformed
from ..model.record import RAW, START, Batch, Fault, Mark, Reject, Row
from ..ports import Columns, Content, Guess, Parser
from ..settings.spec import Env, ParserSpec
from ..settings.units import Size
from .avro_blocks import MAGIC, Unpacked
from .binary_values import plain
from .libraries import library, malformed, spooled

_ROWS = 500
_NOT_PLAIN = ("bytes", "fixed", "uuid", "duration")


class AvroSpec(ParserSpec):
    """Avro"""

    type: Literal["avro"] = "avro"
    max_block: Size = Field(64 << 20, ge=1024)
    """A file with a block that unpacks to more bytes is refused."""

    def build(self, env: Env) -> Avro:
        return Avro(self.max_block, env.scratch)

    @classmethod
    def guess(cls, name: str, head: bytes) -> Guess | None:
        return Guess(0.99, {}, "it begins with Obj1") if head.startswith(MAGIC) else None


@dataclass(frozen=True, slots=True)
class Avro(Parser):
    """Values have the types that the schema in the file has. Bytes are UTF-8 texts. Types that hold themselves are
    refused."""

    max_block: int = 64 << 20
    scratch: Path | None = None

    def parse(self, content: Content, *, after: Mark = START, columns: Columns | None = None) -> Iterator[Batch]:
        fastavro = library("fastavro", "avro")
        fastavro.read.LOGICAL_READERS.setdefault("fixed-uuid", _uuid)     # of Avro 1.12, which it does not know yet
        with spooled(content, self.scratch) as file, malformed(content, "Avro file"):
            number = 0
            reader = fastavro.reader(Unpacked(file, self.max_block))
            odd = any(word in json.dumps(reader.writer_schema) for word in _NOT_PLAIN)
            rows, broken = _some(reader)
            while rows:
                yield (batch := _batch(rows, number, odd))
                number = batch.after.number
                rows, broken = ([], broken) if broken else _some(reader)
            if broken:
                raise broken
            yield Batch([], [], [], Mark(number))


def _uuid(data: bytes, *_: Any) -> UUID:
    return UUID(bytes=data)


def _some(reader: Iterator[Any]) -> tuple[list[Any], Exception | None]:
    """The next rows, and what came instead of the one behind them."""
    rows: list[Any] = []
    try:
        rows.extend(islice(reader, _ROWS))
    except Exception as error:
        return rows, error
    return rows, None


def _batch(some: list[Any], before: int, odd: bool) -> Batch:
    if some and not isinstance(some[0], dict):
        raise Malformed(f"it holds values ({type(some[0]).__name__}), not records with fields")
    made: list[Row | Fault] = [plain(row) for row in some] if odd else some
    rows = [row for row in made if isinstance(row, dict)]
    numbers = [before + at for at, row in enumerate(made, 1) if isinstance(row, dict)]
    rejects = [Reject(before + at, 0, (row,)) for at, row in enumerate(made, 1) if isinstance(row, Fault)]
    return Batch(rows, numbers, [0] * len(rows), Mark(before + len(made)), rejects,
                 raw=lambda at: str(rows[at])[:RAW])
