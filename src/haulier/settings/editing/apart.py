"""A job or a connection as a text by itself: what it says, and where in it mistakes are."""
from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..problems import Problem, Problems, Where
from ..yamlfile import Document, key_text, parsed
from . import rendering
from .changes import GONE
from .excerpt import parted

_ALIAS = re.compile(r"\*([^\s,\[\]{}]+)")
_BEFORE = 2     # lines before the text


@dataclass(frozen=True, slots=True)
class Apart:
    """How such texts are read: `top` is the key that they would be under, `known` the anchors of their file."""

    name: str       # as messages call it
    top: str
    is_item: bool
    known: Mapping[str, Any]

    @property
    def where(self) -> Where:
        """The way to it in its document."""
        return (self.top, 0) if self.is_item else (self.top,)

    def document(self, text: str) -> Document:
        """A document with nothing but this in it; Problems if it cannot be read."""
        named = {name: self.known[name] for name in _ALIAS.findall(text) if self.known.get(name, GONE) is not GONE}
        before = ", ".join(f"&{name} {rendering.flow(value)}" for name, value in named.items())
        above, body = parted(text)
        lines = [*above, f"{'-' if self.is_item else ' '} {body[0]}", *rendering.indented(body[1:])]
        try:
            return parsed("\n".join([f"x-known: [{before}]", f"{self.top}:", *lines, ""]), self.name)
        except Problems as error:
            last = text.rstrip("\n").count("\n") + 1
            raise Problems(one._replace(line=min(one.line, last)) for one in self.relative(error.problems)) from None

    def value(self, text: str) -> Any:
        """What a text says; None if it says nothing."""
        said = self.document(text).data[self.top]
        return said[0] if self.is_item and said else said

    def relative(self, problems: Iterable[Problem]) -> list[Problem]:
        """The problems of such a document with keys and lines as in the text; those of other files as they are."""
        top = key_text(self.where)
        return [one if one.file != self.name else one._replace(
            key=one.key.removeprefix(top).removeprefix("."), line=max(1, one.line - _BEFORE),
            column=max(0, one.column - 2)) for one in problems]

    def problem(self, text: str, where: Where, said: str, hint: str = "") -> Problem:
        """A mistake at `where` in a text."""
        try:
            line = self.document(text).line((*self.where, *where)) - _BEFORE
        except Problems:
            line = 1
        return Problem(self.name, max(1, line), key_text(where), said, hint)
