"""Mistakes in what people wrote: where, what, and what to do; all of them at once."""
from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, get_args

from ..core.spelling import nearest as nearest
from ..model.errors import Invalid

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError
    from pydantic.fields import FieldInfo

Where: TypeAlias = tuple[str | int, ...]
"""The way to a value: keys and indices from the top."""


class Problem(NamedTuple):
    """One mistake. `key` is like `jobs[0].source.type`; never the value of a secret in it."""

    file: str
    line: int           # from 1; 0: not about one line
    key: str
    text: str
    hint: str = ""
    column: int = 0     # from 1; 0: not known

    def __str__(self) -> str:
        place = ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)])
        return ": ".join(piece for piece in (place, self.key, self.said()) if piece)

    def said(self) -> str:
        """What is wrong and what to do, without where."""
        return f"{self.text}; {self.hint}" if self.hint else self.text


class Problems(Invalid):
    """All mistakes that were found, one line each."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda one: (one.file, one.line)))
        super().__init__("\n".join(map(str, self.problems)))


def translated(error: ValidationError, data: Any, model: type[BaseModel],
               problem: Callable[[Where, str, str], Problem]) -> Iterator[Problem]:
    """What pydantic found in `data`, in plain words; no input value is ever quoted."""
    told = set()
    for one in error.errors(include_url=False, include_input=True):
        where = _where(one["loc"], data, one["type"])
        if where in told:       # the other branches of a union
            continue
        told.add(where)
        yield problem(where, *_said(one, _known(model, one["loc"][:-1], data)))


def _where(loc: tuple[int | str, ...], data: Any, kind: str) -> Where:
    """`loc` without what pydantic added to it (names of union branches and validators)."""
    kept: list[int | str] = []
    for at, piece in enumerate(loc):
        piece = _key(data, piece)
        inside, found = _item(data, piece)
        if found:
            data = inside
        elif not (kind == "missing" and at == len(loc) - 1):
            continue
        kept.append(piece)
    return tuple(kept)


def _key(data: Any, piece: int | str) -> int | str:
    """A mapping that stands for a list, as in `schema: {id: integer}`: its key at that place."""
    if isinstance(piece, int) and isinstance(data, Mapping) and piece < len(data):
        return str([*data][piece])
    return piece


def _item(data: Any, piece: int | str) -> tuple[Any, bool]:
    try:
        return data[piece], not isinstance(data, str)
    except (KeyError, IndexError, TypeError):
        return None, False


def _said(one: Any, known: frozenset[str]) -> tuple[str, str]:
    kind, context = one["type"], one.get("ctx", {})
    if kind == "extra_forbidden":
        return "unknown key", nearest(str(one["loc"][-1]), known)
    if kind in ("value_error", "assertion_error"):
        return str(context["error"]), ""
    if kind in ("enum", "literal_error"):
        expected = tuple(re.findall(r"'([^']*)'", context["expected"]))
        given = one["input"] if isinstance(one["input"], str) else ""
        return f"must be one of {', '.join(expected)}", _guess(given, expected)
    if kind == "string_type":
        return "must be text", "put it in quotes" if _is_bare(one["input"]) else ""
    if kind in _TEXTS:
        return _TEXTS[kind].format(**context), ""
    said = str(one["msg"]).removeprefix("Input should be ")
    return (said if said == one["msg"] else f"must be {said}"), ""


def _guess(given: str, expected: tuple[str, ...]) -> str:
    hint = nearest(given, expected)
    return hint if hint.startswith("did") else ""


def _is_bare(value: Any) -> bool:
    return isinstance(value, int | float)


def _known(model: type[BaseModel], loc: tuple[int | str, ...], data: Any) -> frozenset[str]:
    """The keys that are allowed at `loc`."""
    for piece in loc:
        data = _item(data, _key(data, piece))[0]
        field = next((one for name, one in model.model_fields.items() if piece in (name, one.alias)), None)
        if field:
            inner = _model_of(field, data)
            if inner is None:
                return frozenset()
            model = inner
    return frozenset(field.alias or name for name, field in model.model_fields.items())


def _model_of(field: FieldInfo, written: Any) -> type[BaseModel] | None:
    """The settings that belong into a field, where that is told by what is written there too."""
    from .plugin import inside_of
    inside = inside_of(field.metadata)
    return inside.spec(written) if inside else _model_in(field.annotation)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    from pydantic import BaseModel
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)


_TEXTS = {
    "missing": "required, but not there",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "path_type": "must be a path",
    "invalid_key": "a key that is not text; put it in quotes",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping of keys to values",
    "model_type": "must be a mapping of keys to values",
    "model_attributes_type": "must be a mapping of keys to values",
    "greater_than_equal": "must be at least {ge:g}",
    "greater_than": "must be more than {gt:g}",
    "less_than_equal": "must be at most {le:g}",
    "less_than": "must be less than {lt:g}",
    "string_too_short": "must not be empty",
    "string_too_long": "must be at most {max_length} characters long",
    "string_pattern_mismatch": "must match {pattern}",
}
