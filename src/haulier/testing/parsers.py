"""The suite every parser must pass. Subclass it, give it a parser and a good file, and that is most of a test file.

    class TestMine(ParserSuite):
        good = (b"a;b\\n1;2\\n", 1)
        @pytest.fixture
        def parser(self) -> Parser:
            return Mine()
"""
from __future__ import annotations

import dataclasses
import tracemalloc
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ..core.content import BytesContent
from ..model.errors import Malformed
from ..model.record import Batch, Check, Mark, Reject, Row
from ..ports import START, Parser

MIB = 1 << 20


@dataclasses.dataclass
class Taken:
    """All that a parser made of a file."""

    rows: list[Row] = dataclasses.field(default_factory=list)
    rejects: list[Reject] = dataclasses.field(default_factory=list)
    checks: list[Check] = dataclasses.field(default_factory=list)
    numbers: list[int] = dataclasses.field(default_factory=list)
    marks: list[Mark] = dataclasses.field(default_factory=list)
    error: str = ""

    def add(self, batch: Batch) -> None:
        assert len(batch.rows) == len(batch.numbers) == len(batch.lines)
        assert sorted([*self.numbers, *batch.numbers]) == [*self.numbers, *batch.numbers]
        self.rows += batch.rows
        self.numbers += batch.numbers
        self.rejects += batch.rejects
        self.checks += batch.checks
        self.marks.append(batch.after)
        for at in range(len(batch.rows)):
            assert isinstance(batch.raw(at), str)


def taken(parser: Parser, data: bytes, *, after: Mark = START, chunk: int = 1 << 18, name: str = "file") -> Taken:
    """What it makes of these bytes, until it is done or says Malformed."""
    found = Taken()
    try:
        for batch in parser.parse(BytesContent(data, name, chunk), after=after):
            found.add(batch)
    except Malformed as error:
        found.error = str(error)
        assert found.error and "\0" not in found.error
    return found


class ParserSuite:
    """Override `parser` and `good`; `long` for files that must not be held in memory."""

    good: ClassVar[tuple[bytes, int]]
    """A small file without mistakes, and how many rows it has: at least two."""
    memory: ClassVar[int] = 16 * MIB
    """Bytes that Python may hold while a long file passes."""
    fuzzes: ClassVar[int] = 150

    @pytest.fixture
    def parser(self) -> Parser:
        raise NotImplementedError

    def long(self) -> Iterator[bytes] | None:
        """A file of some 20 MiB, in chunks; None: this format cannot be streamed."""
        return None

    def test_all_rows_come_in_order(self, parser: Parser) -> None:
        data, count = self.good
        found = taken(parser, data)
        assert not found.error and not found.rejects
        assert len(found.rows) == count and found.numbers == list(range(1, count + 1))
        assert found.marks[-1].number == count
        assert all(check.holds for check in found.checks)

    @pytest.mark.parametrize("chunk", [1, 2, 7, 80, 4096])
    def test_it_does_not_matter_how_bytes_come(self, parser: Parser, chunk: int) -> None:
        data, _ = self.good
        one, other = taken(parser, data), taken(parser, data, chunk=chunk)
        assert one.rows == other.rows and one.checks == other.checks and not other.error

    def test_it_goes_on_where_a_mark_is(self, parser: Parser) -> None:
        data, _ = self.good
        whole = taken(parser, data)
        for mark in whole.marks if parser.seeks else ():
            rest = taken(parser, data, after=mark)
            assert rest.rows == whole.rows[mark.number:] and not rest.error
            assert rest.numbers == whole.numbers[mark.number:]

    def test_nothing_is_kept_from_one_file_to_the_next(self, parser: Parser) -> None:
        data, _ = self.good
        taken(parser, data[:len(data) * 2 // 3])
        assert taken(parser, data).rows == taken(parser, data).rows

    def test_a_file_that_ends_early_is_no_surprise(self, parser: Parser) -> None:
        data, _ = self.good
        for end in range(0, len(data), max(1, len(data) // 60)):
            taken(parser, data[:end])

    def test_nothing_but_malformed_is_raised(self, parser: Parser) -> None:
        data, _ = self.good

        @settings(max_examples=self.fuzzes, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(st.data())
        def spoilt(draw: Any) -> None:
            bad = bytearray(data)
            for _ in range(draw.draw(st.integers(1, 6))):
                at = draw.draw(st.integers(0, len(bad)))
                size = draw.draw(st.integers(0, 12))
                bad[at:at + size] = draw.draw(st.binary(max_size=12))
            taken(parser, bytes(bad))

        @settings(max_examples=self.fuzzes, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(st.binary(max_size=400))
        def noise(some: bytes) -> None:
            taken(parser, some)

        spoilt()
        noise()

    def test_texts_of_rows_last_where_it_says_so(self, parser: Parser) -> None:
        if not parser.lasts:
            pytest.skip("says that it is not: the texts of a batch go with the next one")
        held, texts = [], []
        for batch in parser.parse(BytesContent(self.good[0], chunk=64)):
            held.append(batch)
            texts.append([batch.raw(at) for at in range(len(batch.rows))])
        assert [[batch.raw(at) for at in range(len(batch.rows))] for batch in held] == texts and any(texts)

    def test_memory_does_not_grow_with_the_file(self, parser: Parser) -> None:
        if (body := self.long()) is None:
            pytest.skip("this format cannot be streamed")
        content = _Streamed(body)
        tracemalloc.start()
        try:
            count = sum(len(batch.rows) for batch in parser.parse(content))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert count > 1000
        assert peak < self.memory


@dataclasses.dataclass
class _Streamed:
    body: Iterator[bytes]
    name: str = "long"

    def read(self, start: int = 0) -> Iterator[bytes]:
        assert start == 0
        return self.body
