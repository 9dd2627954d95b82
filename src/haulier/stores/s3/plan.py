"""How a file is cut into parts: few rules, so that any process can work out any part's place."""
from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ...http.connection import Piece
from ...model.errors import Invalid, NotFound

LEAST = 5 << 20         # S3 takes no smaller part, but as the last one
MOST = 5 << 30
PARTS = 10_000
_STEP = 1000            # growing parts double after so many
_EVEN = 32 << 20
_SMALL_PIECE = 1 << 16


class Plan(NamedTuple):
    """The sizes of parts, numbered from 1; the last one is what is left."""

    first: int
    grows: bool = False

    def size(self, number: int) -> int:
        return min(self.first << ((number - 1) // _STEP), MOST) if self.grows else self.first

    def start(self, number: int) -> int:
        """Where part `number` begins."""
        if not self.grows:
            return self.first * (number - 1)
        steps, rest = divmod(number - 1, _STEP)
        whole = sum(self.size(step * _STEP + 1) * _STEP for step in range(steps))
        return whole + (rest * self.size(number) if rest else 0)

    def number(self, offset: int) -> int:
        """The part that `offset` is in."""
        if not self.grows:
            return 1 + offset // self.first
        number = 1
        while self.start(number + _STEP) <= offset and number + _STEP <= PARTS:
            number += _STEP
        return number + (offset - self.start(number)) // self.size(number)


def plan(size: int | None, part: int, *, even: bool = False) -> Plan:
    """For a file of `size` bytes, or growing parts that reach 8 TiB from 8 MiB if unknown.

    `even`: the service wants parts of one size.
    """
    if size is not None:
        least = -(-size // PARTS)
        return Plan(max(part, -(-least >> 20) << 20 if least else part))
    return Plan(max(part, _EVEN)) if even else Plan(part, grows=True)


class State(NamedTuple):
    """What a draft remembers of its upload."""

    upload: str             # S3's upload id; '' for an empty file, which needs none
    mark: str               # in the object's metadata, so that it is known again
    plan: Plan
    checksum: str           # the algorithm that the upload was created with, or ''

    def dump(self) -> str:
        return json.dumps({"upload": self.upload, "mark": self.mark, "part": self.plan.first,
                           "grows": self.plan.grows, "checksum": self.checksum},
                          separators=(",", ":"))

    @classmethod
    def load(cls, path: str, text: str) -> State:
        """NotFound if the note is not one of ours."""
        try:
            note = json.loads(text)
            return cls(str(note["upload"]), str(note["mark"]),
                       Plan(int(note["part"]), bool(note["grows"])), str(note["checksum"]))
        except (ValueError, KeyError, TypeError) as error:
            raise NotFound(f"{path}: its upload is not known: start it again") from error


class Cut(NamedTuple):
    """One part, ready to be sent."""

    number: int
    pieces: list[Piece]
    size: int


def cut(body: Iterable[bytes], rule: Plan, number: int = 1) -> Iterator[Cut]:
    """The body in parts from `number` on, without copying but for tiny chunks; no empty part."""
    part = _Part(number, rule)
    for chunk in body:
        view = memoryview(chunk)
        while len(view) >= part.room:
            at = part.room
            part.add(view[:at])
            yield part.done()
            part = _Part(part.number + 1, rule)
            view = view[at:]
        if len(view):
            part.add(view)
    if part.size:
        yield part.done()


class _Part:
    def __init__(self, number: int, rule: Plan) -> None:
        self.number = number
        self.size = 0
        self._whole = rule.size(number)
        self._pieces: list[Piece] = []
        self._tiny = bytearray()

    @property
    def room(self) -> int:
        return self._whole - self.size

    def add(self, view: memoryview) -> None:
        self.size += len(view)
        if len(view) < _SMALL_PIECE:
            self._tiny += view
            if len(self._tiny) >= _SMALL_PIECE:
                self._flush()
        else:
            self._flush()
            self._pieces.append(view)

    def done(self) -> Cut:
        if self.number > PARTS:
            raise Invalid(f"larger than {PARTS} parts of {self._whole} bytes: raise part_size")
        self._flush()
        return Cut(self.number, self._pieces, self.size)

    def _flush(self) -> None:
        if self._tiny:
            self._pieces.append(bytes(self._tiny))
            self._tiny.clear()
