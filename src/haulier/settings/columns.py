"""The columns of an import as people write them: a list, or a mapping of names to types or details."""
from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from ..core.cell import Cell
from ..model.column import Column, Type
from ..model.errors import Invalid
from .rules import Form, listed

_WORDS = {"string": "text", "str": "text", "int": "integer", "number": "decimal", "money": "decimal",
          "boolean": "bool", "timestamp": "datetime"}
_FLAGS = ("required", "unique")
_PARTS = (("YYYY", "%Y"), ("yyyy", "%Y"), ("YY", "%y"), ("yy", "%y"), ("DD", "%d"), ("dd", "%d"), ("HH", "%H"),
          ("hh", "%H"), ("SS", "%S"), ("ss", "%S"))
_SOME_TIME = datetime(2024, 12, 31, 23, 58, 57)


def _word(value: Any) -> Any:
    return _WORDS.get(value, value) if isinstance(value, str) else value


def _format(text: str) -> str:
    """YYYY-MM-DD is %Y-%m-%d."""
    if "%" not in text:
        for part, directive in _PARTS:
            text = text.replace(part, directive)
        # mm are minutes beside hours, and else the month.
        text = text.replace("MM", "%m").replace("mm", "%M" if "%H" in text else "%m")
    try:
        datetime.strptime(_SOME_TIME.strftime(text), text)
    except (ValueError, re.error) as error:
        raise ValueError(f"no format of dates: {text!r}; write it like %Y-%m-%d or YYYY-MM-DD") from error
    if "%" not in text:
        raise ValueError(f"no format of dates: {text!r}; write it like %Y-%m-%d or YYYY-MM-DD")
    return text


def _nulls(value: Any) -> Any:
    return value if not value or "" in listed(value) else ["", *listed(value)]


class ColumnForm(Form):
    """One column of the rows that come out."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    """What it is called from here on."""
    type: Annotated[Type, BeforeValidator(_word)] = Type.TEXT
    """What its values are."""
    source: str = ""
    """What it is called in the file, if that is something else."""
    required: bool = False
    """Whether a row without it is refused."""
    unique: bool = False
    """Whether a value may be in a file only once."""
    default: Any = None
    """What it is where the file has nothing."""
    minimum: Annotated[Any, Field(alias="min")] = None
    """The least that it may be: a number or a date."""
    maximum: Annotated[Any, Field(alias="max")] = None
    """The most that it may be."""
    shortest: Annotated[int | None, Field(alias="min_length", ge=0)] = None
    """Characters that a text has at least."""
    longest: Annotated[int | None, Field(alias="max_length", ge=0)] = None
    """Characters that a text has at most."""
    pattern: str = ""
    """A regular expression that all of the text matches."""
    choices: Annotated[tuple[Any, ...], BeforeValidator(listed)] = ()
    """All that it may be."""
    known: Annotated[tuple[Any, ...] | None, BeforeValidator(listed)] = None
    """A longer list of what it may be; see known_file."""
    known_file: str = ""
    """A file of the workspace with what it may be, one value in a line."""
    formats: Annotated[tuple[Annotated[str, AfterValidator(_format)], ...], BeforeValidator(listed),
                       Field(alias="format")] = ()
    """How dates and times are written, such as YYYY-MM-DD or %d.%m.%Y, or several; ISO 8601 if nothing is said."""
    decimal: Annotated[str, Field(min_length=1, max_length=1)] = "."
    """What stands before the fraction of a number."""
    thousands: Annotated[str, Field(max_length=1)] = ""
    """What may stand between groups of three digits."""
    places: Annotated[int | None, Field(ge=0, le=40)] = None
    """Decimals that a number has at most."""
    nulls: Annotated[tuple[str, ...], BeforeValidator(_nulls)] = ("",)
    """Texts that mean that there is nothing, beside the empty one; an empty list: none, not even that."""
    trim: bool = True
    """Whether blanks around a value are taken off."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _is_sound(self) -> ColumnForm:
        try:
            Cell(self.column())
        except Invalid as error:
            raise ValueError(str(error)) from error
        return self

    def column(self, home: Path | None = None) -> Column:
        """What core goes by; `home`: the workspace, where the list of known values is; Invalid if it cannot be read."""
        known = self.known
        if home and self.known_file:
            known = (*(known or ()), *_lines(home / self.known_file))
        return Column(self.name, self.type, self.source, self.required, self.default, self.minimum, self.maximum,
                      self.shortest, self.longest, self.pattern, self.choices, self.unique,
                      None if known is None else frozenset(known), self.formats, self.decimal, self.thousands,
                      self.nulls, self.trim, self.places)


def _as_list(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return listed(value)
    return [_detailed(name, details) for name, details in value.items()]


def _detailed(name: Any, details: Any) -> Any:
    """`amount: decimal`, `id: integer required unique`, `amount: {type: decimal, min: 0}`, `note:`."""
    if details is None:
        return {"name": name}
    if isinstance(details, str):
        kind, *flags = details.replace(",", " ").split() or [""]
        unknown = [flag for flag in flags if flag not in _FLAGS]
        if unknown:
            raise ValueError(f"column {name}: {unknown[0]} is neither {' nor '.join(_FLAGS)}; "
                             "other details need a mapping, as {type: decimal, min: 0}")
        return {"name": name, "type": kind, **dict.fromkeys(flags, True)}
    if not isinstance(details, Mapping):
        raise ValueError(f"column {name}: must be a type, such as decimal, or a mapping of details")
    return {"name": name, **details}


def _distinct(forms: tuple[ColumnForm, ...]) -> tuple[ColumnForm, ...]:
    names = [form.name for form in forms]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"two columns of one name: {', '.join(twice)}")
    return forms


SchemaSetting: TypeAlias = Annotated[tuple[ColumnForm, ...], BeforeValidator(_as_list), AfterValidator(_distinct)]
"""The field `schema` of an import."""


def columns(forms: Iterable[ColumnForm], home: Path) -> tuple[Column, ...]:
    """The columns, with the lists of known values that are files of the workspace; Invalid if one cannot be read."""
    return tuple(form.column(home) for form in forms)


def _lines(path: Path) -> list[str]:
    try:
        return [line.strip() for line in path.read_text("utf-8-sig").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"the list of known values {path.name} cannot be read: {error}") from error
