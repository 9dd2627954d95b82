"""One value of a row: from what stands in a file to what its column says, or why not."""
from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeAlias

from ..model.column import Column, Type

Read: TypeAlias = Callable[[str], Any]

DIGITS = 40
"""Digits of a number at most, and powers of ten: what is longer is an identifier, and a text."""
BOOLS = {"true": True, "t": True, "yes": True, "y": True, "1": True, "on": True, "ja": True,
         "false": False, "f": False, "no": False, "n": False, "0": False, "off": False, "nej": False}
_INTEGER = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_DIRECTIVES = {"Y": 4, "y": 2, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2}
_MINUSES = ("-", "\u2212")
_MIDNIGHT = time()


class Wrong(ValueError):
    """A value that its column does not allow."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def caster(column: Column) -> Callable[[Any], Any]:
    """Gives a text or a value that has a type already the type of the column; None if it is empty; else Wrong."""
    read, typed, nulls, trim = reader(column), TYPED[column.type], nulls_of(column), column.trim

    def cast(value: Any) -> Any:
        if not isinstance(value, str):
            return None if value is None else typed(value)
        text = value.strip() if trim else value
        return None if text in nulls else read(text)
    return cast


def nulls_of(column: Column) -> frozenset[str]:
    """The texts that mean that there is none, as they are compared."""
    return frozenset(text.strip() if column.trim else text for text in column.nulls)


def reader(column: Column) -> Read:
    """Gives a text that is not empty the type of its column, or says Wrong."""
    return _READERS[column.type](column)


def _integers(column: Column) -> Read:
    plain = _ungrouped(column)

    def read(text: str) -> int:
        digits = plain(signed(text))
        if not _INTEGER.fullmatch(digits):
            raise Wrong("not_integer", "is no whole number")
        if len(digits) > DIGITS:
            raise Wrong("too_many_digits", f"has more than {DIGITS} digits")
        return int(digits)
    return read


def _decimals(column: Column, code: str = "not_decimal") -> Read:
    plain, point = _ungrouped(column), column.decimal
    example = f'is no number like 1234{point}50'

    def read(text: str) -> Decimal:
        digits = plain(signed(text))
        if point != ".":
            digits = "?" if "." in digits else digits.replace(point, ".", 1)
        if not _DECIMAL.fullmatch(digits):
            raise Wrong(code, example)
        return _sane(Decimal(digits))
    return read


def signed(text: str) -> str:
    """With the minus of keyboards in front, where a bank writes the one of typesetters, or accounting one behind."""
    if text[-1:] in _MINUSES and text[:1].isdigit():
        return f"-{text[:-1].rstrip()}"
    return f"-{text[1:]}" if text.startswith("\u2212") else text


def _floats(column: Column) -> Read:
    decimals = _decimals(column, "not_number")
    return lambda text: float(decimals(text))


def _sane(value: Decimal) -> Decimal:
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    if len(digits) > DIGITS or not -DIGITS <= exponent <= DIGITS or value.adjusted() > DIGITS:
        raise Wrong("too_many_digits", f"has more than {DIGITS} digits")
    return value


def _ungrouped(column: Column) -> Callable[[str], str]:
    """Takes the marks between groups of digits away, if they are where they belong: 1,5 is not 15."""
    mark, point = column.thousands, column.decimal
    if not mark:
        return str
    groups = re.compile(rf"[+-]?[0-9]{{1,3}}(?:{re.escape(mark)}[0-9]{{2,3}})*{re.escape(mark)}[0-9]{{3}}")

    def plain(text: str) -> str:
        if mark == " ":
            text = text.replace("\u00a0", " ").replace("\u202f", " ")
        whole, found, rest = text.partition(point)
        return whole.replace(mark, "") + found + rest if groups.fullmatch(whole) else text
    return plain


def _bool(text: str) -> bool:
    try:
        return BOOLS[text.lower()]
    except KeyError:
        raise Wrong("not_bool", "is neither true nor false") from None


def _moments(column: Column, iso: Read, part: Callable[[datetime], Any] | None, kind: str, example: str) -> Read:
    formats = tuple((form, _width(form)) for form in column.formats)
    wrong = f"is no {kind} like {' or '.join(column.formats) or example}"

    def read(text: str) -> Any:
        for form, width in formats:
            if width and len(text) != width:
                continue
            try:
                moment = datetime.strptime(text, form)
            except ValueError:
                continue
            return part(moment) if part else moment
        if formats:
            raise Wrong(f"not_{kind}", wrong)
        try:
            return iso(text)
        except ValueError:
            raise Wrong(f"not_{kind}", wrong) from None
    # Dates come again and again in a file, and strptime is slow.
    return lru_cache(4096)(read) if formats else read


def _width(form: str) -> int:
    """Characters of a text in a format of digits without marks between, where 1124 must not be read as anything; 0:
    it may be shorter."""
    directives = re.findall(r"%(.)", form)
    if "%" + "%".join(directives) != form or not set(directives) <= _DIRECTIVES.keys():
        return 0
    return sum(_DIRECTIVES[one] for one in directives)


def _text_of(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))      # a spreadsheet has 123.0 for 123
    if isinstance(value, int | float | Decimal):
        return str(value)
    raise Wrong("not_text", "is a list or a mapping, not a text")


def _integer_of(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not _is_finite(value):
        raise Wrong("not_integer", "is no whole number")
    if value != value // 1:
        raise Wrong("not_integer", "is no whole number")
    if abs(value) >= 10 ** DIGITS:
        raise Wrong("too_many_digits", f"has more than {DIGITS} digits")
    return int(value)


def _decimal_of(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not _is_finite(value):
        raise Wrong("not_decimal", "is no number")
    if isinstance(value, int) and abs(value) >= 10 ** DIGITS:
        raise Wrong("too_many_digits", f"has more than {DIGITS} digits")
    # The shortest text of a float is what was written: 0.1 stays 0.1.
    return _sane(Decimal(repr(value)) if isinstance(value, float) else Decimal(value))


def _is_finite(value: Any) -> bool:
    if isinstance(value, Decimal):
        # What is beyond this is refused; asking 1E+999999 for its parts would take for ever.
        return value.is_finite() and abs(value.adjusted()) <= 2 * DIGITS
    return isinstance(value, int) or value - value == 0


def _float_of(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not _is_finite(value):
        raise Wrong("not_number", "is no number")
    return float(_decimal_of(value)) if isinstance(value, int) else float(value)


def _bool_of(value: Any) -> bool:
    if isinstance(value, bool) or (isinstance(value, int) and value in {0, 1}):
        return bool(value)
    raise Wrong("not_bool", "is neither true nor false")


def _date_of(value: Any) -> date:
    if isinstance(value, datetime):
        if value.time() != _MIDNIGHT:
            raise Wrong("not_date", "has a time of day, and is to be a date")
        return value.date()
    if isinstance(value, date):
        return value
    raise Wrong("not_date", "is no date")


def _datetime_of(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, _MIDNIGHT)
    raise Wrong("not_datetime", "is no date with a time")


def _time_of(value: Any) -> time:
    if isinstance(value, time):
        return value
    raise Wrong("not_time", "is no time of day")


TYPED: dict[Type, Callable[[Any], Any]] = {
    Type.TEXT: _text_of, Type.INTEGER: _integer_of, Type.DECIMAL: _decimal_of, Type.FLOAT: _float_of,
    Type.BOOL: _bool_of, Type.DATE: _date_of, Type.DATETIME: _datetime_of, Type.TIME: _time_of,
}
"""From a value that is no text, such as a number of JSON."""
_READERS: dict[Type, Callable[[Column], Read]] = {
    Type.TEXT: lambda column: str, Type.BOOL: lambda column: _bool,
    Type.INTEGER: _integers, Type.DECIMAL: _decimals, Type.FLOAT: _floats,
    Type.DATE: lambda column: _moments(column, date.fromisoformat, datetime.date, "date", "2024-12-31"),
    Type.DATETIME: lambda column: _moments(column, datetime.fromisoformat, None, "datetime", "2024-12-31T23:59:00"),
    Type.TIME: lambda column: _moments(column, time.fromisoformat, datetime.time, "time", "23:59:00"),
}
