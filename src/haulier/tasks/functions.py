"""Calls of functions that others wrote, and what they raise as errors of ours."""
from __future__ import annotations

import inspect
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..core.functions import Found, Halted, found, line
from ..model.errors import Failed, HaulierError, Invalid


def called(call: str, tasks: Path, args: Mapping[str, Any], doing: object = None) -> Any:
    """What the function returns. Its own errors are Failed, and where they come from is printed."""
    with as_ours(call):
        one = found(call, tasks)
    try:
        given = _given(one, args, doing)
        with as_ours(call):
            return one.function(**given)
    finally:
        one.forget()


def named(call: str, tasks: Path) -> Any:
    """What is called so: a class, or a function."""
    with as_ours(call):
        return found(call, tasks).function


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
        raise Failed(f"{call}: {line(error)}") from None


def _given(one: Found, args: Mapping[str, Any], doing: object) -> Mapping[str, Any]:
    """The arguments, with `doing` if it asks for that."""
    if "doing" not in args and _asks_for_doing(one):
        if doing is None:
            raise Invalid(f"call: {one.call} asks for doing, which a function in a process of its own cannot have; "
                          "take isolated: true away")
        args = {**args, "doing": doing}
    one.check(args)
    return args


def _asks_for_doing(one: Found) -> bool:
    try:
        return "doing" in inspect.signature(one.function).parameters
    except (TypeError, ValueError):     # written in C
        return False
