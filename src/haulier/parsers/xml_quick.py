"""Reads records of XML whose shape is known, in place of expat and of whoever walks through its events."""
from __future__ import annotations

import re
from collections.abc import Iterator

from .xml_paths import Node, Walk, values_in
from .xml_reader import Reader
from .xml_shapes import Shape, key_of

_SHAPES = 8         # of a file: to make a pattern takes as long as to read a hundred records
_LONGEST = 8_000    # characters of a record whose shape may be learnt
_PATIENCE = 200     # records of unknown shape, more than those of known ones, until it is given up
_MOST = 1_000       # of that, however many were known
_KEYS = 10_000      # of records that were seen once
_MISSES = 8         # end tags of a piece behind which none may be taken, as in comments: old expats are slow on parts


class Quick:
    """Stands between a reader and expat. A shape is learnt when a record has it for the second time. Where most records
    have one of their own, expat gets all of them.

    A record is taken here only where expat has read an end tag and nothing more, directly in the record around: there
    neither a comment nor a section of CDATA can be open. Only in UTF-8.
    """

    def __init__(self, reader: Reader, walk: Walk) -> None:
        self._reader, self._walk = reader, walk
        self._shapes: dict[int, list[Shape]] = {}      # by the node around
        self._seen: set[int] = set()        # hashes of keys
        self._learnt, self._patience = 0, _PATIENCE

    def parts(self, piece: bytes) -> Iterator[bytes]:
        """What is left for expat. Each part must have been walked through when the next one is asked for."""
        walk = self._walk
        name = walk.ended.rpartition("/")[2]
        if not name or self._patience <= 0:
            yield piece
            return
        text, at, misses = piece.decode("utf-8", "surrogateescape"), 0, 0
        ends = re.compile(rf"</(?:[\w.-]+:)?{re.escape(name)}\s*>")
        while at < len(text):
            around = self._around()
            if around is not None:
                at = self._known(text, at, around)
            else:
                misses += 1
            found = ends.search(text, at) if misses <= _MISSES else None
            end = found.end() if found else len(text)
            part, at, before = text[at:end], end, walk.records
            if part:
                yield part.encode("utf-8", "surrogateescape")
                if around is not None and walk.around is around and walk.records == before + 1:
                    self._look_at(part, around)

    def _around(self) -> Node | None:
        """The record that the next one is in, if it may be taken here."""
        reader = self._reader
        is_even = reader.place[0] == reader.fed and reader.encoding.lower() == "utf-8"
        return self._walk.around if is_even else None

    def _known(self, text: str, start: int, around: Node) -> int:
        """Takes records as long as they have a known shape; where the next one begins."""
        shapes, take = self._shapes.get(id(around), []), self._walk.take
        at, plain, (offset, line) = start, text.isascii(), self._reader.place
        while found := _matched(shapes, text, at):
            shape, match = found
            take(shape.key, shape.values(match.groups()), (offset + shape.blanks, line + shape.lines_before))
            end = match.end()
            offset += end - at if plain else len(text[at:end].encode())
            line += shape.lines
            at = end
            self._patience = min(self._patience + 1, _MOST)
        self._reader.skip((offset, line))
        return at

    def _look_at(self, text: str, around: Node) -> None:
        self._patience -= 1
        if self._learnt >= _SHAPES or len(text) > _LONGEST:
            return
        key = hash(key_of(text))
        if key not in self._seen:
            if len(self._seen) < _KEYS:
                self._seen.add(key)
            return
        self._learnt += 1
        try:
            shape = Shape(self._walk.ended, text, lambda text: values_in(around, self._reader, text))
        except ValueError:
            return
        self._shapes.setdefault(id(around), []).append(shape)


def _matched(shapes: list[Shape], text: str, at: int) -> tuple[Shape, re.Match[str]] | None:
    """The last one that matched is tried first."""
    for place, shape in enumerate(shapes):
        if found := shape.match(text, at):
            if place:
                shapes.insert(0, shapes.pop(place))
            return shape, found
    return None
