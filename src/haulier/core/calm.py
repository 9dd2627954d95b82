"""Work without searches for garbage meanwhile: among many new objects that are all kept they take most of the time."""
from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Self, TypeVar

_Part = TypeVar("_Part")


class Calm:
    """While it is entered, no garbage is searched for. What is not in a cycle goes as it always does."""

    def __enter__(self) -> Self:
        self._was = gc.isenabled()
        gc.disable()
        return self

    def __exit__(self, *error: object) -> None:
        if self._was:
            gc.enable()


def calmly(parts: Iterator[_Part]) -> Iterator[_Part]:
    """The same, each made in calm; between two of them all is as it was."""
    calm, none = Calm(), object()
    while True:
        with calm:
            part = next(parts, none)
        if part is none:
            return
        yield part  # type: ignore[misc]
