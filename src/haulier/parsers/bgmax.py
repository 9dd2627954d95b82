"""BgMax: payments that came to a Swedish bankgiro (Bankgirot's "Bankgiro Inbetalningar")."""
from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from ..core.calm import calmly
from ..model.record import Batch, Check, Mark, Notice
from ..ports import START, Columns, Content, Guess, Parser
from ..settings.spec import Env, ParserSpec
from .bgmax_controls import Controls
from .bgmax_reading import Reading
from .bgmax_records import Deposited
from .bgmax_scan import deposits, proof
from .giro import refuse
from .lines import blocks, encoding_of
from .notices import Notices


class BgMaxSpec(ParserSpec):
    """BgMax (Bankgirot)"""

    money: ClassVar[bool] = True

    type: Literal["bgmax"] = "bgmax"
    encoding: Literal["auto", "latin-1", "utf-8", "cp850"] = "auto"
    """How bytes are letters. auto: Latin-1 as the standard has it, unless the whole file is UTF-8. cp850: old DOS."""
    strict: bool = True
    """Nothing is delivered if any total of the file does not hold. Off: payments are delivered, and what does not
    hold is reported."""
    test: bool = False
    """Reads files that the bank marked as tests (T), too: no money moved."""
    length_digit: bool = False
    """OCR references have their length before the check digit: those that do not are noticed."""

    def build(self, env: Env) -> Parser:
        return BgMax(encoding=self.encoding, strict=self.strict, test=self.test, length_digit=self.length_digit)

    @classmethod
    def guess(cls, name: str, head: bytes) -> Guess | None:
        head = head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
        if not head.startswith(b"01BGMAX "):
            return None
        settings = {"test": True} if head[44:45] == b"T" else {}
        return Guess(0.99, settings, "begins with 01BGMAX" + (" and is a test file (T)" if settings else ""))


class BgMax(Parser):
    """Rows are payments; deductions count negative. Further references (22, 23) are references, never money.

    A payment's deposit stands behind it, so the file is read twice: for its totals and deposits, or in step with its
    payments for deposits alone.
    """

    lasts = True

    def __init__(self, *, encoding: str = "auto", strict: bool = True, test: bool = False,
                 length_digit: bool = False) -> None:
        self._encoding, self._strict, self._test, self._length_digit = encoding, strict, test, length_digit

    def parse(self, content: Content, *, after: Mark = START, columns: Columns | None = None) -> Iterator[Batch]:
        encoding = encoding_of(content, self._encoding)
        told = self._proved(content, encoding) if self._strict else deposits(content, encoding)
        yield from calmly(self._batches(content, encoding, told))

    def _proved(self, content: Content, encoding: str) -> Iterator[Deposited | None]:
        """Its deposits, if all of its totals hold; else Malformed."""
        controls = self._controls()
        for found in proof(content, encoding, controls):
            if isinstance(found, Check):
                refuse(found)
        return iter(controls.first) if controls.deposits == len(controls.first) else deposits(content, encoding)

    def _controls(self) -> Controls:
        return Controls(Notices(), test=self._test)

    def _batches(self, content: Content, encoding: str, told: Iterator[Deposited | None]) -> Iterator[Batch]:
        reading = Reading(told, test=self._test, length_digit=self._length_digit)
        for block in blocks(content, encoding):
            reading.take(block)
            if reading.full:
                yield reading.batch()
        reading.finish()
        yield reading.batch()

    def checks(self, content: Content) -> Iterator[Check | Notice]:
        yield from proof(content, encoding_of(content, self._encoding), self._controls())
