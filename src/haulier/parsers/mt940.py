"""Statements of accounts as SWIFT MT940, and MT942 for what happened so far today.

Own code, not the mt-940 package: that one holds a file in memory, knows no lines, and one bad line costs it the whole
statement. The tests compare the two.
"""
from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pydantic import Field as Setting

from ..core.content import BytesContent
from ..model.payment import Status
from ..model.record import START, Batch, Mark, Row
from ..ports import Columns, Content, Guess, Parser
from ..settings.spec import Env, ParserSpec
from .bank_lines import encoding_of
from .collected import batches
from .mt940_fields import fields
from .mt940_reading import Reading


class Mt940Spec(ParserSpec):
    """MT940 and MT942

    Statements of bank accounts, one row for each entry. Balances are checked statement by statement.
    """

    money: ClassVar[bool] = True
    type: Literal["mt940"] = "mt940"
    encoding: str = ""
    """As latin-1 or cp1252. If empty, UTF-8, and Latin-1 for lines that are not."""
    currency: str = Setting(default="", pattern=r"^([A-Z]{3})?$")
    """Of statements that do not say it themselves, as EUR."""
    interim: Literal["pending", "booked"] = "pending"
    """Whether entries of MT942 are money already. They come again in the MT940 of the day: pending, unless there is
    none."""

    def build(self, env: Env) -> Mt940:
        return Mt940(encoding_of(self.encoding), self.currency, Status(self.interim))

    @classmethod
    def guess(cls, name: str, head: bytes) -> Guess | None:
        if not re.search(rb"(?:^|[\r\n:{@])[ \t]*:20:", head):
            return None
        sure = re.search(rb"[\r\n@][ \t]*:(60[FM]|61|34F):", head) and re.search(rb"[\r\n@][ \t]*:(25P?|28C?):", head)
        return Guess(0.97 if sure else 0.5, {}, "fields :20:, :25:, :28C: of a SWIFT statement")


@dataclass(frozen=True, slots=True)
class Mt940(Parser):
    """Reads statement by statement; what is wrong with one is no matter for the next."""

    encoding: str = ""
    currency: str = ""
    interim: Status = Status.PENDING

    def parse(self, content: Content, *, after: Mark = START, columns: Columns | None = None) -> Iterator[Batch]:
        return batches(Reading(self.currency, self.interim), fields(content, self.encoding))

    def reread(self, text: str, state: Mapping[str, Any]) -> Row:
        reading = Reading(self.currency, self.interim)
        for one in fields(BytesContent(text.encode())):
            reading.take(one)
        reading.end()
        return reading.out.only("one entry (:61:) below :20:, :25: and :60F:")
