"""A file of the workspace in which one part is changed, and all the others say what they said before."""
from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ...model.errors import Invalid
from ..problems import Problems, Where
from ..yamlfile import Document, parsed
from . import rendering
from .changes import GONE, is_same, value_at, with_value
from .excerpt import added, excerpt, inline, is_apart, put_inline, removed
from .nodes import Node, node_at, trail, tree
from .patching import Unwritable
from .sharing import freed, known


@dataclass(frozen=True)
class Sheet:
    """The text of a YAML file. What comes of a change is the text that the file should have."""

    document: Document
    text: str

    @property
    def data(self) -> Any:
        """What it says."""
        return self.document.data

    def part(self, where: Where) -> tuple[str, int]:
        """What is at `where` as a text by itself, and the line of the file where that begins."""
        root = self._root
        assert root
        if is_apart(root, where):
            found = excerpt(self.text, root, where)
            return found.text + "\n", found.line
        return inline(self.text, root, where) + "\n", self.document.line(where)

    def known(self, where: Where | None) -> Mapping[str, Any]:
        """What each anchor means at `where`; None: at the end."""
        if self._root is None or "&" not in self.text:
            return {}
        node = node_at(self._root, where) if where else None
        return known(self.text, self._root, self.data, node.start if node else len(self.text))

    def put(self, where: Where, text: str, value: Any) -> str:
        """With `text`, which says `value`, at `where`; Invalid if that cannot be done."""
        def change(root: Node) -> str:
            file, fresh = freed(self.text, root, self.data, where, (text, value))
            root = (tree(file) or root) if file != self.text else root
            if is_apart(root, where):
                return excerpt(file, root, where).put(file, fresh)
            return put_inline(file, root, where, fresh, value)
        return self._proven(change, with_value(self.data, where, value))

    def add(self, where: Where, text: str, value: Any) -> str:
        """With `text`, which says `value`, as one more item or key at the end."""
        return self._proven(lambda root: added(self.text, root, self.data, where, (text, value)),
                            _with_more(self.data, where, value))

    def remove(self, where: Where) -> str:
        """Without what is at `where`, and without the comments right above it."""
        def change(root: Node) -> str:
            file, _ = freed(self.text, root, self.data, where, ("", None))
            return removed(file, (tree(file) or root) if file != self.text else root, where)
        return self._proven(change, with_value(self.data, where, GONE))

    def renamed(self, where: Where, to: str) -> str:
        """With another key for what is at `where`."""
        def change(root: Node) -> str:
            key, _ = trail(root, where[:-1])[-1].pair(where[-1]) or (None, None)
            if key is None:
                raise Unwritable
            return self.text[:key.start] + rendering.word(to) + self.text[key.end:]
        whole = with_value(self.data, where, GONE)
        return self._proven(change, with_value(whole, (*where[:-1], to), value_at(self.data, where)))

    @cached_property
    def _root(self) -> Node | None:
        return tree(self.text)

    def _proven(self, change: Callable[[Any], str], expected: Any) -> str:
        """What `change` makes, if that says what is expected, in every part of the file."""
        try:
            text = change(self._root)
            if is_same(parsed(text, self.document.file).data, expected):
                return text
        except (Unwritable, Problems):
            pass
        raise Invalid(f"{self.document.file}: it is written in a way in which this can only be changed by hand")


class JsonSheet(Sheet):
    """The text of a JSON file, which has no comments and is written afresh."""

    def part(self, where: Where) -> tuple[str, int]:
        return "\n".join(rendering.block(value_at(self.data, where))) + "\n", self.document.line(where)

    def known(self, where: Where | None) -> Mapping[str, Any]:
        return {}

    def put(self, where: Where, text: str, value: Any) -> str:
        return self._written(with_value(self.data, where, parsed(text, "").data))     # its keys in their order

    def add(self, where: Where, text: str, value: Any) -> str:
        return self._written(_with_more(self.data, where, parsed(text, "").data))

    def remove(self, where: Where) -> str:
        return self._written(with_value(self.data, where, GONE))

    def renamed(self, where: Where, to: str) -> str:
        held = value_at(self.data, where[:-1])
        return self._written(with_value(self.data, where[:-1], {to if key == where[-1] else key: one
                                                                for key, one in held.items()}))

    def _written(self, data: Any) -> str:
        found = re.search(r"\n([ \t]+)\S", self.text)
        indent = (found[1] if "\t" in found[1] else len(found[1])) if found else 2
        return json.dumps(data, indent=indent, ensure_ascii=False) + "\n"


def sheet(text: str, name: str) -> Sheet:
    """The file of that name; Problems if it cannot be read."""
    return (JsonSheet if name.endswith(".json") else Sheet)(parsed(text, name), text)


def _with_more(data: Any, where: Where, value: Any) -> Any:
    top, piece = where
    held = (data or {}).get(top)
    return {**(data or {}), top: [*(held or []), value] if isinstance(piece, int) else {**(held or {}), piece: value}}
