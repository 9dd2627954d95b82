"""Values from files as they are told: money and dates as texts, and no half of a letter."""
from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator

_HALF = re.compile("[\ud800-\udfff]")
_WIDEST = 60
"""Digits of an amount that is written out."""


def whole(text: str) -> str:
    """The text as it can be sent: files may have halves of letters in them, and UTF-8 has none."""
    return text if text.isascii() else _HALF.sub("\N{REPLACEMENT CHARACTER}", text)


Said: TypeAlias = Annotated[str, BeforeValidator(whole)]
"""A field with a text that came out of a file."""


def amount(value: Decimal) -> str:
    """As people write it: 100, and not 1E+2."""
    exponent = value.as_tuple().exponent
    is_short = isinstance(exponent, int) and -_WIDEST < exponent < _WIDEST
    return f"{value:f}" if is_short else str(value)


def plain(value: Any) -> Any:
    """Any value of a row or a report as JSON."""
    if isinstance(value, Mapping):
        return {whole(str(name)): plain(one) for name, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [plain(one) for one in value]
    if isinstance(value, Decimal):
        return amount(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if isinstance(value, int | float) or value is None else whole(str(value))


def cell(value: Any) -> str:
    """A value of a row as a person may write it instead."""
    found = plain(value)
    if isinstance(found, str):
        return found
    return "" if found is None else json.dumps(found, ensure_ascii=False)
