"""Autogiro: direct debits of Bankgirot: payments, refusals, mandates; new and old layouts."""
from __future__ import annotations

from codecs import BOM_UTF8
from typing import Literal

from ..ports import Guess, Parser
from ..settings.spec import Env
from .autogiro_layouts import is_seal, opening_of
from .autogiro_reading import Reading
from .giro_parser import GiroParser, GiroSpec


class AutogiroSpec(GiroSpec):
    """Autogiro (Bankgirot)"""

    type: Literal["autogiro"] = "autogiro"

    def build(self, env: Env) -> Parser:
        return Autogiro(encoding=self.encoding, strict=self.strict)

    @classmethod
    def guess(cls, name: str, head: bytes) -> Guess | None:
        lines = head.removeprefix(BOM_UTF8).decode("latin-1").lstrip("\r\n").splitlines()
        opening = next((opening_of(line) for line in lines[:10] if line.strip() and not is_seal(line)), None)
        return opening and Guess(0.98, {}, f"a start record of Autogiro: {opening.form.name}")


class Autogiro(GiroParser):
    """Rows are payments (82 in, 32 out, 77 given back) or, of mandates and changes, plain rows with their `record`.

    Only payments that came about are booked; those that did not are of status info, and count in no sum.
    """

    reading = Reading
