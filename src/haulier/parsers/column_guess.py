"""A guess at the types of columns, from some of their texts: for `import suggest`."""
from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ..core.casting import signed
from .date_guess import is_month_first, moments

NULLS = ("null", "NULL", "Null", "N/A", "n/a", "NA", "#N/A", "-", "--", "\\N", "None", "nil")
_WHOLE = re.compile(r"[+-]?(0|[1-9]\d{0,17})")
_POINT = re.compile(r"[+-]?(0|[1-9]\d{0,20})?\.\d+")
_COMMA = re.compile(r"[+-]?(0|[1-9]\d{0,20})?,\d+")
_GROUPS = (("[+-]?[1-9]\\d{0,2}(\\.\\d{3})+(,\\d+)?", ",", "."), ("[+-]?[1-9]\\d{0,2}(,\\d{3})+(\\.\\d+)?", ".", ","),
           ("[+-]?[1-9]\\d{0,2}([ \u00a0\u202f]\\d{3})+(,\\d+)?", ",", " "),
           ("[+-]?[1-9]\\d{0,2}([ \u00a0\u202f]\\d{3})+(\\.\\d+)?", ".", " "),
           ("[+-]?[1-9]\\d{0,2}('\\d{3})+(\\.\\d+)?", ".", "'"), ("[+-]?[1-9]\\d{0,2}(’\\d{3})+(\\.\\d+)?", ".", "’"))
# A thousand and more, or three decimals: only other columns tell.
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2}([.,])\d{3}")
_BOOLS = ({"true", "false"}, {"yes", "no"}, {"ja", "nej"}, {"y", "n"}, {"t", "f"})


class Habits(NamedTuple):
    """How the rest of a file is written."""

    point: str = ""             # before the fraction of numbers, if that is known
    month_first: bool = False


NONE = Habits()


def guessed(names: Sequence[str], rows: Iterable[Sequence[str]], delimiter: str = "") -> list[dict[str, Any]]:
    """The columns as `schema` has them. What may be an identifier (leading zeros, long numbers) stays text."""
    some = list(rows)
    columns = [[row[at] for row in some if at < len(row)] for at in range(len(names))]
    habits = _habits(columns, delimiter)
    return [{"name": name, **of_values(values, habits)} for name, values in zip(names, columns, strict=True)]


def of_values(values: Iterable[str], habits: Habits = NONE) -> dict[str, Any]:
    """The type that all of these texts have, with what has to be said of it."""
    given = [text for value in values if (text := value.strip())]
    nulls = sorted({text for text in given if text in NULLS})
    some = [text for text in given if text not in NULLS]
    found: dict[str, Any] = (_type(some, habits) if some else None) or {"type": "text"}
    return {**found, "nulls": nulls} if nulls else found


def is_typed(text: str) -> bool:
    """Whether that is a number or a date, and so hardly the name of a column."""
    return bool(text.strip()) and of_values([text])["type"] != "text"


def _habits(columns: Sequence[Sequence[str]], delimiter: str) -> Habits:
    """What the columns that leave no doubt say of the others; a file with commas between values has none in them, or
    only between thousands."""
    points = {found.get("decimal", ".") for values in columns
              if (found := of_values(values))["type"] == "decimal" and not _is_either(values)}
    point = points.pop() if len(points) == 1 else "." if not points and delimiter != ";" else ""
    return Habits(point, any(map(is_month_first, columns)))


def _type(some: list[str], habits: Habits) -> dict[str, Any] | None:
    if {text.lower() for text in some} in _BOOLS:
        return {"type": "bool"}
    return moments(some, month_first=habits.month_first) or _numbers([*map(signed, some)], habits)


def _is_either(values: Iterable[str]) -> bool:
    given = (signed(value.strip()) for value in values)
    marked = [text for text in given if text and text not in NULLS and not _WHOLE.fullmatch(text)]
    return bool(marked) and all(map(_EITHER.fullmatch, marked)) and len({text[-4] for text in marked}) == 1


def _numbers(some: list[str], habits: Habits) -> dict[str, Any] | None:
    if all(map(_WHOLE.fullmatch, some)):
        return {"type": "integer"}
    if _is_either(some):
        mark = next(text[-4] for text in some if not _WHOLE.fullmatch(text))
        if habits.point and habits.point != mark:
            return {"type": "decimal", "decimal": habits.point, "thousands": mark}
    for pattern, point in ((_POINT, "."), (_COMMA, ",")):
        if all(_WHOLE.fullmatch(text) or pattern.fullmatch(text) for text in some):
            return {"type": "decimal"} if point == "." else {"type": "decimal", "decimal": ","}
    for groups, point, mark in _GROUPS:
        plain = _POINT if point == "." else _COMMA
        if all(_WHOLE.fullmatch(text) or plain.fullmatch(text) or re.fullmatch(groups, text) for text in some):
            return {"type": "decimal", "decimal": point, "thousands": mark}
    return None
