"""What a reader of XML tells: elements, their places and attributes, and texts."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias


class Opening:
    """That an element of that local name begins. `marked`: its Place comes before it, always."""

    __slots__ = ("marked", "name")

    def __init__(self, name: str) -> None:
        self.name, self.marked = name, False


class Closing:
    """That an element ends. expat gives it instead of the element's name, and of an attribute's that is the same."""

    __slots__ = ("marked", "name", "opening")

    def __init__(self, name: str, opening: Opening) -> None:
        self.name, self.opening, self.marked = name, opening, opening.marked


Place: TypeAlias = tuple[int, int]
"""Bytes before it, and its line from 1."""
Event: TypeAlias = list[str] | Opening | Place | str | Closing
"""In this order for each element: attributes (name, value, name …) if there are any, Place perhaps, Opening, texts and
elements in it, Closing. Anything but an Opening is recorded without a call of Python's: that makes it quick."""


def named(attributes: list[Any]) -> Iterator[tuple[str, str]]:
    """Names and values of attributes."""
    for at in range(0, len(attributes), 2):
        name = attributes[at]
        yield name.name if name.__class__ is Closing else name, attributes[at + 1]
