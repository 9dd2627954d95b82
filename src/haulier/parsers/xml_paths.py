"""Takes the wanted texts out of XML by their paths; all other elements are passed over."""
from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, TypeAlias

from ..core.content import BytesContent
from .xml_events import Closing, Opening, Place, named
from .xml_reader import DEPTH, LONGEST, Reader

Values: TypeAlias = dict[str, Any]
"""Texts by the keys of their paths, without blanks around them; lists of texts as they stand where `+` is, lists of
Values where `*` is."""

_PLAIN, _ONE, _MANY, _GROUP, _RECORD, _OUTER = range(6)
_ENDS = {"+": _MANY, "*": _GROUP, "!": _RECORD}


class Node(dict[Opening, "Node"]):
    """A wanted element, and the wanted ones in it. Any other is passed over: a node in which nothing is wanted."""

    __slots__ = ("attributes", "depth", "key", "kind", "other", "up")

    def __init__(self, up: Node | None, kind: int = _PLAIN, key: str = "") -> None:
        self.up: Node = self if up is None else up
        self.kind, self.key = kind, key
        self.depth: int = up.depth + 1 if up is not None else 1
        self.attributes: tuple[tuple[str, str], ...] = ()
        self.other: Node | None = None

    def __missing__(self, opening: Opening) -> Node:
        if self.other is None:
            if self.depth > DEPTH:
                raise TooDeep
            self.other = Node(self, _OUTER if self.kind == _OUTER else _PLAIN)
        return self.other


class TooDeep(Exception):
    """Elements stand in each other without end."""


class Trie:
    """Of lines such as `Amt @Ccy`, `Sts/Cd=Sts`, `RmtInf/Ustrd+`, `NtryDtls/TxDtls*/Amt`, `Stmt!/Ntry!/Amt`.

    A path's key is what stands behind `=`, or the path from its group or record on. `+`: a list of texts; `*`: a group
    with values of its own, a list of them; `!`: a record, which is handed over when it ends.
    """

    def __init__(self, openings: dict[str, Opening], paths: Iterable[str]) -> None:
        self._openings = openings
        self.root = Node(None, _RECORD)
        for line in paths:
            self._add(*line.split())

    def _add(self, line: str, *attributes: str) -> None:
        node, key = self.root, ""
        path, _, named = line.partition("=")
        for part in path.split("/"):
            name = part.rstrip("+*!")
            key = f"{key}/{name}" if key else name
            opening = self._openings.setdefault(name, Opening(name))
            kind = _ENDS.get(part[len(name):], _PLAIN)
            opening.marked |= kind == _RECORD
            if opening not in node:
                node[opening] = Node(node, kind, key)
            node = node[opening]
            key = "" if node.kind in (_GROUP, _RECORD) else key
        node.kind = node.kind or _ONE
        node.key = named or node.key
        node.attributes = tuple((name, key or name) for name, _, key in
                                (text.removeprefix("@").partition("=") for text in attributes))


class Handler(Protocol):
    """What is told of records, and asked about the elements around them."""

    def seek(self, path: list[str], attributes: dict[str, str], place: Place) -> Node | None:
        """The root of the trie that takes the element with this path; None: look into it."""

    def done(self, key: str, values: Values, around: Values, places: list[Place]) -> None:
        """A record with this key has ended, in a record with the values `around`. `places`: of it and those around it,
        the outermost first."""


class Walk:
    """Goes through the events of a file and tells its handler."""

    def __init__(self, reader: Reader, handler: Handler, node: Node | None = None) -> None:
        """`node`: what it is inside of, if it does not begin with a file."""
        self._reader, self._handler = reader, handler
        self._node = Node(None, _OUTER) if node is None else node
        self._path: list[str] = [] if node is None else [""]
        self.records, self.ended = 0, ""        # that ended, and the key of the last one
        self.around: Node | None = None         # the record that it is directly inside of, if it is behind an end tag
        self._open: list[Values] = []
        self._places: list[Place] = []
        self._values: Values = {}
        self._text = ""
        self._attributes = _NONE
        self._place: Place = (0, 1)
        self._behind = 0    # bytes: a record ended behind them

    def run(self, events: list[Any]) -> None:
        """Some more of it."""
        try:
            self._run(events)
        except TooDeep:
            raise self._reader.too_deep() from None
        self._reader.progress = max(self._behind, self._places[-1][0]) if self._places else self._reader.fed
        is_behind = events and events[-1].__class__ is Closing and self._node.kind == _RECORD
        self.around = self._node if is_behind else None

    def take(self, key: str, values: Values, place: Place) -> None:
        """A record in the one around, that somebody else has read."""
        self._places.append(place)
        self._handler.done(key, values, self._values, self._places)
        self._places.pop()
        self._behind = place[0]

    def _run(self, events: list[Any]) -> None:  # noqa: C901  (calls would take more time than all it does)
        node, values, text, attributes = self._node, self._values, self._text, self._attributes
        for event in events:
            kind = event.__class__
            if kind is Opening:
                node, text = node[event], ""
                if node.kind >= _GROUP:
                    node = self._begin(node, event.name, attributes)
                    values = self._values
                elif attributes:
                    _keep(node, values, attributes)
                attributes = _NONE
            elif kind is Closing:
                if node.kind == _ONE:
                    if text and (text := text.strip()):
                        values[node.key] = text
                elif node.kind:
                    values = self._end(node, values, text)
                node, text = node.up, ""
            elif kind is str:
                text = self._longer(text, event) if text else event
            elif kind is list:
                attributes = event
            else:
                self._place = event
        self._node, self._values, self._text, self._attributes = node, values, text, attributes

    def _longer(self, text: str, piece: str) -> str:
        if len(text) > LONGEST:
            raise self._reader.malformed(f"one text is longer than {LONGEST >> 20} MiB")
        return text + piece

    def _begin(self, node: Node, name: str, attributes: list[str]) -> Node:
        if node.kind == _OUTER:
            self._path.append(name)
            found = self._handler.seek(self._path, dict(named(attributes)), self._place)
            if found is None:
                return node
            found.up = node.up
            node = found
        if node.kind == _RECORD:
            self._places.append(self._place)
        self._open.append(self._values)
        self._values = {}
        return node

    def _end(self, node: Node, values: Values, text: str) -> Values:
        """The values that go on behind it."""
        if node.kind == _MANY:
            values.setdefault(node.key, []).append(text)
            return values
        if node.kind == _OUTER:
            self._path.pop()
            return values
        around = self._values = self._open.pop()
        if node.kind == _GROUP:
            around.setdefault(node.key, []).append(values)
            return around
        self._handler.done(node.key, values, around, self._places)
        self._places.pop()
        self.records += 1
        self.ended = node.key
        self._behind = self._place[0]
        if not self._places:
            self._path.pop()
        return around


_NONE: list[str] = []


def _keep(node: Node, values: Values, attributes: list[Any]) -> None:
    for wanted, key in node.attributes:
        for at in range(0, len(attributes), 2):
            name = attributes[at]
            if name == wanted or (name.__class__ is Closing and name.name == wanted):
                values[key] = attributes[at + 1]


def values_in(around: Node, reader: Reader, text: str) -> Values:
    """Those of a record in the one around; `reader` is that of its file."""
    kept = _Kept()
    own = reader.another(BytesContent(text.encode()))
    walk = Walk(own, kept, around)
    for events in own:
        walk.run(events)
    return kept.values


class _Kept:
    """The values of the last record that ended."""

    values: Values = {}

    def seek(self, path: list[str], attributes: dict[str, str], place: Place) -> Node | None:
        return None

    def done(self, key: str, values: Values, around: Values, places: list[Place]) -> None:
        self.values = values
