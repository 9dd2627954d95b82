"""What is left of each open item while a file is matched."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from ...model.match import OpenItem
from .memory import Memory
from .policy import NOUGHT, Rules


class Remaining:
    """Items less what payments took off them. Only those that something was taken off are remembered."""

    def __init__(self, rules: Rules, memory: Memory, *, is_live: bool) -> None:
        self._rules, self._memory, self._is_live = rules, memory, is_live
        self.taken: dict[str, Decimal] = {}     # by the item's id
        self.whole: set[str] = set()            # those that one payment was exactly: nearly all, and a third the memory
        self._settled: set[str] = set()

    def load(self, items: Iterable[str]) -> None:
        """Ask what earlier files took off these, unless whoever keeps them took it off already."""
        if self._is_live:
            return
        asked = [item for item in items if item not in self.taken and item not in self.whole]
        if asked:
            self.taken |= {item: taken for item, taken in self._memory.allocated(asked).items() if taken}

    def left(self, item: OpenItem) -> Decimal:
        """What is still open; nought if it was settled or got too much."""
        taken = self.taken.get(item.id)
        if item.id in self.whole:
            taken = item.open if taken is None else taken + item.open
        if taken is None:
            return item.open
        left = item.open - taken
        is_over = left != 0 and (left > 0) != (item.open > 0)
        is_settled = item.id in self._settled or (taken != 0 and abs(left) <= self._rules.slack(item.due))
        return NOUGHT if is_over or is_settled else left

    def take(self, item: str, amount: Decimal) -> None:
        """So much is paid, or, if it is negative, came back."""
        before = self.taken.get(item)
        self.taken[item] = amount if before is None else before + amount

    def settle(self, items: Sequence[str]) -> None:
        """Nothing more is asked of these, whatever they lack."""
        self._settled.update(items)

    def reopen(self, item: str) -> None:
        """What it lacks is asked for again."""
        self._settled.discard(item)
