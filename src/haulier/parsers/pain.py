"""Payment orders as ISO 20022 has them, and what banks say of them: pain.001, pain.002 and pain.008."""
from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from ..core.calm import calmly
from ..model.record import Batch, Mark
from ..ports import START, Columns, Content, Guess, Parser
from ..settings.spec import Env, ParserSpec
from .guess_text import markup_of
from .iso_message import Messages
from .pain_paths import MESSAGES, orders
from .pain_reading import Reading
from .xml_events import Opening
from .xml_paths import Walk
from .xml_quick import Quick
from .xml_reader import Reader

_KINDS = "pain.001, pain.002 or pain.008"


class PainSpec(ParserSpec):
    """Payment orders and their status (ISO 20022 pain.001, 002, 008)

    One row for each order or status. No money has moved by them, so they are not matched with what is open.
    """

    type: Literal["pain"] = "pain"
    strict_totals: bool = False
    """A file is refused if the number of transactions or a control sum in it does not hold. Off: it is reported."""

    def build(self, env: Env) -> Pain:
        return Pain(strict=self.strict_totals)

    @classmethod
    def guess(cls, name: str, head: bytes) -> Guess | None:
        text = markup_of(head)
        if found := re.search(r"<(?:[\w.-]+:)?(CstmrCdtTrfInitn|CstmrPmtStsRpt|CstmrDrctDbtInitn)[\s>]", text):
            return Guess(0.99, {}, f"it holds a {MESSAGES[found[1]]} message")
        if found := re.search(r":xsd:\$?(pain\.00[128]\.[\w.]+)", text):
            return Guess(0.95, {}, f"it names {found[1]}")
        return None


class Pain(Parser):
    """Rows have the names of Payment, and `nature`: `order` or `status`. A status may have no amount."""

    def __init__(self, *, strict: bool = False) -> None:
        self._strict = strict

    def parse(self, content: Content, *, after: Mark = START, columns: Columns | None = None) -> Iterator[Batch]:
        return calmly(self._batches(content))

    def _batches(self, content: Content) -> Iterator[Batch]:
        openings: dict[str, Opening] = {}
        reader = Reader(content, openings)
        reading = Reading(reader, Messages(MESSAGES, _KINDS), orders(openings), strict=self._strict)
        walk = Walk(reader, reading)
        reader.parts = Quick(reader, walk).parts
        for events in reader:
            walk.run(events)
            if reading.found.is_full:
                yield reading.batch()
        reading.messages.end()
        yield reading.batch()
