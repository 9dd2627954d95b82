"""JSON lines: one JSON object on each line."""
from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from ..model.errors import Malformed
from ..model.record import RAW, START, Batch, Fault, Mark, Reject, Row
from ..ports import Columns, Content, Guess, Parser
from ..settings.spec import Env, ParserSpec
from ..settings.units import Size
from .aligned import aligned
from .json_text import flat, objects, read_object, refused, unicode_of
from .whole_lines import PIECE, Piece, pieces

_BOM = b"\xef\xbb\xbf"
_NAME = re.compile(r"\.(jsonl|ndjson|jsonlines)$", re.IGNORECASE)


class JsonLinesSpec(ParserSpec):
    """JSON lines (one object on each line)"""

    type: Literal["jsonl"] = "jsonl"
    flatten: bool = False
    """Objects in objects become columns such as `address.city`."""
    max_line: Size = Field(16 << 20, ge=1024)
    """A line with more bytes is rejected."""

    def build(self, env: Env) -> JsonLines:
        return JsonLines(self.flatten, self.max_line)

    @classmethod
    def guess(cls, name: str, head: bytes) -> Guess | None:
        lines = [line for line in head.removeprefix(_BOM).split(b"\n")[:50] if line.strip()]
        whole = lines if head.endswith(b"\n") else lines[:-1] or lines
        good = sum(not isinstance(read_object(line), Fault) for line in whole)
        named = bool(_NAME.search(name))
        if not good or good * 2 < len(whole) or (good < len(whole) and not (named or len(whole) > 2)):
            return None
        sure = 0.95 if named or good > 1 else 0.5
        return Guess(sure * good / len(whole), {}, f"{good} of {len(whole)} lines are JSON objects")


@dataclass(frozen=True, slots=True)
class JsonLines(Parser):
    """Numbers with a point are Decimal. A name that stands twice in one object is a fault."""

    flatten: bool = False
    max_line: int = 16 << 20
    seeks = True
    lasts = True

    def parse(self, content: Content, *, after: Mark = START, columns: Columns | None = None) -> Iterator[Batch]:
        at = after
        for piece in pieces(aligned(content.read(at.offset), at.offset, PIECE), self.max_line):
            if not at.offset:
                piece = _begun(piece, content.name)
            batch = self._batch(piece, at)
            at = batch.after
            yield batch

    def reread(self, text: str, state: Mapping[str, Any]) -> Row:
        row = self._row(text.encode(errors="surrogatepass"))
        if isinstance(row, Fault):
            raise Malformed(row.reason)
        return row

    def _batch(self, piece: Piece, at: Mark) -> Batch:
        if not piece.cut and piece.size <= self.max_line and (rows := self._quick(piece.text)):
            count = len(rows)
            return Batch(rows, range(at.number + 1, at.number + 1 + count), range(at.line, at.line + count),
                         Mark(at.number + count, at.offset + piece.size, at.line + count),
                         raw=_Raw(piece.text, range(count)))
        return self._one_by_one(piece, at)

    def _quick(self, text: bytes) -> list[Row] | None:
        rows = objects(text)
        if not rows or not self.flatten:
            return rows
        made = [row for row in map(flat, rows) if isinstance(row, dict)]
        return made if len(made) == len(rows) else None

    def _one_by_one(self, piece: Piece, at: Mark) -> Batch:
        """The same where a line is bad or empty, and where there may be one."""
        lines = piece.text.split(b"\n")
        rows: list[Row] = []
        numbers: list[int] = []
        places: list[int] = []
        rejects: list[Reject] = []
        number, offset = at.number, at.offset
        for place, line in enumerate(lines):
            if text := line.strip():
                number += 1
                row = self._too_long() if piece.cut or len(line) > self.max_line else self._row(text)
                if isinstance(row, Fault):
                    rejects.append(refused(row, number=number, line=at.line + place, raw=_shown(text), offset=offset))
                else:
                    rows.append(row)
                    numbers.append(number)
                    places.append(place)
            offset += len(line) + 1
        ended = len(lines) - 1 + (piece.cut or bool(lines[-1]))
        after = Mark(number, at.offset + piece.size, at.line + ended)
        return Batch(rows, numbers, [at.line + place for place in places], after, rejects,
                     raw=_Raw(piece.text, places))

    def _row(self, text: bytes) -> Row | Fault:
        row = read_object(text)
        return flat(row) if self.flatten and not isinstance(row, Fault) else row

    def _too_long(self) -> Fault:
        return Fault("too_long", f"the line has more than {self.max_line} bytes (max_line)")


@dataclass(slots=True)
class _Raw:
    """The texts of rows, split when first asked for."""

    text: bytes
    places: Sequence[int]
    lines: list[bytes] | None = None

    def __call__(self, at: int) -> str:
        if self.lines is None:
            self.lines = self.text.split(b"\n")
        return _shown(self.lines[self.places[at]])


def _begun(piece: Piece, name: str) -> Piece:
    """The first piece: blanks instead of the mark that it is UTF-8, so that offsets stay right."""
    if other := unicode_of(piece.text):
        raise Malformed(f"{name} is {other}; JSON lines are UTF-8: have it written so", line=1, offset=0)
    if piece.text.startswith(_BOM):
        return Piece(b"   " + piece.text[3:], piece.size)
    return piece


def _shown(line: bytes) -> str:
    return line.strip()[:RAW * 4].decode(errors="replace")[:RAW]

