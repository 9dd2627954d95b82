"""Compress with Zstandard: `a.txt` becomes `a.txt.zst`."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from ..model.files import Part
from ..settings.spec import Env, StepSpec
from .compress import squeezed


class ZstdSpec(StepSpec):
    """Compress (Zstandard)"""

    type: Literal["zstd"] = "zstd"
    level: int = Field(3, ge=1, le=19)
    """Higher is smaller and slower; 1 and 3 are fast, 19 needs about 100 MB of memory."""

    @classmethod
    def from_word(cls, argument: str) -> Mapping[str, Any]:
        return {"level": argument}

    def build(self, env: Env) -> Zstd:
        return Zstd(self.level)


@dataclass(frozen=True, slots=True)
class Zstd:
    """One frame with a content checksum, made in the calling thread."""

    level: int = 3
    repeatable = True

    def __call__(self, part: Part, /) -> Iterable[Part]:
        from zstandard import ZstdCompressor
        squeeze = ZstdCompressor(level=self.level, write_checksum=True, threads=0).compressobj()
        yield part.to(name=part.name + ".zst", body=squeezed(part, squeeze))
