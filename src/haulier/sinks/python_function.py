"""A function in a file of the folder of tasks, and what it takes."""
from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

from ..model.errors import HaulierError, Invalid

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Function:
    """`takes`: the name of the argument for the key, "" for none; `place`: the key comes second, without a name."""

    call: str
    function: Callable[..., Any]
    module: ModuleType
    takes: str = ""
    place: bool = False

    @property
    def is_async(self) -> bool:
        """Whether what it returns is awaited."""
        return inspect.iscoroutinefunction(self.function) or inspect.iscoroutinefunction(
            getattr(self.function, "__call__", None))  # noqa: B004 - whether calling it gives a coroutine

    def __call__(self, said: Any, key: Any) -> Any:
        if self.takes:
            return self.function(said, **{self.takes: key})
        return self.function(said, key) if self.place else self.function(said)

    def forget(self) -> None:
        """Its module is of no more use."""
        sys.modules.pop(self.module.__name__, None)


def parts(call: str) -> tuple[str, str]:
    """The file and the function; Invalid if that is not what it says."""
    file, _, name = call.rpartition(":")
    if not file.endswith(".py") or not name.isidentifier():
        raise Invalid(f"call: {call!r} is not written file.py:function")
    return file, name


def loaded(call: str, tasks: Path) -> Function:
    """The function as the file has it now; Invalid if there is none."""
    file, name = parts(call)
    module = _module(call, _located(file, tasks))
    function = getattr(module, name, None)
    if not callable(function):
        sys.modules.pop(module.__name__, None)
        raise Invalid(f"call: {call}: there is no function {name} in it")
    try:
        takes, place = _taken(function)
    except ValueError as error:
        sys.modules.pop(module.__name__, None)
        raise Invalid(f"call: {call}: {error}") from None
    return Function(call, function, module, takes, place)


def line(error: BaseException) -> str:
    """An error in one line."""
    text = str(error).strip().split("\n")[0][:300]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _located(file: str, tasks: Path) -> Path:
    path = Path(os.path.abspath(tasks / file))
    if not path.is_file():
        raise Invalid(f"call: {file} is not there; it was looked for at {path}")
    if not os.path.realpath(path).startswith(os.path.join(os.path.realpath(tasks), "")):
        raise Invalid(f"call: {file} is outside the folder of tasks ({tasks}); move it there")
    return path


def _module(call: str, path: Path) -> ModuleType:
    """Made anew of what the file says now; nothing is left beside it."""
    module = ModuleType(f"{path.stem}__sink{next(_numbers)}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module
    try:
        exec(compile(path.read_bytes(), str(path), "exec"), module.__dict__)
    except BaseException as error:
        del sys.modules[module.__name__]
        if isinstance(error, SyntaxError):
            raise Invalid(f"{path.name}, line {error.lineno}: {error.msg}") from None
        if isinstance(error, HaulierError) or not isinstance(error, Exception):
            raise
        raise Invalid(f"call: {call}: {line(error)}") from error
    return module


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
