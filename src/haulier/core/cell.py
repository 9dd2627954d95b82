"""One column made ready: gives a value its type and says everything that is wrong with it."""
from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from ..model.column import Column, Type
from ..model.errors import Invalid
from ..model.record import SHOWN, Fault
from .casting import Wrong, caster
from .seen import Seen

_LONGEST_LIST = 8


class Cell:
    """The careful way, for one value at a time; the quick way is made from the same attributes (columncode)."""

    def __init__(self, column: Column) -> None:
        self.column = column
        self.source = column.source or column.name
        self.cast = caster(column)
        self.lower = self._own(column.minimum, "minimum")
        self.upper = self._own(column.maximum, "maximum")
        self.default = self._own(column.default, "default")
        self.choices = frozenset(self._own(one, "choices") for one in column.choices)
        self.known = None if column.known is None else frozenset(self._own(one, "known") for one in column.known)
        self.matches = self._pattern()
        self._is_sound()

    def value(self, given: Any, faults: list[Fault], seen: Seen | None = None) -> Any:
        """The value, or None with what is wrong with it added to `faults`."""
        try:
            value = self.cast(given)
        except Wrong as wrong:
            faults.append(self._fault(wrong.code, wrong.reason, given))
            return None
        if value is None:
            if self.column.required and self.default is None:
                faults.append(self._fault("required", "must not be empty", given))
            return self.default
        faults += (self._fault(code, reason, given) for code, reason in self._wrongs(value))
        if seen and seen.has(value):
            faults.append(self._fault("duplicate", "is in an earlier row too", given))
        return value

    def _wrongs(self, value: Any) -> Iterator[tuple[str, str]]:
        try:
            yield from self._out_of_range(value)
        except TypeError:       # a time with a zone and a limit without
            yield "not_comparable", "cannot be compared with the limit: only one of them has a time zone"
        column = self.column
        if column.shortest is not None and len(value) < column.shortest:
            yield "too_short", f"has less than {column.shortest} characters"
        if column.longest is not None and len(value) > column.longest:
            yield "too_long", f"has more than {column.longest} characters"
        if self.matches and not self.matches(value):
            yield "pattern", f"does not match {column.pattern}"
        if column.places is not None and is_finer(value, column.places):
            yield "too_many_places", f"has more than {column.places} decimals"
        if self.choices and value not in self.choices:
            yield "not_a_choice", f"is not one of {_listed(column.choices)}"
        if self.known is not None and value not in self.known:
            yield "not_known", "is not in the list of known values"

    def _out_of_range(self, value: Any) -> Iterator[tuple[str, str]]:
        if self.lower is not None and value < self.lower:
            yield "too_small", f"is less than {self.lower}"
        if self.upper is not None and value > self.upper:
            yield "too_large", f"is more than {self.upper}"

    def _fault(self, code: str, reason: str, given: Any) -> Fault:
        shown = "" if given is None else str(given)[:SHOWN]
        return Fault(code, f"{self.source} {reason}", self.source, shown)

    def _own(self, value: Any, what: str) -> Any:
        """What the settings say, in the type of the column: written as in the file, or as in settings (1.5)."""
        try:
            return self.cast(value)
        except Wrong as wrong:
            try:
                return caster(replace(self.column, decimal=".", thousands="", formats=()))(value)
            except Wrong:
                raise Invalid(f"column {self.column.name}: {what}: {value!r} {wrong.reason}") from None

    def _pattern(self) -> Any:
        try:
            return re.compile(self.column.pattern).fullmatch if self.column.pattern else None
        except re.error as error:
            raise Invalid(f"column {self.column.name}: pattern: no regular expression: {error}") from None

    def _is_sound(self) -> None:
        column = self.column
        only_text = {"pattern": self.matches, "shortest": column.shortest, "longest": column.longest}
        wrong = [key for key, value in only_text.items() if value is not None and column.type is not Type.TEXT]
        if column.places is not None and column.type is not Type.DECIMAL:
            wrong.append("places")
        if column.type in {Type.TEXT, Type.BOOL}:
            wrong += [key for key, value in (("minimum", self.lower), ("maximum", self.upper)) if value is not None]
        if wrong:
            raise Invalid(f"column {column.name}: {', '.join(wrong)} cannot be asked of a column of type {column.type}")
        if column.decimal == column.thousands or len(column.decimal) != 1 or len(column.thousands) > 1:
            raise Invalid(f"column {column.name}: decimal and thousands must be two different characters")


def is_finer(value: Decimal, places: int) -> bool:
    """Whether it has more decimals than that; zeros at its end are none."""
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    beyond = -exponent - places
    return beyond > 0 and any(digits[-beyond:])


def _listed(values: tuple[Any, ...]) -> str:
    shown = ", ".join(map(str, values[:_LONGEST_LIST]))
    return f"{shown} …" if len(values) > _LONGEST_LIST else shown
