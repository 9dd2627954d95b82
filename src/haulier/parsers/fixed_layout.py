"""The layout of lines with fixed places, as people write it: in the settings, or in a file of its own."""
from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from ..model.errors import Invalid
from ..settings.rules import Form, listed
from .fixed_parser import Layout

_MOST = 100_000
Position = Annotated[int, Field(ge=1, le=_MOST)]


class FieldForm(Form):
    """One value of a line."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    """What its column is called."""
    start: Position | None = None
    """Its first character, from 1; none: right behind the one before."""
    length: Annotated[Position | None, Field(alias="width")] = None
    """How many characters it has; none: up to `end`."""
    end: Position | None = None
    """Its last character, from 1."""

    def place(self, before: int) -> tuple[int, int]:
        """From where to where, as Python counts; `before`: where the last one ended."""
        start = before if self.start is None else self.start - 1
        if (self.length is None) == (self.end is None):
            raise Invalid(f"column {self.name}: give either length or end")
        end = self.end or start + (self.length or 0)
        if end <= start:
            raise Invalid(f"column {self.name}: ends at {end}, before its start at {start + 1}")
        return start, end


def fields_of(value: Any) -> Any:
    """Also a mapping: `{id: 9, day: 10}`, names and lengths."""
    if isinstance(value, dict):
        return [{"name": name, **(one if isinstance(one, dict) else {"length": one})} for name, one in value.items()]
    return value


Fields = Annotated[tuple[FieldForm, ...], BeforeValidator(fields_of)]


class RecordForm(Form):
    """One kind of line among several."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    """What it is called: its rows have it in the column `record`."""
    key: Annotated[str, Field(min_length=1, max_length=100)]
    """What such lines have at the place that tells."""
    columns: Fields = ()
    """Its values; none: such lines are known, and no rows."""
    width: Position | None = None
    """Characters of such a line; none: up to its last value."""


class LayoutForm(Form):
    """The places of values in a line."""

    columns: Fields = ()
    """The values of every line, in their order."""
    records: Annotated[tuple[RecordForm, ...], BeforeValidator(listed)] = ()
    """The kinds of lines, if there are several."""
    key_start: Position = 1
    """The first character of what tells the kind of a line, from 1; it is as long as their keys."""
    take: Annotated[tuple[str, ...], BeforeValidator(listed)] = ()
    """The kinds of lines that are rows; none: all that have columns."""
    width: Position | None = None
    """Characters of a line, where all are of one kind; none: up to the last value."""

    @model_validator(mode="after")
    def _is_sound(self) -> LayoutForm:
        if self.columns and self.records:
            raise ValueError("either columns, or records with columns of their own")
        if len({len(record.key) for record in self.records}) > 1:
            raise ValueError("the keys of records must be of one length")
        for what in ("name", "key"):
            given = [getattr(record, what) for record in self.records]
            if len(given) != len(set(given)):
                raise ValueError(f"two records of one {what}")
        unknown = sorted({*self.take} - {record.name for record in self.records})
        if unknown:
            raise ValueError(f"take: there is no record {', '.join(unknown)}")
        try:
            self.layouts()
        except Invalid as error:
            raise ValueError(str(error)) from error
        return self

    def layouts(self) -> tuple[Layout, ...]:
        """What the parser goes by."""
        if not self.records:
            return (_layout("", "", self.columns, self.width),) if self.columns else ()
        return tuple(_layout(one.name, one.key, one.columns, one.width)._replace(
            taken=bool(one.columns) and (not self.take or one.name in self.take)) for one in self.records)

    def tells(self) -> slice:
        """The place of the key of a line."""
        length = len(self.records[0].key) if self.records else 0
        return slice(self.key_start - 1, self.key_start - 1 + length)


def _layout(name: str, key: str, fields: tuple[FieldForm, ...], width: int | None) -> Layout:
    places: list[tuple[int, int]] = []
    for field in fields:
        places.append(field.place(places[-1][1] if places else 0))
    names = tuple(field.name for field in fields)
    if len(names) != len(set(names)):
        raise Invalid(f"two columns of one name: {', '.join(sorted({one for one in names if names.count(one) > 1}))}")
    last = max((end for _, end in places), default=0)
    if width is not None and width < last:
        raise Invalid(f"a line has {width} characters, and a column ends at {last}")
    return Layout(name, key, names, tuple(places), width or last)
