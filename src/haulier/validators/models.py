"""Rows that must be as a pydantic model, or another type that pydantic knows, says."""
from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, RootModel, TypeAdapter, ValidationError

from ..model.errors import Invalid
from ..model.record import Batch, Fault, Row
from .sifting import Verdict, failed, shown, sifted


class ModelValidator:
    """The fields of the model are what comes out.

    Texts become what the fields are, also where the model is strict. An empty text becomes None, or the default,
    where it cannot be the value.
    """

    def __init__(self, schema: type[BaseModel] | TypeAdapter[Any]) -> None:
        adapter = schema if isinstance(schema, TypeAdapter) else TypeAdapter(schema)
        self._take: Callable[[Any], Any] = adapter.validator.validate_python
        self._texts: Callable[[Any], Any] = adapter.validator.validate_strings
        self._strict = "'strict': True" in str(adapter.core_schema)
        self._flat = isinstance(schema, type) and issubclass(schema, BaseModel) and _is_flat(schema)

    def check(self, batch: Batch) -> Batch:
        """Each row in turn, and only those that are wrong again, with care."""
        try:
            made = list(map(self._take, batch.rows))
        except Exception:
            return sifted(batch, self._judge)
        return dataclasses.replace(batch, rows=[vars(one) for one in made] if self._flat else list(map(_row, made)))

    def _judge(self, row: Row) -> Verdict:
        made = self._tried(self._take, row)
        if isinstance(made, ValidationError):
            made = self._carefully(row, made)
        return _faults(made) if isinstance(made, ValidationError) else made

    def _carefully(self, row: Row, error: ValidationError) -> Verdict | ValidationError:
        """With None, else with nothing, for empty texts that are wrong; and as texts, if all of it is."""
        made: Verdict | ValidationError = error
        blanks = {name for name, value in row.items() if value == ""}
        if blanks and (blanks := blanks & _wrong(error)):
            row = row | dict.fromkeys(blanks)
            made = self._tried(self._take, row)
        if isinstance(made, ValidationError) and (blanks := blanks & _wrong(made)):
            row = {name: value for name, value in row.items() if name not in blanks}
            made = self._tried(self._take, row)
        if isinstance(made, ValidationError) and self._strict and all(isinstance(value, str) for value in row.values()):
            other = self._tried(self._texts, row)
            if not isinstance(other, ValidationError) or other.error_count() < made.error_count():
                return other
        return made

    def _tried(self, take: Callable[[Any], Any], row: Row) -> Verdict | ValidationError:
        try:
            made = take(row)
        except ValidationError as error:
            return error
        except Exception as error:
            return failed(error)
        return _row(made)


def _wrong(error: ValidationError) -> set[str]:
    """The outermost names that it is about."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return {str(one["loc"][0]) for one in found if one["loc"]}


def _faults(error: ValidationError) -> tuple[Fault, ...]:
    return tuple(_fault(one) for one in error.errors(include_url=False, include_context=False))


def _fault(one: Any) -> Fault:
    where = ".".join(map(str, one["loc"]))
    value = "" if isinstance(one["input"], (dict, list)) else shown(one["input"])
    if one["type"] == "missing":
        return Fault("required", f"{where} must not be empty", where)
    said = f"{one['msg'][:1].lower()}{one['msg'][1:]}"
    return Fault(one["type"], f"{where}: {said}" if where else said, where, value)


def _row(made: Any) -> Row:
    row = made.model_dump() if isinstance(made, BaseModel) else made
    if dataclasses.is_dataclass(row) and not isinstance(row, type):
        row = dataclasses.asdict(row)
    if isinstance(row, dict):
        return {name: value.model_dump() if isinstance(value, BaseModel) else value for name, value in row.items()}
    raise Invalid(f"the schema makes {type(made).__name__} of a row; a model, a TypedDict or a dataclass is wanted")


def _is_flat(model: type[Any]) -> bool:
    """Whether the fields of an instance are a row as they are: no models in it, nothing written in its own way."""
    schema = str(model.__pydantic_core_schema__)
    special = ("'definition-ref'", "'computed_fields': [{", "'serialization'", "'serialization_exclude'", "'dataclass'")
    return (schema.count("'cls':") == 1 and not any(word in schema for word in special)
            and model.model_config.get("extra") != "allow" and not issubclass(model, RootModel))
