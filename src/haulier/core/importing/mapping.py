"""From the columns of a file to those that go on: renamed, constant, or put together."""
from __future__ import annotations

import json
import string
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from operator import itemgetter
from typing import Any, NamedTuple

from ...model.errors import Invalid
from ...model.record import SHOWN, Fault, Row
from ..spelling import nearest

Made = Callable[[Row], Any]

_WORDS: Mapping[str, Callable[[Any], Any]] = {
    "upper": lambda value: _text(value).upper(),
    "lower": lambda value: _text(value).lower(),
    "trim": lambda value: _text(value).strip(),
    "digits": lambda value: "".join(one for one in _text(value) if one in string.digits),
    "abs": lambda value: abs(_number(value)),
    "minus": lambda value: -_number(value),
    "cents": lambda value: _cents(value),
    "text": lambda value: _text(value),
}


class Piece(NamedTuple):
    """`{column|word|word:format}` of a template."""

    column: str
    words: tuple[str, ...]
    format: str

    def of(self, row: Row) -> Any:
        """Its value in a row; Invalid if it has none that fits."""
        value = row[self.column]
        for word in self.words:
            value = _WORDS[word](value)
        return format(value, self.format) if self.format else value


class Mapper:
    """Makes rows out of rows.

    `rules`: new column → what it is: `{column}` is that column with its type, `{first} {last}` a text, anything
    without braces itself. `{amount|abs}`, `{name|upper|trim}`, `{booked:%Y%m%d}`, `{amount:.2f}`; `{{` is a brace.
    `rest`: columns that no rule uses go on as they are. Invalid if a rule cannot be read.
    """

    def __init__(self, rules: Mapping[str, Any], *, rest: bool = False) -> None:
        self._rules = {name: _rule(name, rule) for name, rule in rules.items()}
        self.columns = frozenset(column for _, used in self._rules.values() for column in used)
        self._rest = rest
        self._plain = _renaming(rules) if not rest else None

    def rows(self, rows: Sequence[Row]) -> tuple[list[Row], dict[int, tuple[Fault, ...]]]:
        """The rows that could be made, in order, and what is wrong with the others by their place in `rows`."""
        if self._plain:
            names, values = self._plain
            try:
                return [dict(zip(names, values(row), strict=True)) for row in rows], {}
            except KeyError:
                pass
        made, faults = [], {}
        for at, row in enumerate(rows):
            found, wrong = self._row(row)
            if wrong:
                faults[at] = tuple(wrong)
            else:
                made.append(found)
        return made, faults

    def _row(self, row: Row) -> tuple[Row, list[Fault]]:
        found: Row = {name: value for name, value in row.items() if name not in self.columns} if self._rest else {}
        wrong = []
        for name, (make, used) in self._rules.items():
            try:
                found[name] = make(row)
            except KeyError as error:
                wrong.append(Fault("missing_column", f"{name} is made of {error.args[0]}, and the row has no such "
                                   f"column; {nearest(str(error.args[0]), list(row))}", name))
            except (Invalid, ValueError, TypeError, ArithmeticError) as error:
                column = next(iter(used), "")
                wrong.append(Fault("not_mappable", f"{name} cannot be made of it ({error})", column,
                                   str(row.get(column))[:SHOWN]))
        return found, wrong


def _renaming(rules: Mapping[str, Any]) -> tuple[list[str], Callable[[Row], tuple[Any, ...]]] | None:
    """The quick way, if all that is done is to rename columns, two of them at least."""
    pieces = [_pieces(name, rule) if isinstance(rule, str) else [] for name, rule in rules.items()]
    if len(rules) < 2 or not all(len(one) == 1 and isinstance(one[0], Piece) and one[0][1:] == ((), "")
                                 for one in pieces):
        return None
    return list(rules), itemgetter(*(one[0].column for one in pieces if isinstance(one[0], Piece)))


def _rule(name: str, rule: Any) -> tuple[Made, tuple[str, ...]]:
    """What makes it, and the columns it needs."""
    if not isinstance(rule, str):
        return lambda row: rule, ()
    pieces = _pieces(name, rule)
    used = tuple(piece.column for piece in pieces if isinstance(piece, Piece))
    if len(pieces) == 1 and isinstance(pieces[0], Piece):
        return pieces[0].of, used
    if not used:
        constant = "".join(map(str, pieces))
        return lambda row: constant, ()
    return lambda row: "".join(one if isinstance(one, str) else _text(one.of(row)) for one in pieces), used


def _pieces(name: str, rule: str) -> list[str | Piece]:
    found: list[str | Piece] = []
    try:
        for literal, field, format, conversion in string.Formatter().parse(rule):
            if literal:
                found.append(literal)
            if field is None:
                continue
            column, *words = (one.strip() for one in field.split("|"))
            if not column or conversion or "{" in (format or ""):
                raise ValueError("a column has to be named in {…}")
            if unknown := next((word for word in words if word not in _WORDS), None):
                raise ValueError(f"|{unknown} is not known; {nearest(unknown, list(_WORDS))}")
            found.append(Piece(column, tuple(words), format or ""))
    except ValueError as error:
        raise Invalid(f"{name}: {rule!r} cannot be read: {error}") from None
    return found


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return json.dumps(value, ensure_ascii=False, default=str)


def _number(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return Decimal(value)
        except InvalidOperation:
            raise Invalid("it is no number") from None
    if isinstance(value, bool) or not isinstance(value, int | Decimal | float):
        raise Invalid("it is no number")
    return value


def _cents(value: Any) -> int:
    """In hundredths, exactly."""
    number = Decimal(str(_number(value))) * 100
    if number != number.to_integral_value():
        raise Invalid("it has more than two decimals")
    return int(number)
