"""The payments of a file that may come back later in it."""
from __future__ import annotations

from collections import deque
from decimal import Decimal
from typing import NamedTuple

from ...model.match import Allocation, Match, MatchState
from .case import Case, is_back
from .references import keys

KEPT = 50_000
"""So many payments of the file at hand are remembered for those that take them back; earlier files' are asked for."""


class Original(NamedTuple):
    """A payment that may come back."""

    identity: str
    currency: str
    amount: Decimal
    allocations: tuple[Allocation, ...]


class Originals:
    """The last payments of the file, by the references that a return would give."""

    def __init__(self) -> None:
        self._fresh: deque[Match] = deque(maxlen=KEPT)  # not looked at before the first return: most files have none
        self._by_key: dict[str, Original] = {}

    def note(self, match: Match) -> None:
        """It may come back later in the file."""
        if match.state is not MatchState.DUPLICATE and match.state is not MatchState.IGNORED:
            self._fresh.append(match)

    def get(self, origin: str) -> Original | None:
        """The last payment with that reference."""
        while self._fresh:
            self._add(self._fresh.popleft())
        return self._by_key.get(keys(origin)[0])

    def _add(self, match: Match) -> None:
        if is_back(match.payment):
            return
        original = original_of(match)
        for origin in Case(match.payment, 0).origins():
            key = keys(origin)[0]
            self._by_key.pop(key, None)
            self._by_key[key] = original
        while len(self._by_key) > KEPT:
            del self._by_key[next(iter(self._by_key))]


def original_of(match: Match) -> Original:
    """What a return has to know of a payment."""
    payment = match.payment
    return Original(payment.identity, payment.currency, payment.amount, match.allocations)
