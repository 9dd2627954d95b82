"""Open items from a function of one's own: `call: erp.py:open_items`."""
from __future__ import annotations

import inspect
import itertools
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, cast

from pydantic import Field

from ..core.reconcile.index import Index
from ..model.errors import HaulierError, Invalid, Transient
from ..model.match import OpenItem
from ..ports import Items, Sought
from ..settings.spec import Env
from .fields import Fields, MappedSpec

_numbers = itertools.count(1)


class PythonItemsSpec(MappedSpec):
    """Python function

    The function gives all open items, as mappings or as OpenItem, or an object that is asked for them:
    `lookup(references)` and, if it can, `by_id(ids)`, `candidates(sought)`, `search(text, limit)` and `close()`.
    """

    type: Literal["python"] = "python"
    call: str = Field(pattern=r"^[^:]+\.py:[A-Za-z_]\w*$")
    """The file in the folder of tasks and the function in it, as erp.py:open_items."""
    args: dict[str, Any] = {}
    """What it is called with."""
    live: bool | None = None
    """Whether the source knows of payments as soon as it was told of them. If empty, what the object says in
    `is_live`; a list of items does not."""

    def build(self, env: Env) -> Items:
        module, name = _loaded(self.call, env.scripts)
        fields = Fields(self)
        try:
            with _as_ours(self.call):
                found = _called(module, name, self)
                if callable(getattr(found, "lookup", None)):
                    return _Asked(self.call, found, fields, self.live, module)
                if not isinstance(found, Iterable) or isinstance(found, str | bytes | Mapping):
                    raise Invalid(f"call: {self.call} gave {type(found).__name__}, neither items nor an object with "
                                  "lookup(references)")
                index = Index(fields.items(found, self.call))
        except BaseException:
            sys.modules.pop(module.__name__, None)
            raise
        sys.modules.pop(module.__name__, None)
        index.is_live = bool(self.live)
        return index


class _Asked:
    """An object of the user's own."""

    def __init__(self, call: str, found: Any, fields: Fields, live: bool | None, module: ModuleType) -> None:
        self.is_live = bool(getattr(found, "is_live", True)) if live is None else live
        self._call, self._found, self._fields, self._module = call, found, fields, module

    def lookup(self, references: Sequence[str]) -> Iterable[OpenItem]:
        """What its lookup() gives."""
        return self._ask("lookup", list(references))

    def by_id(self, ids: Sequence[str]) -> Iterable[OpenItem]:
        """What its by_id() gives; nothing if it has none."""
        return self._ask("by_id", list(ids))

    def candidates(self, sought: Sequence[Sought]) -> Iterable[OpenItem]:
        """What its candidates() gives; nothing if it has none."""
        return self._ask("candidates", list(sought))

    def search(self, text: str, limit: int = 20) -> Iterator[OpenItem]:
        """What its search() gives; nothing if it has none."""
        return iter(self._ask("search", text, limit)[:limit])

    def close(self) -> None:
        """Close it, if it can be closed."""
        module, self._module = self._module, ModuleType("gone")
        sys.modules.pop(module.__name__, None)
        if module.__name__ != "gone" and callable(close := getattr(self._found, "close", None)):
            with _as_ours(self._call):
                close()

    def _ask(self, name: str, *args: Any) -> list[OpenItem]:
        if not callable(function := getattr(self._found, name, None)):
            return []
        with _as_ours(f"{self._call}, {name}()"):
            return [*self._fields.items(function(*args) or (), f"{self._call}, {name}()")]


class _as_ours:
    """Errors of what others wrote as ours: tried again, as with any other system."""

    def __init__(self, call: str) -> None:
        self._call = call

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, HaulierError):
            text = str(error).strip().split("\n")[0][:300]
            shown = f"{type(error).__name__}: {text}" if text else type(error).__name__
            raise Transient(f"open items: {self._call}: {shown}") from error


def _called(module: ModuleType, name: str, spec: PythonItemsSpec) -> Any:
    function = getattr(module, name, None)
    if not callable(function):
        raise Invalid(f"call: {spec.call}: there is no function {name} in it")
    if inspect.iscoroutinefunction(function):
        raise Invalid(f"call: {spec.call}: {name} is async; name a function that is not")
    try:
        inspect.signature(function).bind(**spec.args)
    except TypeError as error:
        raise Invalid(f"args: {spec.call}: {error}") from None
    return cast("Any", function(**spec.args))


def _loaded(call: str, tasks: Path) -> tuple[ModuleType, str]:
    """A module made anew of what the file says now; Invalid if there is none."""
    file, _, name = call.rpartition(":")
    path = Path(os.path.abspath(tasks / file))
    if not path.is_file():
        raise Invalid(f"call: {file} is not there; it was looked for at {path}")
    if not os.path.realpath(path).startswith(os.path.join(os.path.realpath(tasks), "")):
        raise Invalid(f"call: {file} is outside the folder of tasks ({tasks}); move it there")
    module = ModuleType(f"{path.stem}__items{next(_numbers)}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module
    try:
        exec(compile(path.read_bytes(), str(path), "exec"), module.__dict__)
    except SyntaxError as error:
        sys.modules.pop(module.__name__, None)
        raise Invalid(f"{path.name}, line {error.lineno}: {error.msg}") from None
    except Exception as error:
        sys.modules.pop(module.__name__, None)
        if isinstance(error, HaulierError):
            raise
        raise Invalid(f"call: {call}: {type(error).__name__}: {error}") from error
    return module, name
