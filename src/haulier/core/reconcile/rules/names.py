"""How alike two names are."""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache

_FORMS = frozenset({
    "AB", "AS", "ASA", "OY", "OYJ", "APS", "HB", "KB", "GMBH", "AG", "KG", "UG", "EK", "EV", "BV", "NV", "SA", "SARL",
    "SAS", "SRL", "SPA", "LTD", "LIMITED", "LLC", "INC", "PLC", "CO", "CORP", "MR", "MRS", "MS", "DR", "HERR", "FRAU",
})
_WORDS = re.compile(r"[^\W_]+")


def similarity(one: str, other: str) -> float:
    """From 0 to 1. The order of words, accents and legal forms do not matter, nor that one has more words."""
    ones, others = _words(one), _words(other)
    if not ones or not others:
        return 0.0
    return _measure()(" ".join(ones), " ".join(others))


def _words(name: str) -> list[str]:
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", name.upper()) if not unicodedata.combining(sign))
    words = sorted(set(_WORDS.findall(plain)))
    return [word for word in words if word not in _FORMS] or words


@cache
def _measure() -> Callable[[str, str], float]:
    """RapidFuzz's where it is installed, which the extra `fuzzy` does; else our own."""
    try:
        from rapidfuzz.fuzz import token_set_ratio
    except ImportError:
        return alike
    return lambda one, other: token_set_ratio(one, other) / 100


def alike(one: str, other: str) -> float:
    """Dice's coefficient of pairs of letters; 1 if all words of one are in the other."""
    if set(one.split()) <= set(other.split()) or set(other.split()) <= set(one.split()):
        return 1.0
    ones, others = _pairs(one), _pairs(other)
    return 2 * len(ones & others) / max(len(ones) + len(others), 1)


def _pairs(text: str) -> set[str]:
    return {word[at:at + 2] for word in text.split() for at in range(max(len(word) - 1, 1))}
