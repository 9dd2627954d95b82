"""Arguments and variables of programs, from what a flow says."""
from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..model.errors import Invalid


def text_of(value: Any) -> str:
    """A value as programs are given it: texts as they are, all others as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def arguments(args: Sequence[Any] | Mapping[str, Any], params: Mapping[str, Any]) -> list[str]:
    """All of them, `params` last; Invalid for one that no program can be given."""
    listed = _of_mapping(args) if isinstance(args, Mapping) else _of_list(args)
    found = [*listed, *(f"--{name}={text_of(value)}" for name, value in params.items())]
    for text in found:
        if "\0" in text:
            raise Invalid(f"args: {text!r} has a NUL in it, which no program can be given")
    return found


def _of_list(args: Sequence[Any]) -> Iterator[str]:
    """A list in the list, as `${…}` may give one, is its values."""
    for value in args:
        if isinstance(value, list | tuple):
            yield from _of_list(value)
        elif value is not None:
            yield text_of(value)


def _of_mapping(args: Mapping[str, Any]) -> Iterator[str]:
    for name, value in args.items():
        if not name or name.startswith("-"):
            raise Invalid(f"args: {name!r} cannot be the name of an argument; the dashes are put before it by us")
        for one in value if isinstance(value, list | tuple) else [value]:
            yield from _named(name, one)


def _named(name: str, value: Any) -> Iterator[str]:
    if value is None or value is False:
        return
    flag = f"-{name}" if len(name) == 1 else f"--{name}"
    if value is True:
        yield flag
    elif len(name) == 1:
        yield from (flag, text_of(value))
    else:
        yield f"{flag}={text_of(value)}"
