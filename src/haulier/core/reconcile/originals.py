"""The payments of a file that may come back later in it."""
from __future__ import annotations

from collections import deque
from decimal import Decimal
from typing import NamedTuple

from ...model.match import Allocation, Match, MatchState
from ...model.payment import Reference
from .case import is_back, origins
from .references import keys

KEPT = 50_000
"""So many payments of the file at hand are remembered for those that take them back; earlier files' are asked for."""
_new = tuple.__new__
_NEVER = (MatchState.DUPLICATE, MatchState.IGNORED)


class Original(NamedTuple):
    """What a return has to know of a payment that may come back."""

    identity: str
    currency: str
    amount: Decimal
    allocations: tuple[Allocation, ...]
    references: tuple[Reference, ...]
    bank_reference: str
    exchanged: tuple[Allocation, ...]


class Originals:
    """The last payments of the file, by the references that a return would give."""

    def __init__(self) -> None:
        self._fresh: deque[Original] = deque(maxlen=KEPT)   # not looked at before the first return: most have none
        self._by_key: dict[str, Original] = {}
        self.keep = self._fresh.append      # one that may come back

    def note(self, match: Match) -> None:
        """It may come back later in the file."""
        if match.state not in _NEVER and not is_back(match.payment):
            self.keep(original_of(match))

    def get(self, origin: str) -> Original | None:
        """The last payment with that reference."""
        while self._fresh:
            self._add(self._fresh.popleft())
        return self._by_key.get(keys(origin)[0])

    def _add(self, original: Original) -> None:
        for origin in origins(original):
            key = keys(origin)[0]
            self._by_key.pop(key, None)
            self._by_key[key] = original
        while len(self._by_key) > KEPT:
            del self._by_key[next(iter(self._by_key))]


def original_of(match: Match) -> Original:
    """Without the rest of the payment, which is large."""
    payment = match.payment
    # Not Original(...), which takes twice as long: this is done for each payment.
    return _new(Original, (payment.identity, payment.currency, payment.amount, match.allocations, payment.references,
                           payment.bank_reference, match.exchanged))
