"""Sizes, durations and rates as people write them.

Sizes: `8MB` is 8 × 1000², `8MiB` is 8 × 1024²; a bare `8M` is 8 × 1024², as rclone has it;
a plain number is bytes. Durations: `90s`, `1h30m`, `7d`, `250ms`; a plain number is seconds.
Rates: a size and `/s` (`10MB/s`, `10M`), or bits (`80Mbit/s`).
"""
from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import BeforeValidator, WithJsonSchema

from ..model.errors import Invalid

N = TypeVar("N", int, float)

_NUMBER = r"(\d+(?:\.\d*)?|\.\d+)"
_SIZE = re.compile(_NUMBER + r"\s*(?:([kmgtp])(i?b)?|b|bytes?|)", re.IGNORECASE | re.ASCII)
_BITS = re.compile(_NUMBER + r"\s*([kmgt]?)bits?/s", re.IGNORECASE | re.ASCII)
_DURATION = re.compile(rf"(?:{_NUMBER}\s*(ms|s|m|h|d|w)\s*)+", re.IGNORECASE | re.ASCII)
_PIECE = re.compile(_NUMBER + r"\s*(ms|s|m|h|d|w)", re.IGNORECASE | re.ASCII)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}
_SECONDS = {"ms": Fraction(1, 1000), "s": Fraction(1), "m": Fraction(60), "h": Fraction(3600),
            "d": Fraction(86400), "w": Fraction(7 * 86400)}
_LONGEST = 60


def size(value: object) -> int:
    """Bytes, rounded down; Invalid if that is no size."""
    if _is_number(value):
        return _whole(value, "size")
    match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or len(match[0]) > _LONGEST:
        raise Invalid("not a size: write it like 10MB, 1.5GiB or 4096")
    return int(Fraction(Decimal(match[1])) * _unit(match[2] or "", match[3] or ""))


def duration(value: object) -> float:
    """Seconds; Invalid if that is no duration."""
    if _is_number(value):
        return _positive(value, "duration")
    text = value.strip() if isinstance(value, str) else ""
    if re.fullmatch(_NUMBER, text, re.ASCII) and len(text) <= _LONGEST:
        return float(text)
    if len(text) > _LONGEST or not _DURATION.fullmatch(text):
        raise Invalid("not a duration: write it like 90s, 1h30m or 7d")
    return float(sum(Fraction(Decimal(number)) * _SECONDS[unit.lower()]
                     for number, unit in _PIECE.findall(text)))


def rate(value: object) -> int:
    """Bytes per second, at least 1; Invalid if that is no rate."""
    text = value.strip() if isinstance(value, str) else ""
    bits = _BITS.fullmatch(text)
    if bits and len(text) <= _LONGEST:
        found = int(Fraction(Decimal(bits[1])) * 1000 ** _POWERS[bits[2].lower()] / 8)
    else:
        found = _rate_in_bytes(re.sub(r"(?i)/s(ec)?$", "", text) if text else value)
    if found < 1:
        raise Invalid("not a rate: it must be at least one byte per second")
    return found


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _positive(value: Any, what: str) -> float:
    if not math.isfinite(value) or value < 0:
        raise Invalid(f"not a {what}: it must not be negative")
    return float(value)


def _whole(value: Any, what: str) -> int:
    _positive(value, what)
    if value != int(value):
        raise Invalid(f"not a {what}: part of a byte (for a fraction give a unit, like 1.5MB)")
    return int(value)


def _unit(prefix: str, tail: str) -> int:
    return int((1000 if tail.lower() == "b" else 1024) ** _POWERS[prefix.lower()])


def _rate_in_bytes(value: object) -> int:
    try:
        return size(value)
    except Invalid:
        raise Invalid("not a rate: write it like 10MB/s or 80Mbit/s") from None


def _lifted(parse: Callable[[object], N]) -> Callable[[object], N]:
    """`parse` for pydantic, which wants a ValueError."""
    def read(value: object) -> N:
        try:
            return parse(value)
        except Invalid as error:
            raise ValueError(str(error)) from error
    return read


def _schema(kind: str, *examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": ["string", "integer"] if kind != "duration"
                           else ["string", "number"], "format": kind, "examples": list(examples)})


Size: TypeAlias = Annotated[int, BeforeValidator(_lifted(size)), _schema("size", "10MB", "8MiB")]
"""A field of bytes."""
Duration: TypeAlias = Annotated[float, BeforeValidator(_lifted(duration)),
                                _schema("duration", "90s", "2h", "7d")]
"""A field of seconds."""
Age: TypeAlias = Annotated[float, BeforeValidator(_lifted(lambda value: 0 if value == "forever" else duration(value))),
                           _schema("duration", "90d", "forever")]
"""A field of seconds that may be without end, which is 0."""
Rate: TypeAlias = Annotated[int, BeforeValidator(_lifted(rate)), _schema("rate", "10MB/s")]
"""A field of bytes per second."""
