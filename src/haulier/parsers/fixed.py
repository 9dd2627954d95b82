"""Files of lines whose values stand at fixed places."""
from __future__ import annotations

from enum import StrEnum, auto
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from ..model.errors import Invalid
from ..ports import Guess, Parser
from ..settings import yamlfile
from ..settings.problems import Problem, Problems, translated
from ..settings.spec import Env, ParserSpec
from ..settings.units import Size
from .fixed_layout import LayoutForm, fields_of
from .fixed_parser import FixedParser, FixedRules
from .text import Encoding


class Short(StrEnum):
    """What a line is that is too short."""

    ERROR = auto()
    PAD = auto()


class Long(StrEnum):
    """What a line is that is too long."""

    ERROR = auto()
    IGNORE = auto()


class FixedSpec(ParserSpec, LayoutForm):
    """Fixed width"""

    type: Literal["fixed"] = "fixed"
    layout: str = ""
    """A file of the workspace (YAML or JSON) with `columns` or `records`, instead of having them here."""
    encoding: Encoding | None = None
    """Such as cp1252; a byte it does not have is the fault of its row. None: a byte order mark says it, or it is
    UTF-8, or the file is refused."""
    fallback: Encoding | None = None
    """The encoding of files that have no byte order mark and are not UTF-8."""
    skip: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """Lines at the beginning that are no rows."""
    short: Short = Short.ERROR
    """What to do with a line that is too short. error: reject it; pad: blanks at its end were lost."""
    long: Long = Long.ERROR
    """What to do with a line that is too long, by more than blanks. error: reject it; ignore: nobody wants the
    rest."""
    comment: Annotated[str, Field(max_length=10)] = ""
    """How lines begin that are no rows."""
    record_column: Annotated[str, Field(min_length=1)] = "record"
    """The column that says what kind of line a row was, where there are several."""
    longest: Annotated[Size, Field(ge=1024, le=64 << 20)] = 1 << 20
    """Characters of a line at most; a file with a longer one is refused."""

    @model_validator(mode="after")
    def _has_layout(self) -> FixedSpec:
        if bool(self.layout) == bool(self.columns or self.records):
            raise ValueError("give columns, or records, or a layout file")
        return self

    def build(self, env: Env) -> Parser:
        form = _read(env.home / self.layout, self.layout) if self.layout else self
        rules = FixedRules(form.layouts(), form.tells(), self.encoding, self.fallback, self.skip, self.short, self.long,
                           self.comment, self.record_column, self.longest)
        if any(self.record_column in layout.columns for layout in rules.layouts if layout.name):
            raise Invalid(f"a column is called {self.record_column}, as the one with the kind of line; "
                          "set `record_column`")
        return FixedParser(rules)

    @classmethod
    def guess(cls, name: str, head: bytes) -> Guess | None:
        from .fixed_guess import guess
        return guess(name, head)


def _read(path: Path, shown: str) -> LayoutForm:
    document = yamlfile.read(path, shown)
    data = document.data
    if isinstance(data, list):
        data = {"columns": data}
    if isinstance(data, dict) and "columns" in data:    # so that a mistake names its column
        data = {**data, "columns": fields_of(data["columns"])}
    try:
        form = LayoutForm.model_validate(data)
    except ValidationError as error:
        raise Problems(translated(error, data, LayoutForm, lambda where, text, hint: Problem(
            shown, 0, yamlfile.key_text(where), text, hint))) from None
    if not form.layouts():
        raise Invalid(f"{shown}: neither columns nor records in it")
    return form
