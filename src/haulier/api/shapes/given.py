"""Kinds of values that come from outside, with their bounds."""
from __future__ import annotations

import re
from typing import Annotated, TypeAlias

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from .moment import MOST

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def plain(text: str) -> str:
    """The text; ValueError if control characters are in it."""
    if _CONTROL.search(text):
        raise ValueError("has control characters in it")
    return text


Text: TypeAlias = Annotated[str, StringConstraints(max_length=1000), AfterValidator(plain)]
"""Something to look for, or to call something."""
Name: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$")]
"""What a user or a token is called."""
Secret: TypeAlias = Annotated[str, Field(max_length=1000, json_schema_extra={"format": "password", "writeOnly": True})]
Id: TypeAlias = Annotated[int, Path(ge=1, le=MOST)]
Number: TypeAlias = Annotated[int, Field(ge=0, le=MOST)]
Limit: TypeAlias = Annotated[int, Query(ge=1, le=1000)]
Offset: TypeAlias = Annotated[int, Query(ge=0, le=MOST >> 1)]


class Given(BaseModel):
    """A body that a client sends: unknown keys are mistakes, and what was sent is never repeated."""

    model_config = {"extra": "forbid", "hide_input_in_errors": True}
