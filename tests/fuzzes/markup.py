"""Readers of XML beside others: that of known shapes beside expat alone, all of them beside ElementTree."""
from __future__ import annotations

import copy
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain
from typing import Any
from xml.etree import ElementTree

from haulier.core.content import BytesContent
from haulier.parsers import camt, pain, xml_reader
from haulier.parsers.camt import Camt
from haulier.parsers.xml import Xml
from haulier.parsers.xml_events import Opening, Place
from haulier.parsers.xml_paths import _GROUP, _MANY, _ONE, _RECORD, Handler, Node, Values, Walk
from haulier.parsers.xml_quick import Quick
from haulier.parsers.xml_reader import Reader
from haulier.parsers.xml_rows import matcher
from haulier.ports import Parser

from .seen import Seen, differing, seen

Told = tuple[str, Values, Values]
Paths = Callable[[dict[str, Opening]], dict[str, Node]]
PIECE = xml_reader.PIECE
_REFUSED = ("DOCTYPE", "deep", "longer than", "outermost element", "different names", "encoding", "no message",
            "unsupported message", "well-formed")
_QUICK = Quick.parts


def _cut(size: int) -> None:
    """Pieces of files have so many bytes from now on."""
    xml_reader.PIECE, xml_reader._SILENT = size, xml_reader.LONGEST // size


def _cut_small(data: bytes) -> None:
    """Such that several pieces have several records in them."""
    _cut(256 + zlib.crc32(data) % max(1500, len(data) // 2))


def _known(paths: Paths) -> Paths:
    """The same without the time that it takes for each file."""
    made = cache(lambda: (openings := dict[str, Opening](), paths(openings)))

    def again(openings: dict[str, Opening]) -> dict[str, Node]:
        openings |= made()[0]
        return made()[1]
    return again


camt.reports, pain.orders = _known(camt.reports), _known(pain.orders)


def is_that_of_expat(parser: Parser, data: bytes, found: Seen) -> None:
    """In small pieces, with shapes and without, it is what it is in one; and elements are those of ElementTree."""
    _cut_small(data)
    try:
        quick = seen(parser, data)
        Quick.parts = lambda self, piece: (piece,)      # type: ignore[assignment, method-assign, return-value]
        slow = seen(parser, data)
        assert slow == found or (slow.error and found.error), f"pieces matter: {differing(slow, found)}"
        assert quick == slow or (quick.error and slow.error), f"shapes matter: {differing(quick, slow)}"
        Quick.parts = _QUICK                            # type: ignore[method-assign]
        _compare(camt.reports if isinstance(parser, Camt) else pain.orders, data)
    finally:
        _cut(PIECE)
        Quick.parts = _QUICK                            # type: ignore[method-assign]


def _compare(paths: Paths, data: bytes) -> None:
    """Values of records by their paths."""
    root = _root(data)
    if root is None:
        return
    openings: dict[str, Opening] = {}
    tries = paths(openings)
    kept = _Kept(tries)
    reader = Reader(BytesContent(data), openings)
    walk = Walk(reader, kept)
    reader.parts = Quick(reader, walk).parts
    try:
        for events in reader:
            walk.run(events)
    except xml_reader.Malformed as error:
        assert any(said in str(error) for said in _REFUSED), f"ElementTree takes it: {error}"
        return
    theirs = list(_told(root, tries))
    assert kept.told == theirs, next(pair for pair in zip(kept.told, theirs, strict=False) if pair[0] != pair[1])


class _Kept(Handler):
    def __init__(self, tries: dict[str, Node]) -> None:
        self.told: list[Told] = []
        self._tries = tries

    def seek(self, path: list[str], attributes: dict[str, str], place: Place) -> Node | None:
        return self._tries.get(path[-1])

    def done(self, key: str, values: Values, around: Values, places: list[Place]) -> None:
        self.told.append((key, copy.deepcopy(values), copy.deepcopy(around)))


def _root(data: bytes) -> Any:
    """The outermost element as ElementTree has it; None if it takes it for no XML."""
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, LookupError):
        return None
    strange = any(":" in name.rpartition("}")[2] for one in root.iter() for name in (one.tag, *one.attrib))
    return None if strange else root


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _told(element: Any, tries: dict[str, Node]) -> Iterator[Told]:
    node = tries.get(_local(element.tag))
    if node is not None:
        told: list[Told] = []
        values = _values(element, node, told)
        yield from [*told, ("", values, {})]
    else:
        yield from chain.from_iterable(_told(one, tries) for one in element)


def _values(element: Any, node: Node, told: list[Told]) -> Values:
    values: Values = {}
    _fill(values, element, node, told)
    return values


def _fill(values: Values, element: Any, node: Node, told: list[Told]) -> None:
    nodes = {opening.name: one for opening, one in node.items()}
    for child in element:
        inner = nodes.get(_local(child.tag))
        if inner is None:
            continue
        if inner.kind in (_GROUP, _RECORD):
            own = _values(child, inner, told)
            if inner.kind == _GROUP:
                values.setdefault(inner.key, []).append(own)
            else:
                told.append((inner.key, copy.deepcopy(own), copy.deepcopy(values)))
            continue
        values.update((key, child.attrib[name]) for name, key in inner.attributes if name in child.attrib)
        _fill(values, child, inner, told)
        text = (child[-1].tail if len(child) else child.text) or ""
        if inner.kind == _MANY:
            values.setdefault(inner.key, []).append(text)
        elif inner.kind == _ONE and text.strip():
            values[inner.key] = text.strip()


def is_that_of_elementtree(parser: Parser, data: bytes, found: Seen) -> None:
    """The rows of elements at a path."""
    assert isinstance(parser, Xml)
    _cut_small(data)
    try:
        pieces = seen(parser, data)
        assert pieces == found or (pieces.error and found.error), f"pieces matter: {differing(pieces, found)}"
    finally:
        _cut(PIECE)
    if (root := _root(data)) is None:
        return
    if found.error:
        assert any(said in found.error for said in _REFUSED), f"ElementTree takes it: {found.error}"
        return
    theirs = list(_rows(root, [_local(root.tag)], matcher(parser._record)))
    assert found.rows == theirs, f"{found.rows} are not {theirs}"


def _rows(element: Any, path: list[str], matches: Any) -> Iterator[dict[str, Any]]:
    if matches(path):
        row: dict[str, Any] = {}
        _put(row, "", element)
        yield {name: values if len(values) > 1 else values[0] for name, values in row.items()}
    else:
        for child in element:
            yield from _rows(child, [*path, _local(child.tag)], matches)


def _put(row: dict[str, Any], path: str, element: Any) -> None:
    before = f"{path}/" if path else ""
    for name, value in element.attrib.items():
        if not name.startswith("xmlns"):
            row.setdefault(f"{before}@{_local(name)}", []).append(value)
    for child in element:
        _put(row, before + _local(child.tag), child)
    text = "".join([element.text or "", *(child.tail or "" for child in element)]).strip()
    if path and (text or not len(element)):
        row.setdefault(path, []).append(text)
    elif text:
        row.setdefault("text", []).append(text)
