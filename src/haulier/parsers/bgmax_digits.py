"""Check digits and lengths of the numbers in BgMax: what is wrong stops nothing, and is told."""
from __future__ import annotations

from collections.abc import Sequence

from ..model.record import Row
from . import luhn
from .notices import Notices

_OCR = "2"      # the code of a correct OCR reference


class Digits:
    """Looks at rows that are whole. `length`: OCR references have their length before the check digit."""

    def __init__(self, notices: Notices, *, length: bool) -> None:
        self._notices, self._length = notices, length

    def check(self, rows: Sequence[Row]) -> None:
        """Of all of them at once: that is much quicker."""
        self._wrong("payer_check_digit", "bankgiro", [row["payer_account"] for row in rows], rows)
        self._wrong("org_check_digit", "organisation number", [row["payer_org"] for row in rows], rows)
        ocr = [row["reference"] if row["reference_code"] == _OCR else "" for row in rows]
        self._wrong("ocr_check_digit", "OCR reference", ocr, rows)
        if self._length:
            self._lengths(ocr, rows)

    def _wrong(self, code: str, name: str, numbers: Sequence[str], rows: Sequence[Row]) -> None:
        for at in luhn.wrong(numbers):
            self._notices.add(code, f"{name} {numbers[at]!r} has a wrong check digit", rows[at]["line"])

    def _lengths(self, numbers: Sequence[str], rows: Sequence[Row]) -> None:
        for text, row in zip(numbers, rows, strict=True):
            if text and text[-2:-1] != str(len(text) % 10):
                self._notices.add("length_digit", f"the last but one digit of {text!r} is not its length", row["line"])
