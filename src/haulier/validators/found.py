"""The validator for whatever a schema is given as."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import msgspec
from pydantic import BaseModel, TypeAdapter

from ..core.columns import Compiled
from ..model.column import Column
from ..model.errors import Invalid
from ..ports import Validator
from .models import ModelValidator
from .structs import StructValidator


def validator(schema: Any) -> Validator:
    """For columns, a msgspec Struct, a pydantic model, a TypeAdapter, or anything that has check() itself."""
    if isinstance(schema, type) and issubclass(schema, msgspec.Struct):
        return StructValidator(schema)
    if isinstance(schema, TypeAdapter) or (isinstance(schema, type) and issubclass(schema, BaseModel)):
        return ModelValidator(schema)
    if isinstance(schema, Sequence) and all(isinstance(one, Column) for one in schema):
        return Compiled(schema)
    if callable(getattr(schema, "check", None)) and not isinstance(schema, type):
        return cast("Validator", schema)
    raise Invalid(f"{schema!r:.200} is no schema: give columns, a msgspec Struct, a pydantic model or TypeAdapter, "
                  "or an object with check(batch)")
