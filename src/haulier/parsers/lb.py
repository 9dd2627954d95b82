"""LB: supplier payments of Bankgirot ("Leverantörsbetalningar"): orders, and what came of them."""
from __future__ import annotations

from codecs import BOM_UTF8
from typing import Literal

from ..ports import Guess, Parser
from ..settings.spec import Env
from .giro_parser import GiroParser, GiroSpec
from .lb_foreign import section_of
from .lb_foreign_records import LAYOUT
from .lb_reading import Reading


class LbSpec(GiroSpec):
    """LB, supplier payments (Bankgirot)"""

    type: Literal["lb"] = "lb"

    def build(self, env: Env) -> Parser:
        return Lb(encoding=self.encoding, strict=self.strict)

    @classmethod
    def guess(cls, name: str, head: bytes) -> Guess | None:
        lines = head.removeprefix(BOM_UTF8).decode("latin-1").splitlines()[:10]
        for line, after in zip(lines, [*lines[1:], ""], strict=False):     # none in an empty file
            if line.startswith("11") and line[18:26] == "LEVERANT":
                return Guess(0.98, {}, "a record 11 of LEVERANTÖRSBETALNINGAR")
            if (found := section_of(line)) and (after[:1], line[78:79]) in (("1", "0"), ("2", LAYOUT)):
                return Guess(0.9, {}, f"records of {found.content}")
        return None


class Lb(GiroParser):
    """Rows are payments that go out (negative) and what is taken off them (positive)."""

    reading = Reading
