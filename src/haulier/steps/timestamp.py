"""Put a date into the name: `a.txt` becomes `20261121_a.txt`."""
from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from ..model.errors import Invalid
from ..model.files import Part
from ..settings.spec import Env, StepSpec
from .body import renamed, stem_and_extension
from .moment import DAY, Pattern, Zone, local

Position: TypeAlias = Literal["prefix", "suffix"]
Of: TypeAlias = Literal["now", "modified"]


class TimestampSpec(StepSpec):
    """Put a date into the name"""

    type: Literal["timestamp"] = "timestamp"
    format: Pattern = DAY
    """How the time is written, as strftime has it: %Y%m%d, or %Y%m%dT%H%M%S."""
    position: Position = "prefix"
    """Before the name, or before its extension."""
    zone: Zone = "local"
    """Whose clock: local for this machine's, or a name such as Europe/Stockholm."""
    of: Of = "now"
    """The moment at which the file passes, or when it was last modified."""

    @classmethod
    def from_word(cls, argument: str) -> Mapping[str, Any]:
        return {"format": argument}

    def build(self, env: Env) -> Timestamp:
        return Timestamp(self.format, self.position, self.zone, self.of)


@dataclass(frozen=True, slots=True)
class Timestamp:
    """Bytes pass untouched. `now` gives nanoseconds since the epoch, and is asked for each file."""

    format: str = DAY
    position: Position = "prefix"
    zone: str = "local"
    of: Of = "now"
    now: Callable[[], int] = time.time_ns
    repeatable = True

    def __call__(self, part: Part, /) -> Iterable[Part]:
        stamp = local(self._moment(part), self.zone).strftime(self.format)
        yield part.to(name=renamed(part.name, lambda name: self._stamped(name, stamp)))

    def _moment(self, part: Part) -> int:
        if self.of == "now":
            return self.now()
        if part.modified is None:
            raise Invalid(f"{part.name}: when it was modified is not known; use `of: now`")
        return part.modified

    def _stamped(self, name: str, stamp: str) -> str:
        if self.position == "prefix":
            return f"{stamp}_{name}"
        stem, extension = stem_and_extension(name)
        return f"{stem}_{stamp}{extension}"
