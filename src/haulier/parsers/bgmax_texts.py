"""The lines of payments in BgMax as they stand in the file, until these are given out."""
from __future__ import annotations

from itertools import pairwise

from ..model.record import RAW
from .bgmax_records import FOLLOWERS
from .lines import Block


class Texts:
    """Of the rows that were not given out yet."""

    def __init__(self, blocks: list[Block]) -> None:
        self._blocks = blocks
        self._lines: list[str] = []     # of all of them, once one is asked for

    @property
    def first(self) -> int:
        """The number of the first of them."""
        return self._blocks[0].first if self._blocks else 1

    def add(self, block: Block) -> None:
        """The next lines."""
        self._blocks.append(block)
        self._lines = []

    def row(self, line: int) -> str:
        """The record that begins there, and those that belong to it."""
        lines = self._lines = self._lines or [line for block in self._blocks for line in block.lines]
        at = line - self.first
        end = at + 1
        while end < len(lines) and lines[end][:2] in FOLLOWERS:
            end += 1
        return "\n".join(lines[at:end])[:RAW]

    def since(self, line: int) -> Texts:
        """Only blocks with that line or behind it, and the last one."""
        return Texts([block for block, after in pairwise([*self._blocks, None])
                       if block and (after is None or after.first > line)])
