"""Anchors that other parts of a file go by: they must mean the same after one part has changed."""
from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..problems import Problems, Where
from ..yamlfile import parse
from . import rendering
from .changes import is_same, value_at
from .nodes import Kind, Node, node_at, tree, where_is

_NAME = re.compile(r"&[^\s,\[\]{}]+")


def known(file: str, root: Node, data: Any, until: int) -> Mapping[str, Any]:
    """What each anchor before `until` means there."""
    return {node.anchor: _value(file, root, data, node) for node in _owners(root) if node.start < until}


def freed(file: str, root: Node, data: Any, where: Where, part: tuple[str, Any]) -> tuple[str, str]:
    """The file and the text of the new part, when nothing else goes by an anchor at `where` that means less now.

    `part` is that text and what it says. The first alias of such an anchor becomes the anchor for the others.
    """
    inside = node_at(root, where)
    owners = [node for node in inside.all() if node.anchor and node.kind is not Kind.ALIAS] if inside else []
    left = {**_left(*part), **({inside.anchor: part[1]} if inside and inside.anchor else {})} if owners else {}
    heirs = {}
    for owner in owners:
        value = _value(file, root, data, owner)
        heir = _heir(root, inside, owner)
        if heir and not (owner.anchor in left and is_same(left[owner.anchor], value)):
            heirs[heir.start] = heir.end, f"&{owner.anchor} {_source(file, owner, value)}", owner
    for start, (end, written, _) in sorted(heirs.items(), reverse=True):
        file = file[:start] + written + file[end:]
    if any(owner is inside for *_, owner in heirs.values()):
        file = _unnamed(file, inside.start) if inside else file
    return file, _without_idle(part[0], {owner.anchor for *_, owner in heirs.values()}) if heirs else part[0]


def _left(text: str, data: Any) -> Mapping[str, Any]:
    """The anchors that a part has by itself, and what they mean."""
    root = tree(text) if "&" in text else None
    return {node.anchor: _value(text, root, data, node) for node in _owners(root)} if root else {}


def _without_idle(text: str, names: set[str]) -> str:
    """`text` without those of these anchors that nothing in it goes by."""
    root = tree(text)
    used = {node.anchor for node in root.all() if node.kind is Kind.ALIAS} if root else set()
    for node in reversed(_owners(root)) if root else ():
        if node.anchor in names - used:
            text = _unnamed(text, node.start)
    return text


def _owners(root: Node) -> list[Node]:
    """Those that have an anchor, in the order of the text."""
    return sorted((node for node in root.all() if node.anchor and node.kind is not Kind.ALIAS),
                  key=lambda node: node.start)


def _heir(root: Node, inside: Node | None, owner: Node) -> Node | None:
    """The first alias outside of a part that goes by an anchor in it."""
    named = sorted((node for node in root.all() if node.anchor == owner.anchor and node.start > owner.start),
                   key=lambda node: node.start)
    for node in named:
        if node.kind is not Kind.ALIAS:     # the name means something else from here on
            return None
        if inside is None or node.start >= inside.end:
            return node
    return None


def _value(file: str, root: Node, data: Any, node: Node) -> Any:
    where = where_is(root, node)
    if where is not None and not node.is_merged:
        return value_at(data, where)
    try:
        return parse(f"a: {file[node.content:node.end]}\n", "x.yaml").data["a"]
    except Problems:
        return None


def _source(file: str, node: Node, value: Any) -> str:
    """It as it is written, if that is one line that can stand in any place."""
    written = file[node.content:node.end]
    is_simple = (node.is_flow or node.kind is Kind.WORD) and not re.search(r"[\n*&#|>]", written)
    return written if is_simple and written else rendering.flow(value)


def _unnamed(text: str, start: int) -> str:
    name = _NAME.match(text, start)
    rest = text[name.end():] if name else text[start:]
    return text[:start].rstrip(" ") + rest if rest[:1] in ("\n", "") else text[:start] + rest.lstrip(" ")
