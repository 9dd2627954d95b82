"""References as they are looked up, and whether their check digits are right."""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from enum import StrEnum, auto
from typing import NamedTuple

from ...model.payment import RefKind
from . import digits

SHORTEST = 4
"""A number with letters around it is known by its digits alone if there are so many."""
NONE_GIVEN = frozenset({"NOTPROVIDED", "NOTAVAILABLE", "NONREF", "NOREF", "UNKNOWN"})
"""What stands in files for "there is no reference"."""
_BELGIAN = re.compile(r"\+{3}\d{3}/\d{4}/\d{5}\+{3}|\*{3}\d{3}/\d{4}/\d{5}\*{3}")


def alnum(text: str) -> str:
    """Its letters and digits, in capitals."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return text.upper() if text.isalnum() else "".join(filter(str.isalnum, text.upper()))


def keys(text: str) -> tuple[str, ...]:
    """The forms under which a reference is looked up, the surest first.

    Blanks, separators and leading zeros do not matter, nor does case. RF18 5390… is also known by what follows the
    check digits, and INV-2024-0017 by its digits alone. Blank texts and NOTPROVIDED have no form.
    """
    if text.isdigit() and text.isascii():
        bare = text.lstrip("0")
        return (bare,) if bare else ()
    whole = alnum(text).lstrip("0")
    if not whole or whole in NONE_GIVEN:
        return ()
    if digits.is_rf(whole):
        body = whole[4:].lstrip("0")
        return (whole, body) if body else (whole,)
    return _with_digits(whole)


def _with_digits(whole: str) -> tuple[str, ...]:
    number = "".join(filter(digits.is_number, whole)).lstrip("0")
    return (whole, number) if SHORTEST <= len(number) < len(whole) else (whole,)


class Checked(StrEnum):
    """What the check digit says."""

    OK = auto()
    BAD = auto()
    NONE = auto()   # there is none, or nobody knows of which kind it is


class CheckDigit(NamedTuple):
    """`scheme`: luhn, rf, qrr, belgian, finnish, kid, or "" if it is of no known kind."""

    scheme: str
    state: Checked


SCHEMES: dict[str, Callable[[str], bool]] = {
    "luhn": digits.luhn, "luhn_length": digits.luhn_with_length, "rf": digits.rf, "qrr": digits.qrr,
    "belgian": digits.belgian, "finnish": digits.finnish, "kid": digits.kid,
}
_OF_KIND = {RefKind.STRUCTURED: "", RefKind.OCR: "luhn", RefKind.RF: "rf", RefKind.QRR: "qrr", RefKind.KID: "kid"}
_UNKNOWN = CheckDigit("", Checked.NONE)


def checked(text: str, kind: RefKind = RefKind.STRUCTURED, scheme: str = "") -> CheckDigit:
    """What the check digit of a reference says.

    `scheme` is what the receiver uses for OCR and other structured numbers, where that is known. Else a number of
    no certain kind is OK if one of the kinds takes it, and is never called BAD. A field with a gap holds two numbers.
    """
    whole, named = _scheme(text, kind, scheme)
    if not whole:
        return _UNKNOWN
    if named:
        return CheckDigit(named, Checked.OK if SCHEMES[named](whole) else Checked.BAD)
    return next((CheckDigit(name, Checked.OK) for name in ("luhn", "finnish", "kid", "belgian")
                 if SCHEMES[name](whole)), _UNKNOWN)


def is_bad(text: str, kind: RefKind, scheme: str = "") -> bool:
    """Whether `checked` says BAD."""
    whole, named = _scheme(text, kind, scheme)
    return named != "" and not SCHEMES[named](whole)


def _scheme(text: str, kind: RefKind, scheme: str) -> tuple[str, str]:
    """What of it is checked, or "", and how if that is certain."""
    whole = text.replace(" ", "") if kind is RefKind.KID else alnum(text)
    if not whole or "  " in text.strip() or kind not in _OF_KIND:
        return "", ""
    if digits.is_rf(whole):
        return whole, "rf"
    if _BELGIAN.fullmatch(text.strip()):
        return whole, "belgian"
    if scheme and kind in (RefKind.OCR, RefKind.STRUCTURED):
        return whole, scheme
    if kind is RefKind.STRUCTURED and len(whole) == 27 and whole.isdigit():
        return whole, "qrr"
    return whole, _OF_KIND[kind]
