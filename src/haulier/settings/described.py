"""The docstrings of fields are their help in forms: read from the source when a schema is made, not at every start."""
from __future__ import annotations

import ast
import inspect
import textwrap
from typing import Any

from pydantic import BaseModel, GetJsonSchemaHandler
from pydantic_core import CoreSchema


class Described(BaseModel):
    """A model whose JSON Schema has the docstring of each field as its description."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        schema = handler(core)
        fields = handler.resolve_ref_schema(schema).get("properties", {})
        for name, text in docstrings(cls).items():
            field = cls.model_fields.get(name)
            shown = fields.get(field.alias or name) if field else None
            if shown is not None:
                shown.setdefault("description", text)
        return schema


def docstrings(model: type) -> dict[str, str]:
    """The text below each field of the model and of those that it is made from."""
    found: dict[str, str] = {}
    for made_from in reversed(model.__mro__[:-1]):
        if issubclass(made_from, Described):
            found |= _own(made_from)
    return found


def _own(model: type) -> dict[str, str]:
    try:
        source = inspect.getsource(model)
    except (OSError, TypeError):    # made where there is no file
        return {}
    body = ast.parse(textwrap.dedent(source)).body[0]
    assert isinstance(body, ast.ClassDef)
    return {field.target.id: inspect.cleandoc(text.value.value)
            for field, text in zip(body.body, body.body[1:], strict=False)
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
            and isinstance(text.value.value, str)}
