"""How much a file may become when it is unpacked: against files made to fill a disk."""
from __future__ import annotations

from typing import NamedTuple

from pydantic import Field

from ..model.errors import Invalid
from ..settings.spec import StepSpec
from ..settings.units import Size

GRACE = 16 << 20
"""Bytes of output below which no ratio is looked at."""


class Limits(NamedTuple):
    """What a packed file may become; None: no limit."""

    ratio: float | None = 1000.0
    size: int | None = None
    members: int = 10_000

    def check(self, name: str, out: int, taken: int) -> None:
        """Invalid if `out` bytes from `taken` bytes are too many."""
        if self.size is not None and out > self.size:
            raise Invalid(f"{name}: unpacks to more than max_size ({self.size} bytes)")
        if self.ratio is not None and out > GRACE and out > self.ratio * taken:
            raise Invalid(f"{name}: unpacks to more than {self.ratio:g} times its size "
                          "(max_ratio): a decompression bomb?")


USUAL = Limits()


class LimitedSpec(StepSpec):
    """Settings of whatever unpacks."""

    max_ratio: float | None = Field(1000, ge=1)
    """A file that unpacks to more than this many times its size is refused; null: no limit."""
    max_size: Size | None = None
    """A file that unpacks to more bytes than this is refused, such as 10GiB; null: no limit."""
