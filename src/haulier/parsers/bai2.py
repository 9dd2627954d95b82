"""BAI2: balances and transactions as banks in the United States report them.

Own code, not the bai2 package: that one holds the whole file, and one bad record or total costs all of it.
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

from ..core.content import BytesContent
from ..model.record import START, Batch, Mark, Row
from ..ports import Columns, Content, Guess, Parser
from ..settings.spec import Env, ParserSpec
from .bai2_reading import Reading
from .bai2_records import records
from .collected import batches

_HEAD = "01,,,,,,,,2/"


class Bai2Spec(ParserSpec):
    """BAI2

    Cash management reports, one row for each transaction (16). Control totals and counts of accounts, groups and the
    file are checked.
    """

    money: ClassVar[bool] = True
    type: Literal["bai2"] = "bai2"

    def build(self, env: Env) -> Bai2:
        return Bai2()

    @classmethod
    def guess(cls, name: str, head: bytes) -> Guess | None:
        first, _, rest = head.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")
        if not first.startswith(b"01,") or first.count(b",") < 5:
            return None
        return Guess(0.97 if rest.lstrip().startswith(b"02,") else 0.5, {}, "records 01 and 02 of BAI2")


class Bai2(Parser):
    """Reads account by account."""

    def parse(self, content: Content, *, after: Mark = START, columns: Columns | None = None) -> Iterator[Batch]:
        return batches(Reading(), records(content))

    def reread(self, text: str, state: Mapping[str, Any]) -> Row:
        reading = Reading()
        for record in records(BytesContent(f"{_HEAD}\n{text}".encode())):
            reading.take(record)
        return reading.out.only("one transaction (16) below records 02 and 03")
