"""Settings inside settings: fields that hold those of something else, told by what is written there."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from ..model.errors import Invalid
from . import registry

MARK = "x-plugin"
"""In a JSON Schema: here the settings of a plugin of that group belong; schema.py puts them there."""


class Inside:
    """Annotation of such a field."""

    def spec(self, written: Any) -> type[BaseModel] | None:
        """The settings class that is meant; None if that cannot be told."""
        raise NotImplementedError


@dataclass(frozen=True)
class Plugin(Inside):
    """That of a plugin, told by its `type`: `Annotated[SinkSpec, Plugin("sinks")]`. A name alone is one with its
    defaults."""

    group: str

    def spec(self, written: Any) -> type[BaseModel] | None:
        name = written.get("type") if isinstance(written, Mapping) else written
        try:
            return registry.find(self.group, name) if isinstance(name, str) else None
        except Invalid:
            return None

    def made(self, written: Any) -> Any:
        """The settings; pydantic's own error with the way to each mistake."""
        if isinstance(written, BaseModel):
            return written
        settings = {"type": written} if isinstance(written, str) else written
        if not isinstance(settings, Mapping) or not isinstance(settings.get("type"), str):
            raise ValueError(f"needs a type: {', '.join(registry.names(self.group))}")
        try:
            spec = registry.find(self.group, settings["type"])
        except Invalid as error:
            raise ValueError(str(error)) from None
        return spec.model_validate(dict(settings))

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self.made, serialization=core_schema.plain_serializer_function_ser_schema(
                lambda made: made and made.model_dump(mode="json", exclude_unset=True)))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {MARK: self.group}


def inside_of(metadata: list[Any]) -> Inside | None:
    """That of a field, if it holds other settings."""
    return next((one for one in metadata if isinstance(one, Inside)), None)
