"""The quick way to give rows their types: one function written out for the columns, as a person would write it.

It takes rows that are good and have nothing odd; every other row is handed to the careful way, which decides.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from ..model.column import Column, Type
from .casting import DIGITS, TYPED, caster, nulls_of
from .cell import Cell
from .seen import Seen


class Slot(NamedTuple):
    """A column and where its value is: a place in lists of texts, or None if the file does not have it."""

    cell: Cell
    place: int | None
    seen: Seen | None = None


class _Code:
    """Lines of a function and the objects that they name."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.names: dict[str, Any] = {"Decimal": Decimal}

    def add(self, depth: int, *lines: str) -> None:
        self.lines += ("    " * depth + line for line in lines)

    def made(self) -> Callable[..., Any]:
        exec("\n".join(self.lines), self.names)     # only repr() of names and our own words are in it
        made: Callable[..., Any] = self.names["take"]
        return made


def of_lists(slots: Sequence[Slot], width: int, extras: Mapping[str, int], places: Sequence[slice] = (), *,
             proved: bool = False) -> Callable[..., Any]:
    """take(records, mend) → rows, for records that are lists of `width` texts, or lines with texts at these `places`
    and blanks around them; `extras` pass as they are. `proved`: only for records whose columns have their proof()."""
    used = {slot.place for slot in slots} | set(extras.values())
    padded = {slot.place for slot in slots if not slot.cell.column.trim}
    code = _begun()
    if places:
        code.add(3, *(f"c{at} = record[{one.start}:{one.stop}]{'' if at in padded else '.strip()'}"
                      for at, one in enumerate(places) if at in used))
    elif width:
        code.add(3, f"{', '.join(f'c{at}' if at in used else '_' for at in range(width))}, = record")
    else:
        code.add(3, "if record: raise ValueError")
    copies = _copies(slots, code)
    for number, slot in enumerate(slots):
        column = slot.cell.column
        trimmed = bool(places) and slot.place not in padded
        lines = (("{v} = None",) if slot.place is None else _proved(column) if proved and is_provable(column)
                 else _texts(slot, number, code, trimmed=trimmed))
        for line in lines:
            code.add(3, line.replace("{v}", copies[number]))
        _judged(slot, number, copies[number], code)
    rest = "".join(f", {name!r}: c{at}" for name, at in extras.items())
    return _ended(slots, copies, rest, code)


def of_mappings(slots: Sequence[Slot], *, others: bool) -> Callable[..., Any]:
    """take(rows, mend) → rows, for rows that are mappings by the names in the file."""
    code = _begun()
    names = [f"v{number}" for number in range(len(slots))]
    for number, slot in enumerate(slots):
        name = names[number]
        code.names[f"typed{number}"] = TYPED[slot.cell.column.type]
        code.add(3, f"{name} = record.get({slot.cell.source!r})", f"if {name}.__class__ is str:")
        for line in _texts(slot, number, code):
            code.add(4, line.replace("{v}", name))
        code.add(3, f"elif {name} is not None:", f"    {name} = typed{number}({name})")
        _judged(slot, number, name, code)
    code.names["own"] = own_names(slots)
    rest = ", **{key: value for key, value in record.items() if key not in own}" if others else ""
    return _ended(slots, names, rest, code)


def own_names(slots: Sequence[Slot]) -> frozenset[str]:
    """What the columns are called, in the file and in rows: other values of a file cannot have these names."""
    return frozenset(name for slot in slots for name in (slot.cell.source, slot.cell.column.name))


def _begun() -> _Code:
    code = _Code()
    code.add(0, "def take(records, mend):")
    code.add(1, "rows, lost = [], 0", "for record in records:")
    code.add(2, "try:")
    return code


def _copies(slots: Sequence[Slot], code: _Code) -> list[str]:
    """A name for each value; two columns of the same source have two."""
    names: list[str] = []
    for number, slot in enumerate(slots):
        name = f"c{slot.place}"
        if slot.place is None or name in names:
            code.add(3, *([f"v{number} = {name}"] if slot.place is not None else []))
            name = f"v{number}"
        names.append(name)
    return names


def _ended(slots: Sequence[Slot], names: Sequence[str], rest: str, code: _Code) -> Callable[..., Any]:
    unique = [number for number, slot in enumerate(slots) if slot.seen]
    for number in unique:
        seen = slots[number].seen
        assert seen
        code.names |= {f"has{number}": seen.has, f"keep{number}": seen.add}
        code.add(3, f"if has{number}({names[number]}): raise ValueError")
    fields = ", ".join(f"{slot.cell.column.name!r}: {name}" for slot, name in zip(slots, names, strict=True))
    code.add(3, f"rows.append({{{fields}{rest}}})")
    for number in unique:
        code.add(3, f"keep{number}({names[number]})")
    code.add(2, "except (ValueError, ArithmeticError, LookupError, TypeError):")
    code.add(3, "row = mend(len(rows) + lost, record)", "if row is None: lost += 1", "else: rows.append(row)")
    code.add(1, "return rows")
    return code.made()


def _texts(slot: Slot, number: int, code: _Code, *, trimmed: bool = False) -> Iterator[str]:
    """From a text to its value: what is common at once, the rest by cast()."""
    column = slot.cell.column
    nulls = nulls_of(column)
    if column.type is Type.TEXT:
        code.names[f"nulls{number}"] = nulls
        yield from _plain_text(nulls, f"nulls{number}", strip=column.trim and not trimmed)
        return
    if column.type in _FEW:
        code.names[f"met{number}"] = _Met(column)
        yield f"{{v}} = met{number}[{{v}}]"
        return
    code.names[f"cast{number}"] = caster(column)
    if column.type not in _QUICK:
        yield f"{{v}} = cast{number}({{v}})"
        return
    quick = _QUICK[column.type](column)
    if nulls - {""}:    # a text that means nothing may look like a number: then it is asked for first
        code.names[f"nulls{number}"] = nulls
        quick = f"None if {{v}} in nulls{number} else {quick}"
    yield f"{{v}} = {quick} else cast{number}({{v}})"


class _Met(dict[str, Any]):
    """What texts meant that came before, in a column where few are different; another is cast."""

    def __init__(self, column: Column) -> None:
        self._cast = caster(column)

    def __missing__(self, text: str) -> Any:
        value = self._cast(text)
        if len(self) < _MOST and len(text) <= DIGITS:
            self[text] = value
        return value


def is_provable(column: Column) -> bool:
    """Whether many of its texts can be looked at together: they are numbers, and nothing else means anything."""
    return (column.type in _QUICK and nulls_of(column) <= {""} and column.decimal in ".,"
            and column.thousands not in _IN_NUMBERS)


def proof(column: Column, *, padded: bool) -> Callable[[Sequence[str]], bool]:
    """Whether texts of a provable column are of digits, with points and minuses perhaps anywhere, or empty: int(),
    Decimal() and float() give the others their value, or refuse them, as the careful way does."""
    marks = "-" if column.type is Type.INTEGER else "-" + column.decimal
    if padded and column.trim:
        marks += " "

    def is_proved(texts: Sequence[str]) -> bool:
        digits = "".join(texts)
        for mark in marks:
            digits = digits.replace(mark, "")
        return (not digits or (digits.isdigit() and digits.isascii())) and max(map(len, texts)) <= DIGITS
    return is_proved


def _proved(column: Column) -> Iterator[str]:
    text = "{v}" if column.type is Type.INTEGER or column.decimal == "." else "{v}.replace(',', '.')"
    made = {Type.INTEGER: f"int({text})", Type.DECIMAL: f"Decimal({text})", Type.FLOAT: f"float({text})"}[column.type]
    yield f"{{v}} = {made} if {{v}} else None" if nulls_of(column) else f"{{v}} = {made}"


def _plain_text(nulls: frozenset[str], named: str, *, strip: bool) -> Iterator[str]:
    text = "{v}.strip()" if strip else "{v}"
    if nulls == {""}:
        yield f"{{v}} = {text} or None"
        return
    if strip:
        yield f"{{v}} = {text}"
    if nulls:
        yield f"if {{v}} in {named}: {{v}} = None"


def _whole(column: Column) -> str:
    return "int({v}) if {v}.isdigit() and {v}.isascii() and len({v}) < 19"


def _exact(column: Column) -> str:
    point = column.decimal
    text = "{v}" if point == "." else f"{{v}}.replace({point!r}, '.')"
    # Decimal() itself refuses a minus that is not in front.
    return (f"Decimal({text}) if {{v}}.replace({point!r}, '', 1).replace('-', '', 1).isdigit()"
            " and {v}.isascii() and len({v}) < 39")


def _near(column: Column) -> str:
    return _exact(column).replace("Decimal(", "float(", 1)


_FEW = frozenset({Type.BOOL, Type.DATE})
_MOST = 10_000
_IN_NUMBERS = frozenset(" -0123456789")
_QUICK: dict[Type, Callable[[Column], str]] = {Type.INTEGER: _whole, Type.DECIMAL: _exact, Type.FLOAT: _near}


def _judged(slot: Slot, number: int, name: str, code: _Code) -> None:
    """What the value must be; what is not is left to the careful way."""
    cell, column = slot.cell, slot.cell.column
    tests = [*_tests(cell, column, number, name, code)]
    if cell.default is not None:
        code.names[f"default{number}"] = cell.default
        code.add(3, f"if {name} is None: {name} = default{number}")
    elif column.required:
        code.add(3, f"if {name} is None: raise ValueError")
    if tests:
        other = "elif" if cell.default is not None or column.required else f"if {name} is not None and"
        code.add(3, f"{other} ({' or '.join(tests)}): raise ValueError")


def _tests(cell: Cell, column: Column, number: int, name: str, code: _Code) -> Iterator[str]:
    named = {"lower": cell.lower, "upper": cell.upper, "matches": cell.matches, "choices": cell.choices or None,
             "known": cell.known}
    code.names |= {f"{key}{number}": value for key, value in named.items() if value is not None}
    if cell.lower is not None:
        yield f"{name} < lower{number}"
    if cell.upper is not None:
        yield f"{name} > upper{number}"
    if column.shortest is not None:
        yield f"len({name}) < {column.shortest:d}"
    if column.longest is not None:
        yield f"len({name}) > {column.longest:d}"
    if cell.matches:
        yield f"not matches{number}({name})"
    if column.places is not None:
        yield f"{name}.as_tuple()[2] < -{column.places:d}"
    if cell.choices:
        yield f"{name} not in choices{number}"
    if cell.known is not None:
        yield f"{name} not in known{number}"
