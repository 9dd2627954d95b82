"""Compress with gzip: `a.txt` becomes `a.txt.gz`."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, Self, TypeAlias

from pydantic import Field, model_validator

from ..model.files import Part, Stream
from ..settings.spec import Env, StepSpec
from .body import Block, blocks, let_go, owned, pieces

Engine: TypeAlias = Literal["isal", "zlib"]
_LEVELS = {"isal": (0, 3, 2), "zlib": (1, 9, 6)}  # lowest, highest, default


class DeflateSpec(StepSpec):
    """Settings of whatever compresses with deflate."""

    engine: Engine = "isal"
    """isal: many times faster. zlib: somewhat smaller."""
    level: int | None = Field(None, ge=0, le=9)
    """Higher is smaller and slower: 0 to 3 for isal (default 2), 1 to 9 for zlib (default 6)."""

    @classmethod
    def from_word(cls, argument: str) -> Mapping[str, Any]:
        return {"level": argument}

    @model_validator(mode="after")
    def _level_suits_engine(self) -> Self:
        low, high, _ = _LEVELS[self.engine]
        if self.level is not None and not low <= self.level <= high:
            raise ValueError(f"level {self.level}: {self.engine} has {low} to {high}")
        return self

    def effort(self) -> int:
        """The level to use."""
        return _LEVELS[self.engine][2] if self.level is None else self.level


class CompressSpec(DeflateSpec):
    """Compress (gzip)"""

    type: Literal["compress"] = "compress"

    def build(self, env: Env) -> Compress:
        return Compress(self.engine, self.effort())


class Squeeze(Protocol):
    """What every compressor of every library is."""

    def compress(self, data: Block, /) -> bytes: ...
    def flush(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Compress:
    """gzip without a name or a time in its header, so that the same bytes give the same bytes."""

    engine: Engine = "isal"
    level: int = 2
    repeatable = True

    def __call__(self, part: Part, /) -> Iterable[Part]:
        yield part.to(name=part.name + ".gz",
                      body=squeezed(part, deflater(self.engine, self.level, wbits=31)))


def deflater(engine: Engine, level: int, *, wbits: int) -> Squeeze:
    """A compressor; `wbits` is 31 for gzip and -15 for bare deflate, as in zlib."""
    if engine == "isal":
        from isal import isal_zlib
        made: Squeeze = isal_zlib.compressobj(level, isal_zlib.DEFLATED, wbits)
        return made
    import zlib
    return zlib.compressobj(level, zlib.DEFLATED, wbits)


def squeezed(part: Part, squeeze: Squeeze) -> Stream:
    """The part's body through a compressor, closing it at the end."""
    return owned(_squeezed(part.body, squeeze), lambda: let_go(part.body))


def _squeezed(body: Iterator[bytes], squeeze: Squeeze) -> Iterator[bytes]:
    for block in blocks(body):
        if data := squeeze.compress(block):
            yield from pieces(data)
    yield from pieces(squeeze.flush())
