"""What a run is told: checked against what its flow takes, and turned into the types it wants."""
from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from ..model.errors import Invalid
from ..model.graph import Kind, Param
from .spelling import nearest
from .template import as_text as as_text
from .template import kind_of

_BOOLEANS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


def given(params: Sequence[Param], values: Mapping[str, Any], takes_any: bool = False) -> dict[str, Any]:
    """The parameters of a run, in the order of its flow; Invalid with every mistake, one line each.

    Texts become what the parameter is. None is as if it was not given. `takes_any`: those without a name there too.
    """
    known = {param.name: param for param in params}
    wrong: list[str] = []
    extra = {name: value for name, value in values.items() if name not in known}
    if not takes_any:
        wrong += [_unknown(name, list(known)) for name in extra]
        extra = {}
    found: dict[str, Any] = {}
    for param in params:
        value = values.get(param.name)
        if value is None and param.required and param.default is None:
            wrong.append(f'parameter "{param.name}" is required{_about(param)}')
        _keep(found, param.name, lambda value=value, param=param: _chosen(param, value), wrong)  # type: ignore[misc]
    for name, value in extra.items():
        _keep(found, name, lambda value=value: _jsonable(value), wrong)                          # type: ignore[misc]
    if wrong:
        raise Invalid(*wrong)
    return found


def checked(param: Param, value: Any) -> Any:
    """The value as this parameter's type, one of its choices if it has any; Invalid that does not name it."""
    found = _READ[param.kind](value)
    each = found if param.kind is Kind.LIST else [found]
    if param.choices and not all(_is_among(one, param.choices) for one in each):
        hint = nearest(value, [as_text(one) for one in param.choices]) if isinstance(value, str) else ""
        said = f"must be one of {', '.join(map(as_text, param.choices))}"
        raise Invalid(f"{said}; {hint}" if hint.startswith("did") else said)
    return found


def as_json_schema(params: Sequence[Param], takes_any: bool = False) -> dict[str, Any]:
    """For forms: an object with a property for each."""
    return {"type": "object", "properties": {param.name: _schema(param) for param in params},
            "required": [param.name for param in params if param.required and param.default is None],
            "additionalProperties": takes_any}


def _keep(found: dict[str, Any], name: str, read: Callable[[], Any], wrong: list[str]) -> None:
    try:
        value = read()
    except Invalid as error:
        wrong.append(f'parameter "{name}": {error}')
        return
    if value is not None:
        found[name] = value


def _chosen(param: Param, value: Any) -> Any:
    return param.default if value is None else checked(param, value)


def _about(param: Param) -> str:
    if param.choices:
        return f": one of {', '.join(map(as_text, param.choices))}"
    return f": {param.description}" if param.description else ""


def _unknown(name: str, known: list[str]) -> str:
    return f'no parameter is called "{name}"; {nearest(name, known) or "the flow takes none"}'


def _is_among(value: Any, choices: Sequence[Any]) -> bool:
    """True is not 1 here."""
    return any(value == one and isinstance(value, bool) is isinstance(one, bool) for one in choices)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise Invalid(f"must be text, not {kind_of(value)}; put it in quotes")


def _integer(value: Any) -> int:
    number = _number(value, "a whole number")
    if number != int(number):
        raise Invalid("must be a whole number")
    return int(number)


def _number(value: Any, what: str = "a number") -> int | float:
    if isinstance(value, str):
        try:
            value = int(value)
        except ValueError:
            try:
                value = float(value)
            except ValueError:
                raise Invalid(f"must be {what}") from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Invalid(f"must be {what}" if isinstance(value, float) else f"must be {what}, not {kind_of(value)}")
    return value


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in _BOOLEANS:
        return _BOOLEANS[value.strip().lower()]
    raise Invalid("must be true or false")


def _date(value: Any) -> str:
    text = value.isoformat()[:10] if isinstance(value, date) else value
    try:
        if isinstance(text, str) and len(text) == 10:
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise Invalid("must be a date such as 2026-11-30")


def _list(value: Any) -> list[Any]:
    """From text: a JSON list, or what is between commas."""
    if isinstance(value, str):
        text = value.strip()
        value = _json(text, "list") if text.startswith("[") else [one.strip() for one in text.split(",") if text]
    if not isinstance(value, list | tuple):
        raise Invalid(f"must be a list, not {kind_of(value)}")
    return list(_jsonable(value))


def _mapping(value: Any) -> dict[str, Any]:
    found = _json(value, "mapping") if isinstance(value, str) else value
    if not isinstance(found, Mapping):
        raise Invalid('must be a mapping, such as {"name": "value"}')
    return dict(_jsonable(found))


def _json(text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Invalid(f"must be a {what} in JSON") from None


def _jsonable(value: Any) -> Any:
    """What is kept with the run, and given to programs."""
    try:
        found = json.loads(json.dumps(value, default=_plain, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        raise Invalid(f"{kind_of(value)} that cannot be written as JSON") from None
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError


_READ: Mapping[Kind, Callable[[Any], Any]] = {
    Kind.TEXT: _text, Kind.INTEGER: _integer, Kind.NUMBER: _number, Kind.BOOLEAN: _boolean, Kind.DATE: _date,
    Kind.LIST: _list, Kind.MAPPING: _mapping}
_TYPES = {Kind.TEXT: "string", Kind.DATE: "string", Kind.INTEGER: "integer", Kind.NUMBER: "number",
          Kind.BOOLEAN: "boolean", Kind.LIST: "array", Kind.MAPPING: "object"}


def _schema(param: Param) -> dict[str, Any]:
    found: dict[str, Any] = {"type": _TYPES[param.kind]}
    if param.kind is Kind.DATE:
        found["format"] = "date"
    if param.choices:
        found |= {"items": {"enum": list(param.choices)}} if param.kind is Kind.LIST else {"enum": list(param.choices)}
    if param.default is not None:
        found["default"] = param.default
    return found | ({"description": param.description} if param.description else {})
