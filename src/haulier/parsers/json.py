"""JSON documents: a list of objects, anywhere in them, or one object."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, Literal

import ijson
from pydantic import Field

from ..model.errors import Malformed
from ..model.record import START, Batch, Fault, Mark, Reject, Row
from ..ports import Columns, Content, Guess, Parser
from ..settings.spec import Env, ParserSpec
from ..settings.units import Size
from .json_text import as_text, flat, read_object, refused, unicode_of
from .json_walk import Event, Walk

_ROWS = 1000
_SMALL, _LARGE = 8 * 1024, 256 * 1024
"""Bytes that are looked at in one go. Few make few objects at a time, which is quicker; more, where one value is long:
it is looked at from its beginning each time."""
_BOM = b"\xef\xbb\xbf"


class JsonSpec(ParserSpec):
    """JSON (a list of objects in a document)"""

    type: Literal["json"] = "json"
    path: str = ""
    """Where the list is: the names that lead to it, such as `data.items`. Empty: the document is the list. One object
    there is one row."""
    flatten: bool = False
    """Objects in objects become columns such as `address.city`."""
    max_depth: int = Field(64, ge=1, le=500)
    """A document whose lists and objects are nested deeper is refused."""
    max_row: Size = Field(16 << 20, ge=1024)
    """A document with a row of more bytes is refused."""

    def build(self, env: Env) -> Json:
        return Json([name for name in self.path.split(".") if name], self.flatten, self.max_depth, self.max_row)

    @classmethod
    def guess(cls, name: str, head: bytes) -> Guess | None:
        text = head.removeprefix(_BOM).lstrip()
        if text[:1] not in (b"[", b"{") or not (events := _events(text)):
            return None
        score = 0.95 if name.lower().endswith(".json") else 0.85
        if events[0][0] == "start_array":
            return Guess(score, {}, "a list of objects") if events[1:2] in ([], [("start_map", None)]) else None
        path = _likely(events)
        return Guess(score, {"path": path}, f"a list of objects at {path}") if path else Guess(0.6, {}, "one object")


@dataclass(frozen=True, slots=True)
class Json(Parser):
    """Numbers with a point are Decimal. A name that stands twice in one object is a fault."""

    path: list[str]
    flatten: bool = False
    max_depth: int = 64
    max_row: int = 16 << 20

    def parse(self, content: Content, *, after: Mark = START, columns: Columns | None = None) -> Iterator[Batch]:
        walk = Walk(self.path, self.max_depth)
        at = START
        try:
            for offset in self._follow(content, walk):
                if len(walk.ready) >= _ROWS:
                    yield (batch := self._batch(walk, at, offset))
                    at = batch.after
        except Malformed as error:
            if walk.ready:
                yield self._batch(walk, at, at.offset)
            raise Malformed(f"{content.name}: {error}", line=walk.line) from error
        yield self._batch(walk, at, offset)

    def reread(self, text: str, state: Mapping[str, Any]) -> Row:
        row = read_object(text.encode(errors="surrogatepass"))
        row = flat(row) if self.flatten and not isinstance(row, Fault) else row
        if isinstance(row, Fault):
            raise Malformed(row.reason)
        return row

    def _follow(self, content: Content, walk: Walk) -> Iterator[int]:
        """Give it all of the document; says after each piece how many bytes that were."""
        out = ijson.sendable_list()
        parser = ijson.basic_parse_coro(out, use_float=False)
        offset = held = 0
        size = _SMALL
        for piece in _pieces(content.read()):
            while piece:
                before = len(walk.ready)
                part, piece = piece[:size], piece[size:]
                _feed(partial(parser.send, part), out, walk)
                held = 0 if len(walk.ready) > before or (out and not walk.busy) else held + len(part)
                if held > self.max_row:
                    raise Malformed(f"a row, or one value, has more than {self.max_row} bytes (max_row)")
                size = _SMALL if out else min(2 * size, _LARGE)
                del out[:]
                offset += len(part)
                walk.line += part.endswith(b"\n")
                yield offset
        _feed(parser.close, out, walk)
        if not walk.found:
            raise Malformed(f"there is no {'.'.join(self.path)} in it")
        yield offset

    def _batch(self, walk: Walk, at: Mark, offset: int) -> Batch:
        elements, walk.ready = walk.ready, []
        rows: list[Row] = []
        numbers: list[int] = []
        lines: list[int] = []
        rejects: list[Reject] = []
        for number, element in enumerate(elements, at.number + 1):
            row = element.fault or (flat(element.value) if self.flatten else element.value)
            if isinstance(row, Fault):
                rejects.append(refused(row, number=number, line=element.line, raw=as_text(element.value)))
            else:
                rows.append(row)
                numbers.append(number)
                lines.append(element.line)
        after = Mark(at.number + len(elements), offset, walk.line)
        return Batch(rows, numbers, lines, after, rejects, raw=lambda at: as_text(rows[at]))


def _feed(step: Callable[[], Any], out: list[Event], walk: Walk) -> None:
    try:
        step()
    except (ijson.JSONError, ValueError, ArithmeticError, SystemError) as error:
        # Of a number with thousands of digits ijson makes a SystemError and an event that must not be looked at.
        if isinstance(error, SystemError):
            del out[-1:]
        walk.take(out)
        raise Malformed(_said(error)) from error
    walk.take(out)


def _said(error: Exception) -> str:
    if isinstance(error, (ArithmeticError, SystemError)):
        return "a number has too many digits"
    said = error.args[0] if error.args else ""
    text = (said.decode(errors="replace") if isinstance(said, bytes) else str(error)).partition("\n")[0]
    return "it ends in the middle of something, or is empty" if "premature EOF" in text else text


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """No piece goes on behind the end of a line, so that each has one line's number."""
    for chunk in _begun(chunks):
        if b"\f" in chunk or b"\v" in chunk:     # which the library takes for blanks
            raise Malformed("there is a form feed or a vertical tab in it, which JSON has nowhere")
        *lines, rest = chunk.split(b"\n")
        for line in lines:
            yield line + b"\n"
        if rest:
            yield rest


def _begun(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Without the mark that it is UTF-8; Malformed if it is something else."""
    head: bytes | None = b""
    for chunk in chunks:
        if head is None:
            yield chunk
        elif len(head := head + chunk) >= 4:
            yield _utf8(head)
            head = None
    if head:
        yield _utf8(head)


def _utf8(head: bytes) -> bytes:
    if other := unicode_of(head):
        raise Malformed(f"it is {other}; JSON is UTF-8: have it written so")
    return head.removeprefix(_BOM)


def _events(head: bytes) -> list[Event]:
    """What begins there, as far as it can be read."""
    out: list[Event] = ijson.sendable_list()
    try:
        ijson.basic_parse_coro(out, use_float=False).send(head)
    except (ijson.JSONError, ValueError, ArithmeticError, SystemError):
        return []
    return out


def _likely(events: list[Event]) -> str:
    """Where the first list of objects is in an object; "" if there is none."""
    names: list[str] = []
    for (event, value), (then, _) in pairwise(events):
        if event == "map_key":
            names[-1] = value
        elif event == "start_map":
            names.append("")
        elif event == "start_array" and then == "start_map":
            return ".".join(names)
        elif event == "end_map":
            names.pop()
    return ""
