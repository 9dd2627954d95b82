"""Autogiro: direct debits of Bankgirot: payments, refusals, mandates; new and old layouts."""
from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from ..model.record import Batch, Mark
from ..ports import START, Columns, Content, Guess, Parser
from ..settings.spec import Env, ParserSpec
from . import giro
from .autogiro_layouts import opening_of
from .autogiro_reading import Reading
from .lines import encoding_of


class AutogiroSpec(ParserSpec):
    """Autogiro (Bankgirot)"""

    money: ClassVar[bool] = True

    type: Literal["autogiro"] = "autogiro"
    encoding: Literal["auto", "latin-1", "utf-8", "cp850"] = "auto"
    """How bytes are letters. auto: Latin-1 as the standard has it, unless the whole file is UTF-8. cp850: old DOS."""
    strict: bool = True
    """Nothing is delivered if any total of the file does not hold. Off: rows are delivered, and what does not hold
    is reported."""

    def build(self, env: Env) -> Parser:
        return Autogiro(encoding=self.encoding, strict=self.strict)

    @classmethod
    def guess(cls, name: str, head: bytes) -> Guess | None:
        lines = head.decode("latin-1").lstrip("\r\n").splitlines()
        opening = opening_of(lines[0]) if lines else None
        return opening and Guess(0.98, {}, f"a start record of Autogiro: {opening.form.name}")


class Autogiro(Parser):
    """Rows are payments (82 in, 32 out, 77 given back) or, of mandates and changes, plain rows with their `record`.

    Only payments that came about are booked; those that did not are of status info, and count in no sum.
    """

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
        yield reading.rows.batch(number + 1)
