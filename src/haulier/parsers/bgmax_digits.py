"""Check digits and lengths of the numbers in BgMax: what is wrong stops nothing, and is told."""
from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter

from ..model.record import Row
from . import luhn
from .notices import Notices

_NUMBERS = itemgetter("line", "payer_account", "payer_org", "reference_code", "reference")
_OCR = "2"      # the code of a correct OCR reference


class Digits:
    """Looks at rows that are whole. `length`: OCR references have their length before the check digit."""

    def __init__(self, notices: Notices, *, length: bool) -> None:
        self._notices, self._length = notices, length

    def check(self, rows: Sequence[Row]) -> None:
        """Of all of them at once: that is much quicker."""
        if not rows:
            return
        lines, payers, organisations, codes, references = zip(*map(_NUMBERS, rows), strict=True)
        self._wrong("payer_check_digit", "bankgiro", payers, lines)
        self._wrong("org_check_digit", "organisation number", organisations, lines)
        ocr = [text if code == _OCR else "" for code, text in zip(codes, references, strict=True)]
        self._wrong("ocr_check_digit", "OCR reference", ocr, lines)
        if self._length:
            self._lengths(ocr, lines)

    def _wrong(self, code: str, name: str, numbers: Sequence[str], lines: Sequence[int]) -> None:
        for at in luhn.wrong(numbers):
            self._notices.add(code, f"{name} {numbers[at]!r} has a wrong check digit", lines[at])

    def _lengths(self, numbers: Sequence[str], lines: Sequence[int]) -> None:
        for text, line in zip(numbers, lines, strict=True):
            if text and text[-2:-1] != str(len(text) % 10):
                self._notices.add("length_digit", f"the last but one digit of {text!r} is not its length", line)
