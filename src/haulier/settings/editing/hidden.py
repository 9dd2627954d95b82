"""Which values of a job or a connection are secrets."""
from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple, TypeAlias, get_args

from pydantic import BaseModel

from ...model.errors import Invalid
from .. import registry
from ..filling import secret_fields
from ..forms import JobForm
from ..jobs import step_of
from ..places import has_password
from ..plugin import inside_of
from ..problems import Where
from ..secrets import is_reference

Models: TypeAlias = Mapping[Where, type[BaseModel]]
"""What the mappings at some places are made into."""
_SUSPICIOUS = re.compile(r"pass(?!ive)|secret|token|credential|private|(api|access|auth)_?key|^pw$", re.IGNORECASE)


class Secret(NamedTuple):
    """A value that is not to be shown."""

    where: Where
    value: Any
    is_known: bool      # a field that holds secrets; else only its name says so


def of_job(data: Any) -> Models:
    """The forms and specs that a job is made into, as far as that can be told."""
    found: dict[Where, type[BaseModel]] = {(): JobForm}
    for key in ("source", "destination"):
        place = _mapping(data, key)
        inline = _mapping(place, "connection")
        _add(found, (key, "connection"), "stores", place.get("type") or inline.get("type"))
    if _mapping(data, "import"):
        _add(found, ("import",), "tasks", "import")
    steps = _mapping(data, "processing").get("steps")
    for at, one in enumerate(steps if isinstance(steps, list) else ()):
        try:
            name, _, inside = step_of(one)
        except Invalid:
            continue
        _add(found, ("processing", "steps", at, *inside), "steps", name)
    return found


def of_connection(data: Any) -> Models:
    """The spec that a connection is made into, if its type is known."""
    found: dict[Where, type[BaseModel]] = {}
    _add(found, (), "stores", data.get("type") if isinstance(data, dict) else None)
    return found


def arranged(value: Any, models: Models, where: Where = (), model: type[BaseModel] | None = None) -> Any:
    """`value` with the keys of its mappings in the order of their forms, and others after those."""
    model = models.get(where, model)
    if isinstance(value, list):
        return [arranged(one, models, (*where, at), model) for at, one in enumerate(value)]
    if not isinstance(value, dict):
        return value
    known = _keys(model)
    keys = [*(key for key in known if key in value), *(key for key in value if key not in known)]
    return {key: arranged(value[key], models, (*where, key), _inside(model, key, value[key])) for key in keys}


def secrets(data: Any, models: Models) -> list[Secret]:
    """Every secret in it that is not only a reference to one."""
    return [one for one in _secrets(data, (), models, None, None) if _is_secret(one.value)]


def looks_secret(name: str) -> bool:
    """Whether what is called so may be a secret."""
    return _holds(None, name) is False


def _secrets(value: Any, where: Where, models: Models, model: type[BaseModel] | None,
             known: bool | None) -> Iterator[Secret]:
    """`known`: whether the field that this is in holds secrets; None if it does not look like it."""
    model = models.get(where, model)
    if isinstance(value, dict):
        for key, one in value.items():
            inside = known if known is not None else _holds(model, str(key))
            form = _inside(model, key, one)
            if known is None and form is not None and isinstance(one, dict):
                inside = None       # settings of their own, which tell what of them is secret
            yield from _secrets(one, (*where, key), models, form, inside)
    elif isinstance(value, list):
        for at, one in enumerate(value):
            yield from _secrets(one, (*where, at), models, model, known)
    elif known is not None or (isinstance(value, str) and has_password(value)):
        yield Secret(where, value, bool(known))


def _holds(model: type[BaseModel] | None, key: str) -> bool | None:
    hidden = secret_fields(model) if model else frozenset()
    if key in hidden:
        return True
    if key in _keys(model):
        return None
    return False if _SUSPICIOUS.search(key) or get_close_matches(key.lower(), hidden, 1, 0.75) else None


def _is_secret(value: Any) -> bool:
    if isinstance(value, str):
        return bool(value) and (value.startswith("sealed:") or not is_reference(value))
    return value is not None and not isinstance(value, bool)


def _add(found: dict[Where, type[BaseModel]], where: Where, group: str, name: Any) -> None:
    try:
        if isinstance(name, str):
            found[where] = registry.find(group, name)
    except Invalid:
        return      # said where it is checked


def _mapping(data: Any, key: str) -> Mapping[str, Any]:
    found = data.get(key) if isinstance(data, Mapping) else None
    return found if isinstance(found, dict) else {}


def _keys(model: type[BaseModel] | None) -> list[str]:
    """Its keys as people write them: the type first."""
    found = [field.alias or name for name, field in model.model_fields.items()] if model else []
    return sorted(found, key=lambda key: key != "type")


def _inside(model: type[BaseModel] | None, key: Any, value: Any) -> type[BaseModel] | None:
    """The form of the value at `key`."""
    fields = {field.alias or name: field for name, field in model.model_fields.items()} if model else {}
    if key not in fields:
        return None
    settings = inside_of(fields[key].metadata)
    return settings.spec(value) if settings else _model_in(fields[key].annotation)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)
