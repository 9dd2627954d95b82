"""Functions of Python by name: `module:function`, or `file.py:function` in the folder of tasks."""
from __future__ import annotations

import importlib
import inspect
import itertools
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from ..model.errors import Failed, HaulierError, Invalid
from .scriptfile import located

_lock = threading.Lock()
_users: dict[str, int] = {}
_before: dict[str, frozenset[str]] = {}
"""The modules that there were when a folder got its first user."""
_numbers = itertools.count(1)


class Halted(BaseException):
    """Thrown into a function that is to end."""


def parts(call: str) -> tuple[str, str]:
    """The module or file, and the function; Invalid if that is not what it says."""
    where, _, name = call.rpartition(":")
    if not where or not name or not all(piece.isidentifier() for piece in name.split(".")):
        raise Invalid(f"call: {call!r} is not written module:function or file.py:function")
    return where, name


def file_of(call: str, tasks: Path) -> Path | None:
    """The file that is meant, checked; None if it is a module."""
    where, _ = parts(call)
    return located(where, tasks) if where.endswith(".py") else None


@contextmanager
def importable(tasks: Path) -> Iterator[None]:
    """Modules in the folder of tasks can be imported, last of all; when nobody uses them any more they are forgotten,
    so that a file that was edited is read anew."""
    folder = str(tasks)
    with _lock:
        if folder not in _users:
            _before[folder] = frozenset(sys.modules)
        _users[folder] = _users.get(folder, 0) + 1
        if folder not in sys.path:
            sys.path.append(folder)
        importlib.invalidate_caches()
    try:
        yield
    finally:
        with _lock:
            _users[folder] -= 1
            if not _users[folder]:
                del _users[folder]
                _forget(tasks)


def _forget(tasks: Path) -> None:
    if str(tasks) in sys.path:
        sys.path.remove(str(tasks))
    inside = f"{tasks}/"
    for name in sys.modules.keys() - _before.pop(str(tasks)):
        file = getattr(sys.modules.get(name), "__file__", None)
        if isinstance(file, str) and file.startswith(inside):
            sys.modules.pop(name, None)


def called(call: str, tasks: Path, args: Mapping[str, Any], doing: object = None) -> Any:
    """What the function returns. Its own errors are Failed, and where they come from is printed."""
    where, name = parts(call)
    file = file_of(call, tasks)
    with as_ours(call):
        module = _of_file(file) if file else _of_module(where, call)
    try:
        function = _found(module, name, call)
        given = _given(function, call, args, doing)
        with as_ours(call):
            return function(**given)
    finally:
        if file:
            sys.modules.pop(module.__name__, None)


def named(call: str, tasks: Path) -> Any:
    """What is called so: a class, or a function."""
    where, name = parts(call)
    file = file_of(call, tasks)
    with as_ours(call):
        module = _of_file(file) if file else _of_module(where, call)
    return _found(module, name, call)


@contextmanager
def as_ours(call: str) -> Iterator[None]:
    """Errors of what others wrote as ours: Failed, with the traceback printed."""
    try:
        yield
    except (HaulierError, Halted):
        raise
    except SystemExit as error:
        if error.code not in (None, 0):
            raise Failed(f"{call} ended with status {error.code}") from None
        raise
    except BaseException as error:
        traceback.print_exc()
        raise Failed(f"{call}: {_line(error)}") from None


def _line(error: BaseException) -> str:
    text = str(error).strip().split("\n")[0][:300]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _of_file(path: Path) -> ModuleType:
    """A module made anew of what the file says now; nothing is left beside it."""
    module = ModuleType(f"{path.stem}__task{next(_numbers)}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module
    try:
        exec(compile(path.read_bytes(), str(path), "exec"), module.__dict__)
    except BaseException as error:
        del sys.modules[module.__name__]
        if isinstance(error, SyntaxError):
            raise Invalid(f"{path.name}, line {error.lineno}: {error.msg}") from None
        raise
    return module


def _of_module(name: str, call: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and f"{name}.".startswith(f"{error.name}."):
            raise Invalid(f"call: {call}: there is no module {error.name}, neither in the folder of tasks nor "
                          "installed") from None
        raise
    except (TypeError, ValueError) as error:
        raise Invalid(f"call: {call}: {name!r} is not the name of a module") from error


def _found(module: ModuleType, name: str, call: str) -> Callable[..., Any]:
    found: Any = module
    for piece in name.split("."):
        found = getattr(found, piece, None)
    if not callable(found):
        raise Invalid(f"call: {call}: there is no function {name} in it")
    if inspect.iscoroutinefunction(found):
        raise Invalid(f"call: {call}: {name} is async; name a function that is not, and run it there")
    return found  # type: ignore[no-any-return]


def _given(function: Callable[..., Any], call: str, args: Mapping[str, Any], doing: object) -> Mapping[str, Any]:
    """The arguments, with `doing` if it asks for that."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):     # written in C
        return args
    if "doing" in signature.parameters and "doing" not in args:
        if doing is None:
            raise Invalid(f"call: {call} asks for doing, which a function in a process of its own cannot have; "
                          "take isolated: true away")
        args = {**args, "doing": doing}
    try:
        signature.bind(**args)
    except TypeError as error:
        raise Invalid(f"args: {call}: {error}") from None
    return args
