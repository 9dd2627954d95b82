"""A function in a file of the folder of tasks, and what it takes."""
from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.functions import Found, found_in_file
from ..model.errors import Invalid


@dataclass(frozen=True, slots=True)
class Function:
    """`takes`: the name of the argument for the key, "" for none; `place`: the key comes second, without a name."""

    found: Found
    takes: str = ""
    place: bool = False

    @property
    def call(self) -> str:
        """What it is called."""
        return self.found.call

    @property
    def is_async(self) -> bool:
        """Whether what it returns is awaited."""
        function = self.found.function
        return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
            getattr(function, "__call__", None))  # noqa: B004 - whether calling it gives a coroutine

    def __call__(self, said: Any, key: Any) -> Any:
        if self.takes:
            return self.found.function(said, **{self.takes: key})
        return self.found.function(said, key) if self.place else self.found.function(said)


def loaded(call: str, tasks: Path) -> Function:
    """The function as the file has it now; Invalid if there is none."""
    found = found_in_file(call, tasks)
    try:
        return Function(found, *_taken(found.function))
    except ValueError as error:
        found.forget()
        raise Invalid(f"call: {call}: {error}") from None


def _taken(function: Callable[..., Any]) -> tuple[str, bool]:
    try:
        parameters = [*inspect.signature(function).parameters.values()]
    except (TypeError, ValueError):     # written in C
        return "", False
    by_name = [one.name for one in parameters if one.kind is not one.POSITIONAL_ONLY]
    named = next((name for name in by_name if name in ("key", "keys")), "")
    first = [one for one in parameters if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)
             and one.name != named]
    needed = [one for one in first if one.default is one.empty]
    if not first and not any(one.kind is one.VAR_POSITIONAL for one in parameters):
        raise ValueError("it takes no row")
    if len(needed) > (1 if named else 2):
        raise ValueError(f"it needs {needed[-1].name}, which there is none of; it is given a row, and its key")
    return named, not named and len(needed) == 2
