"""Compress with bzip2: `a.txt` becomes `a.txt.bz2`."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from ..model.files import Part
from ..settings.spec import Env, StepSpec
from .compress import squeezed


class CompressBz2Spec(StepSpec):
    """Compress (bzip2)"""

    type: Literal["compress_bz2"] = "compress_bz2"
    level: int = Field(9, ge=1, le=9)
    """Block size in units of 100 kB."""

    @classmethod
    def from_word(cls, argument: str) -> Mapping[str, Any]:
        return {"level": argument}

    def build(self, env: Env) -> CompressBz2:
        return CompressBz2(self.level)


@dataclass(frozen=True, slots=True)
class CompressBz2:
    """One bzip2 stream."""

    level: int = 9
    repeatable = True

    def __call__(self, part: Part, /) -> Iterable[Part]:
        import bz2
        yield part.to(name=part.name + ".bz2", body=squeezed(part, bz2.BZ2Compressor(self.level)))
