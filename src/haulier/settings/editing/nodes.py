"""Where each value of a YAML text stands: a tree of spans, with aliases as they are written."""
from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import lru_cache
from typing import Any

from ..problems import Where

_ANCHOR = re.compile(r"&[^\s,\[\]{}]+[ \t]*")


class Kind(Enum):
    """What a value is written as."""

    MAP = auto()
    LIST = auto()
    WORD = auto()
    ALIAS = auto()


@dataclass(slots=True)
class Node:
    """A value. `start` is where its anchor stands if it has one; `end` is after its last character."""

    kind: Kind
    start: int
    content: int
    end: int
    is_flow: bool = False       # written in brackets
    in_flow: bool = False       # stands in brackets
    is_merged: bool = False     # stands after a "<<"
    anchor: str = ""            # its own, or the one that an alias means
    word: str = ""
    style: str = ""             # of a word: ' " | > or none
    pairs: list[tuple[Node, Node]] = field(default_factory=list)
    items: list[Node] = field(default_factory=list)

    def pair(self, key: str | int) -> tuple[Node, Node] | None:
        """The key and the value; None if the mapping does not say it itself."""
        return next((pair for pair in self.pairs if pair[0].word == key), None)

    def child(self, piece: str | int) -> Node | None:
        """The value of a key, or an item."""
        if self.kind is Kind.LIST:
            return self.items[piece] if isinstance(piece, int) and piece < len(self.items) else None
        found = self.pair(piece)
        return found[1] if found else None

    def all(self) -> Iterator[Node]:
        """This and everything in it, as it stands in the text."""
        yield self
        for key, value in self.pairs:
            yield from key.all()
            yield from value.all()
        for item in self.items:
            yield from item.all()


@lru_cache(32)
def tree(text: str) -> Node | None:
    """The value that a text is, which is not to be changed; None if there is nothing but comments in it."""
    from ruamel.yaml import YAML
    events = YAML(typ="safe", pure=True).parse(text)
    for event in events:
        if type(event).__name__ == "DocumentStartEvent":
            found = _Builder(text, events).node(next(events), in_flow=False)
            return None if found.kind is Kind.WORD and found.end == found.start else found
    return None


def trail(root: Node, where: Where) -> list[Node]:
    """The values on the way to `where`, from the top; shorter than that if it is not written in one piece."""
    found = [root]
    for piece in where:
        child = found[-1].child(piece)
        if child is None:
            break
        found.append(child)
    return found


def node_at(root: Node, where: Where) -> Node | None:
    """The value at `where`, as it is written there."""
    found = trail(root, where)
    return found[-1] if len(found) == len(where) + 1 else None


def where_is(root: Node, wanted: Node) -> Where | None:
    """The way to a value; what is merged into a mapping is at the mapping; None for a key."""
    return next((where for where, node in _ways(root, ()) if node is wanted), None)


def _ways(node: Node, where: Where) -> Iterator[tuple[Where, Node]]:
    yield where, node
    for key, value in node.pairs:
        yield from _ways(value, where if key.word == "<<" else (*where, key.word))
    for at, item in enumerate(node.items):
        yield from _ways(item, (*where, at))


def line_start(text: str, at: int) -> int:
    """Where the line begins that `at` is in."""
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """Where that line ends, before its line feed."""
    found = text.find("\n", at)
    return len(text) if found < 0 else found


def column(text: str, at: int) -> int:
    """How far to the right `at` is, from 0."""
    return at - line_start(text, at)


class _Builder:
    def __init__(self, text: str, events: Iterator[Any]) -> None:
        self._text, self._events = text, events

    def node(self, event: Any, *, in_flow: bool) -> Node:
        made = {"AliasEvent": self._alias, "ScalarEvent": self._word, "MappingStartEvent": self._map,
                "SequenceStartEvent": self._list}[type(event).__name__](event)
        made.in_flow = in_flow
        return made

    def _alias(self, event: Any) -> Node:
        start = event.start_mark.index
        return Node(Kind.ALIAS, start, start, event.end_mark.index, anchor=str(event.anchor))

    def _word(self, event: Any) -> Node:
        start, end = event.start_mark.index, event.end_mark.index
        if event.style in ("|", ">"):       # its span goes on to the next value
            end = len(self._text[:end].rstrip())
        anchor = _ANCHOR.match(self._text, start) if event.anchor else None
        return Node(Kind.WORD, start, min(anchor.end(), end) if anchor else start, end, anchor=event.anchor or "",
                    word=event.value, style=event.style or "")

    def _map(self, event: Any) -> Node:
        made = self._opened(Kind.MAP, event)
        while type(event := next(self._events)).__name__ != "MappingEndEvent":
            key = self.node(event, in_flow=made.is_flow)
            value = self.node(next(self._events), in_flow=made.is_flow)
            self._place(key, value)
            for one in (value, *value.items) if key.word == "<<" else ():
                one.is_merged = True
            made.pairs.append((key, value))
        return self._closed(made, event, [value for _, value in made.pairs])

    def _list(self, event: Any) -> Node:
        made = self._opened(Kind.LIST, event)
        while type(event := next(self._events)).__name__ != "SequenceEndEvent":
            made.items.append(self.node(event, in_flow=made.is_flow))
        return self._closed(made, event, made.items)

    def _opened(self, kind: Kind, event: Any) -> Node:
        start, end = event.start_mark.index, event.end_mark.index
        is_flow = bool(event.flow_style)
        inside = end - 1 if end > start and self._text[end - 1] in "[{-" else end
        return Node(kind, start, inside, end, is_flow=is_flow, anchor=event.anchor or "")

    def _closed(self, made: Node, event: Any, children: list[Node]) -> Node:
        made.end = event.end_mark.index if made.is_flow or not children else children[-1].end
        return made

    def _place(self, key: Node, value: Node) -> None:
        """Nothing stands right after its colon, not where the next value begins."""
        if value.kind is Kind.WORD and not (value.word or value.style or value.anchor):
            colon = self._text.find(":", key.end, value.start)
            if colon >= 0:
                value.start = value.content = value.end = colon + 1
