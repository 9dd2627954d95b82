"""Steps written as Python functions, `func(path, context) -> path`."""
from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeAlias

from pydantic import create_model

from ..model.errors import HaulierError, Invalid
from ..model.files import Part
from ..settings import registry
from ..settings.spec import Env, StepSpec
from .spool import Spool, spooled

Function: TypeAlias = Callable[[str, Mapping[str, Any]], "str | os.PathLike[str]"]
"""Takes the path of a file and what is known of it (`job_id`, `name`); returns a file's path."""

REGISTERED: dict[str, type[FunctionSpec]] = {}
"""Every step that `register_step` made, by name."""


class FunctionSpec(StepSpec):
    """A Python function"""

    function: ClassVar[Function]
    repeats: ClassVar[bool] = False

    def build(self, env: Env) -> FunctionStep:
        made = type(self)
        return FunctionStep(made.__name__, made.function, env.flow, env.scratch,
                            repeatable=made.repeats)


def register_step(name: str, func: Function, *, repeatable: bool = False) -> None:
    """Make `name` a step of jobs in this process; Invalid if another function has that name.

    `repeatable` says that the same file always gives the same bytes.
    """
    if not name or ":" in name or name != name.strip():
        raise Invalid(f"not a usable name for a step: {name!r}")
    there = REGISTERED.get(name)
    if there is not None and there.function is not func:
        raise Invalid(f"a step called {name!r} is registered already")
    kind: Any = Literal[name]
    spec = create_model(name, __base__=FunctionSpec, __doc__=func.__doc__ or FunctionSpec.__doc__,
                        type=(kind, name))
    spec.function, spec.repeats = staticmethod(func), repeatable
    registry.register("steps", name, spec)
    REGISTERED[name] = spec


class FunctionStep:
    """The part as a file, a function called on it, and the file whose path it returns."""

    def __init__(self, name: str, function: Function, job: str = "", scratch: Path | None = None,
                 *, repeatable: bool = False) -> None:
        self.name, self.function, self.job, self.scratch = name, function, job, scratch
        self.repeatable = repeatable

    def __call__(self, part: Part, /) -> Iterable[Part]:
        return spooled(part, self.scratch, lambda spool: self._result(part, spool))

    def _result(self, part: Part, spool: Spool) -> Path:
        context = {"job_id": self.job, "name": part.name}
        try:
            path = spool.folder / self.function(os.fspath(spool.path), context)
        except HaulierError:
            raise
        except Exception as error:
            raise Invalid(f"{part.name}: step {self.name} failed: "
                          f"{type(error).__name__}: {error}") from error
        if not path.is_file():
            raise Invalid(f"{part.name}: step {self.name} returned {os.fspath(path)!r}, "
                          "which is not a file")
        return path
