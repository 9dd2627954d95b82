"""A file of Bankgirot, read record by record, its totals proved first: what Autogiro and LB share."""
from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal, Protocol

from ..core.calm import calmly
from ..model.record import Batch, Mark
from ..ports import START, Columns, Content, Parser
from ..settings.spec import ParserSpec
from .collected import Collected
from .giro import refuse
from .lines import EMPTY, blocks, encoding_of, is_empty


class Reading(Protocol):
    """One file that is being read."""

    out: Collected

    def take(self, line: str, number: int) -> None:
        """The next record."""

    def end(self) -> None:
        """There are no more."""


class GiroSpec(ParserSpec):
    """A file of Bankgirot"""

    money: ClassVar[bool] = True

    encoding: Literal["auto", "latin-1", "utf-8", "cp850"] = "auto"
    """How bytes are letters. auto: Latin-1 as the standard has it, unless the whole file is UTF-8. cp850: old DOS."""
    strict: bool = True
    """Nothing is delivered if any total of the file does not hold. Off: rows are delivered, and what does not hold
    is reported."""


class GiroParser(Parser):
    """Reads a file twice, if it is strict: for its totals, and for its rows."""

    reading: ClassVar[type[Reading]]

    def __init__(self, *, encoding: str = "auto", strict: bool = True) -> None:
        self._encoding, self._strict = encoding, strict

    def parse(self, content: Content, *, after: Mark = START, columns: Columns | None = None) -> Iterator[Batch]:
        return calmly(self._batches(content))

    def _batches(self, content: Content) -> Iterator[Batch]:
        encoding = encoding_of(content, self._encoding)
        if self._strict:
            for batch in self._read(content, encoding):
                for check in batch.checks:
                    refuse(check)
        yield from self._read(content, encoding)

    def _read(self, content: Content, encoding: str) -> Iterator[Batch]:
        reading, number = self.reading(), 0
        for number, line in _records(content, encoding):
            reading.take(line, number)
            if reading.out.is_full:
                yield reading.out.batch(number)
        reading.end()
        yield reading.out.batch(number + 1)


def _records(content: Content, encoding: str) -> Iterator[tuple[int, str]]:
    """Lines that say something, with their numbers."""
    for block in blocks(content, encoding):
        for number, line in enumerate(block.lines, block.first):
            if not is_empty(line):
                yield number, line.rstrip(EMPTY)
