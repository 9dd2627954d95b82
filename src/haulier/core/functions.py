"""Functions of Python by name: `module:function`, or `file.py:function` in the folder of tasks."""
from __future__ import annotations

import importlib
import inspect
import itertools
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from ..model.errors import HaulierError, Invalid
from .taskfile import located

_lock = threading.Lock()
_users: dict[str, int] = {}
_before: dict[str, frozenset[str]] = {}
"""The modules that there were when a folder got its first user."""
_added: set[str] = set()
"""Folders that were not in sys.path before."""
_numbers = itertools.count(1)


class Halted(BaseException):
    """Thrown into a function that is to end."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is called so. `made`: the module that a file was made into, "" if it is one that anybody can import."""

    call: str
    function: Callable[..., Any]
    made: str = ""

    def check(self, args: Mapping[str, Any]) -> None:
        """Invalid unless it can be called with these, and returns when it is done."""
        if inspect.iscoroutinefunction(self.function):
            raise Invalid(f"call: {self.call}: it is async; name a function that is not, and run it there")
        try:
            signature = inspect.signature(self.function)
        except (TypeError, ValueError):     # written in C
            return
        try:
            signature.bind(**args)
        except TypeError as error:
            raise Invalid(f"args: {self.call}: {error}") from None

    def forget(self) -> None:
        """It is of no more use."""
        sys.modules.pop(self.made, None)


def parts(call: str) -> tuple[str, str]:
    """The module or file, and the function; Invalid if that is not what it says."""
    where, _, name = call.rpartition(":")
    if not where or not name or not all(piece.isidentifier() for piece in name.split(".")):
        raise Invalid(f"call: {call!r} is not written module:function or file.py:function")
    return where, name


def file_of(call: str, tasks: Path) -> Path | None:
    """The file that is meant, checked; None if it is a module."""
    where, _ = parts(call)
    return located(where, tasks, setting="call") if where.endswith(".py") else None


def found(call: str, tasks: Path) -> Found:
    """What is called so: a class or a function, of a file as it is now. Its own errors are raised as they are."""
    where, name = parts(call)
    file = file_of(call, tasks)
    module = _of_file(file) if file else _of_module(where, call)
    one: Any = module
    for piece in name.split("."):
        one = getattr(one, piece, None)
    made = Found(call, one, module.__name__ if file else "")
    if not callable(one):
        made.forget()
        raise Invalid(f"call: {call}: there is no function {name} in it")
    return made


def file_parts(call: str) -> tuple[str, str]:
    """The file and the function, where it must be one of a file."""
    file, _, name = call.rpartition(":")
    if not file.endswith(".py") or not name.isidentifier():
        raise Invalid(f"call: {call!r} is not written file.py:function")
    return file, name


def found_in_file(call: str, tasks: Path) -> Found:
    """The same in a file of the folder of tasks; Invalid if that cannot be loaded."""
    file_parts(call)
    try:
        return found(call, tasks)
    except HaulierError:
        raise
    except Exception as error:
        raise Invalid(f"call: {call}: {line(error)}") from error


def line(error: BaseException) -> str:
    """An error in one line."""
    text = str(error).strip().split("\n")[0][:300]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def places(call: str, said: Any, count: int) -> Mapping[int, Any]:
    """What a function that was given so many rows says is wrong with some; Invalid for places that there are not."""
    wrong = said if isinstance(said, Mapping) else {}
    for at in wrong:
        if not isinstance(at, int) or not 0 <= at < count:
            raise Invalid(f"{call}: it says that row {at!r} is no good, and has {count}, from 0 on")
    return wrong


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
            _added.add(folder)
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
    if str(tasks) in _added and str(tasks) in sys.path:
        sys.path.remove(str(tasks))
    _added.discard(str(tasks))
    inside = f"{tasks}/"
    for name in sys.modules.keys() - _before.pop(str(tasks)):
        file = getattr(sys.modules.get(name), "__file__", None)
        if isinstance(file, str) and file.startswith(inside):
            sys.modules.pop(name, None)


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
