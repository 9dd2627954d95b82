"""Account reports as ISO 20022 has them: camt.052, camt.053 and camt.054, in all versions."""
from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from ..core.calm import calmly
from ..model.record import Batch, Mark
from ..ports import START, Columns, Content, Guess, Parser
from ..settings.spec import Env, ParserSpec
from .camt_paths import MESSAGES, reports
from .camt_reading import USUAL, Options, Reading
from .guess_text import markup_of
from .iso_message import Messages
from .xml_events import Opening
from .xml_paths import Walk
from .xml_quick import Quick
from .xml_reader import Reader

_KINDS = "camt.052, camt.053 or camt.054"


class CamtSpec(ParserSpec):
    """Account statements (ISO 20022 camt.052, 053, 054)

    One row for each transaction. Balances and totals are checked for each statement and currency.
    """

    money: ClassVar[bool] = True
    type: Literal["camt"] = "camt"
    ledger: bool = False
    """Entries of camt.052 and camt.054 are money, too. Only if no camt.053 comes for the same account: else each
    payment would be counted twice."""
    reversal_flips_sign: bool = False
    """The bank gives a reversal the sign of what it takes back, against the standard. A check of balances that does
    not hold says so where this would help."""
    strict_balances: bool = False
    """A file is refused if a balance or a total in it does not hold. Off: it is reported."""
    largest_entry: int = Field(default=32, ge=1, le=1024)
    """MiB of one entry with all its transactions, at most."""

    def build(self, env: Env) -> Camt:
        return Camt(Options(self.ledger, self.reversal_flips_sign, self.strict_balances, self.largest_entry << 20))

    @classmethod
    def guess(cls, name: str, head: bytes) -> Guess | None:
        text = markup_of(head)
        if found := re.search(r"<(?:[\w.-]+:)?(BkToCstmr(?:AcctRpt|Stmt|DbtCdtNtfctn))(?:V\d\d)?[\s>]", text):
            return Guess(0.99, {}, f"it holds a {MESSAGES[found[1]][0]} message")
        if found := re.search(r":xsd:(camt\.05[234]\.[\w.]+)", text):
            return Guess(0.95, {}, f"it names {found[1]}")
        return None


class Camt(Parser):
    """Rows have the names of Payment. Payers are the other side: who got it, for what went out.

    `nature` says what a row would be if it were money; of camt.052 and 054, that tell of money that is elsewhere, the
    kind is `detail`. What an entry's transactions lack to its amount is one more row, of nature `difference`.
    """

    def __init__(self, options: Options = USUAL) -> None:
        self._options = options

    def parse(self, content: Content, *, after: Mark = START, columns: Columns | None = None) -> Iterator[Batch]:
        return calmly(self._batches(content))

    def _batches(self, content: Content) -> Iterator[Batch]:
        openings: dict[str, Opening] = {}
        reader = Reader(content, openings, largest=self._options.largest)
        reading = Reading(self._options, reader, Messages(MESSAGES, _KINDS), reports(openings))
        walk = Walk(reader, reading)
        reader.parts = Quick(reader, walk).parts
        for events in reader:
            walk.run(events)
            if reading.found.is_full:
                yield reading.batch()
        reading.messages.end()
        yield reading.batch()
