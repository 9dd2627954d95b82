"""A guess at the types of columns, from some of their texts: for `import suggest`."""
from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

NULLS = ("null", "NULL", "Null", "N/A", "n/a", "NA", "#N/A", "-", "\\N", "None", "nil")
_FORMATS = ("%Y%m%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y/%m/%d", "%d.%m.%y", "%Y.%m.%d")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TIMES = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d:?\d\d)?")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?")
_WHOLE = re.compile(r"-?(0|[1-9]\d{0,17})")
_POINT = re.compile(r"[+-]?(0|[1-9]\d{0,20})?\.\d+")
_COMMA = re.compile(r"[+-]?(0|[1-9]\d{0,20})?,\d+")
_GROUPS = (("[+-]?[1-9]\\d{0,2}(\\.\\d{3})+(,\\d+)?", ",", "."), ("[+-]?[1-9]\\d{0,2}(,\\d{3})+(\\.\\d+)?", ".", ","),
           ("[+-]?[1-9]\\d{0,2}([ \u00a0\u202f]\\d{3})+(,\\d+)?", ",", " "))
_BOOLS = ({"true", "false"}, {"yes", "no"}, {"ja", "nej"}, {"y", "n"}, {"t", "f"})


def guessed(names: Sequence[str], rows: Iterable[Sequence[str]]) -> list[dict[str, Any]]:
    """The columns as `schema` has them. What may be an identifier (leading zeros, long numbers) stays text."""
    columns = list(zip(*rows, strict=False)) or [()] * len(names)
    return [{"name": name, **of_values(values)} for name, values in zip(names, columns, strict=False)]


def of_values(values: Iterable[str]) -> dict[str, Any]:
    """The type that all of these texts have, with what has to be said of it."""
    given = [text for value in values if (text := value.strip())]
    nulls = sorted({text for text in given if text in NULLS})
    some = [text for text in given if text not in NULLS]
    found: dict[str, Any] = (_type(some) if some else None) or {"type": "text"}
    return {**found, "nulls": nulls} if nulls else found


def is_typed(text: str) -> bool:
    """Whether that is a number or a date, and so hardly the name of a column."""
    return bool(text.strip()) and of_values([text])["type"] != "text"


def _type(some: list[str]) -> dict[str, Any] | None:
    if {text.lower() for text in some} in _BOOLS:
        return {"type": "bool"}
    return _moments(some) or _numbers(some)


def _moments(some: list[str]) -> dict[str, Any] | None:
    for pattern, kind in ((_DATE, "date"), (_TIMES, "datetime"), (_CLOCK, "time")):
        if all(map(pattern.fullmatch, some)):
            return {"type": kind}
    fitting = [form for form in _FORMATS if all(_is_date(text, form) for text in some)]
    # Day and month that could be each other are nobody's to guess; ours is the European order.
    return {"type": "date", "format": fitting[0]} if fitting else None


def _is_date(text: str, form: str) -> bool:
    try:
        moment = datetime.strptime(text, form)
    except ValueError:
        return False
    return moment.strftime(form) == text and 1900 <= moment.year <= 2100


def _numbers(some: list[str]) -> dict[str, Any] | None:
    if all(map(_WHOLE.fullmatch, some)):
        return {"type": "integer"}
    for pattern, point in ((_POINT, "."), (_COMMA, ",")):
        if all(_WHOLE.fullmatch(text) or pattern.fullmatch(text) for text in some):
            return {"type": "decimal"} if point == "." else {"type": "decimal", "decimal": ","}
    for groups, point, mark in _GROUPS:
        plain = _POINT if point == "." else _COMMA
        if all(_WHOLE.fullmatch(text) or plain.fullmatch(text) or re.fullmatch(groups, text) for text in some):
            return {"type": "decimal", "decimal": point, "thousands": mark}
    return None
