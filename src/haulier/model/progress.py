"""How far a run is."""
from __future__ import annotations

from dataclasses import dataclass, field

from .run import Totals


@dataclass(slots=True)
class Progress:
    """Counted while a run goes on. Files and bytes to move grow until `is_planned`."""

    files: int = 0
    bytes: int = 0
    done: int = 0
    failed: int = 0
    waiting: int = 0
    skipped: int = 0
    stopped: int = 0        # paused or cancelled by a person
    moved: int = 0          # bytes that went through, resent ones included
    is_planned: bool = False
    current: str = ""
    parts: dict[int, int] = field(default_factory=dict)
    """Bytes so far of each large file that moves now, by the id of its transfer."""

    @property
    def totals(self) -> Totals:
        return Totals(self.done, self.failed, self.skipped, self.moved)
