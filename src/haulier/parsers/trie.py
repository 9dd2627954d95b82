"""Takes the wanted texts out of XML by their paths; all other elements are passed over."""
from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from .walk import DEPTH, Attributes, Reader

Values: TypeAlias = dict[str, Any]
"""Texts by the keys of their paths, without blanks around them; lists of texts as they stand where `+` is, lists of
Values where `*` is."""
Done: TypeAlias = Callable[[str, Values, Values], None]
"""What is called with the key of a record, its values, and the values of the record around it."""

_PLAIN, _ONE, _MANY, _GROUP, _RECORD, _UNKNOWN = range(6)
_ENDS = {"+": _MANY, "*": _GROUP, "!": _RECORD}
_SPELLINGS = 256    # names with prefixes that are remembered for each element


class Node(dict[str, "Node"]):
    """A wanted element, and the wanted ones in it by their names."""

    __slots__ = ("attributes", "depth", "key", "kind", "up")

    def __init__(self, up: Node | None, kind: int = _PLAIN, key: str = "") -> None:
        self.up, self.kind, self.key = up, kind, key
        self.depth: int = up.depth + 1 if up is not None else 1
        self.attributes: tuple[tuple[str, str], ...] = ()

    def __missing__(self, name: str) -> Node:
        _, colon, local = name.rpartition(":")
        found = self.get(local) if colon else None
        if found is None:
            return _NOTHING
        if len(self) < _SPELLINGS:
            self[name] = found
        return found


_NOTHING = Node(None, _UNKNOWN)


def trie(paths: Iterable[str]) -> Node:
    """Of lines such as `Amt @Ccy`, `Sts/Cd=Sts`, `RmtInf/Ustrd+`, `NtryDtls/TxDtls*/Amt`, `Stmt!/Ntry!/Amt`.

    A path's key is what stands behind `=`, or the path from its group or record on. `+`: a list of texts; `*`: a group
    with values of its own, a list of them; `!`: a record, which is handed over when it ends.
    """
    root = Node(None, _RECORD)
    for line in paths:
        path, *attributes = line.split()
        node, key = root, ""
        path, _, named = path.partition("=")
        for part in path.split("/"):
            name = part.rstrip("+*!")
            key = f"{key}/{name}" if key else name
            kind = _ENDS.get(part[len(name):], _PLAIN)
            if name not in node:
                node[name] = Node(node, kind, key)
            node = node[name]
            key = "" if node.kind in (_GROUP, _RECORD) else key
        if node.kind == _PLAIN:
            node.kind = _ONE
        node.key = named or node.key
        node.attributes = tuple(_attribute(text) for text in attributes)
    return root


def _attribute(text: str) -> tuple[str, str]:
    name, _, key = text.removeprefix("@").partition("=")
    return name, key or name


class Take:
    """Takes one element and calls `done` for every record in it, and for itself."""

    def __init__(self, root: Node, done: Done) -> None:
        self._root, self._done = root, done
        self.starts: list[tuple[int, int]] = []     # byte and line of the records that are open

    def begin(self, reader: Reader, name: str, attributes: Attributes) -> None:
        self._reader, self._parser = reader, reader.parser
        self._text = reader.pieces.append
        self._node, self._unknown = self._root, 0
        self._open: list[Values] = [{}]
        self._values: Values = {}
        self.starts = [(reader.offset, reader.line)]
        self._listen()

    @property
    def header(self) -> Values:
        """The values of the outermost record, as far as they were read."""
        return self._open[1] if len(self._open) > 1 else self._values

    def _listen(self) -> None:
        self._parser.StartElementHandler, self._parser.EndElementHandler = self._start, self._end

    def _start(self, name: str, attributes: Attributes) -> None:
        node = self._node[name]
        kind = node.kind
        if kind == _PLAIN:
            self._node = node
        elif kind <= _MANY:
            self._node = node
            self._parser.CharacterDataHandler = self._text
            if attributes:
                for attribute, key in node.attributes:
                    if attribute in attributes:
                        self._values[key] = attributes[attribute]
        elif kind == _UNKNOWN:
            self._pass_over()
        else:
            self._enter(node)

    def _enter(self, node: Node) -> None:
        self._node = node
        self._open.append(self._values)
        self._values = {}
        if node.kind == _RECORD:
            self.starts.append((self._reader.offset, self._reader.line))

    def _end(self, name: str) -> None:
        node = self._node
        kind = node.kind
        if kind == _ONE:
            self._parser.CharacterDataHandler = None
            pieces = self._reader.pieces
            if pieces:
                if text := (pieces[0] if len(pieces) == 1 else "".join(pieces)).strip():
                    self._values[node.key] = text
                pieces.clear()
        elif kind != _PLAIN:
            self._leave(node)
        self._node = node.up    # type: ignore[assignment]  # it is None only behind the last end

    def _leave(self, node: Node) -> None:
        if node.kind == _MANY:
            self._parser.CharacterDataHandler = None
            self._values.setdefault(node.key, []).append("".join(self._reader.pieces))
            self._reader.pieces.clear()
            return
        values, self._values = self._values, self._open.pop()
        if node.kind == _GROUP:
            self._values.setdefault(node.key, []).append(values)
            return
        self._done(node.key, values, self._values)
        self.starts.pop()
        self._reader.progress = self._reader.offset
        if node is self._root:
            self._reader.resume()

    def _pass_over(self) -> None:
        self._unknown = 1
        self._parser.CharacterDataHandler = None
        self._parser.StartElementHandler, self._parser.EndElementHandler = self._deeper, self._higher

    def _deeper(self, name: str, attributes: Attributes) -> None:
        self._unknown += 1
        if self._unknown + self._node.depth + len(self._reader.path) > DEPTH:
            raise self._reader.too_deep()

    def _higher(self, name: str) -> None:
        self._unknown -= 1
        if not self._unknown:
            self._listen()
            if self._node.kind in (_ONE, _MANY):
                self._parser.CharacterDataHandler = self._text
