"""LB: supplier payments of Bankgirot ("Leverantörsbetalningar"): orders, and what came of them."""
from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from ..model.record import Batch, Mark
from ..ports import START, Columns, Content, Guess, Parser
from ..settings.spec import Env, ParserSpec
from . import giro
from .bgmax_records import broken
from .lb_reading import Reading
from .lines import encoding_of


class LbSpec(ParserSpec):
    """LB, supplier payments (Bankgirot)"""

    money: ClassVar[bool] = True

    type: Literal["lb"] = "lb"
    encoding: Literal["auto", "latin-1", "utf-8", "cp850"] = "auto"
    """How bytes are letters. auto: Latin-1 as the standard has it, unless the whole file is UTF-8. cp850: old DOS."""
    strict: bool = True
    """Nothing is delivered if any total of the file does not hold. Off: rows are delivered, and what does not hold
    is reported."""

    def build(self, env: Env) -> Parser:
        return Lb(encoding=self.encoding, strict=self.strict)

    @classmethod
    def guess(cls, name: str, head: bytes) -> Guess | None:
        for line in head.decode("latin-1").splitlines()[:10]:
            if line.startswith("11") and line[18:26] == "LEVERANT":
                return Guess(0.98, {}, "a record 11 of LEVERANTÖRSBETALNINGAR")
        return None


class Lb(Parser):
    """Rows are payments that go out (negative) and what is taken off them (positive)."""

    def __init__(self, *, encoding: str = "auto", strict: bool = True) -> None:
        self._encoding, self._strict = encoding, strict

    def parse(self, content: Content, *, after: Mark = START, columns: Columns | None = None) -> Iterator[Batch]:
        encoding = encoding_of(content, self._encoding)
        if self._strict:
            giro.prove(self._read(content, encoding))
        yield from self._read(content, encoding)

    @staticmethod
    def _read(content: Content, encoding: str) -> Iterator[Batch]:
        reading, number = Reading(), 0
        for number, line in giro.records(content, encoding):
            reading.take(line, number)
            if reading.rows.full:
                yield reading.rows.batch(number)
        reading.finish()
        if not reading.sections:
            raise broken("start_record", "this is not LB: there is no record 11 with LEVERANTÖRSBETALNINGAR")
        yield reading.rows.batch(number + 1)
