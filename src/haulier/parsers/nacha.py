"""ACH files as NACHA has them (United States): payments, returns (99) and notices of change (98)."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from ..core.content import BytesContent
from ..model.record import START, Batch, Mark, Row
from ..ports import Columns, Content, Guess, Parser
from ..settings.spec import Env, ParserSpec
from .collected import batches
from .nacha_reading import Reading
from .nacha_records import WIDTH, records


class NachaSpec(ParserSpec):
    """NACHA (ACH)

    Files of 94 characters a record, one row for each entry. Hashes, counts and totals of each batch and of the file
    are checked.
    """

    money: ClassVar[bool] = True
    type: Literal["nacha"] = "nacha"
    side: Literal["receiver", "originator"] = "receiver"
    """Whose file it is. receiver: the entries are for our accounts, credits come in. originator: we sent it to our
    bank, credits go out. Entries that come back (returns) are the originator's either way."""

    def build(self, env: Env) -> Nacha:
        return Nacha(self.side == "originator")

    @classmethod
    def guess(cls, name: str, head: bytes) -> Guess | None:
        first = head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")[:WIDTH]
        if first[:2] != b"10" or not {10, 13}.isdisjoint(first[:40]):
            return None
        sure = first[34:37] == b"094" and first[23:29].isdigit()
        return Guess(0.97 if sure else 0.3, {}, "a file header of 94 characters")


@dataclass(frozen=True, slots=True)
class Nacha(Parser):
    """Reads batch by batch."""

    is_ours: bool = False

    def parse(self, content: Content, *, after: Mark = START, columns: Columns | None = None) -> Iterator[Batch]:
        return batches(Reading(self.is_ours), records(content))

    def reread(self, text: str, state: Mapping[str, Any]) -> Row:
        reading = Reading(self.is_ours)
        for record in records(BytesContent(text.encode())):
            reading.take(record)
        reading.entered()
        return reading.out.only("one entry (6) below records 1 and 5")
