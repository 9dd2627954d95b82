"""What payments may be for, asked of those who keep the open items, and what is left of it."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain, islice
from typing import NamedTuple

from ..core.reconcile.decide import left_for
from ..core.reconcile.references import keys
from ..model.intake import Booking
from ..model.match import MatchState, OpenItem
from ..ports import Items, Sought
from .desk import Desk
from .far import asked

MOST = 50
"""Items that a person is shown."""
NOUGHT = Decimal(0)


class Owed(NamedTuple):
    """Open items as those who keep them say. `is_live`: they know of payments that they were told of."""

    items: Sequence[OpenItem]
    is_live: bool
    overpay: bool


async def owed(desk: Desk, flow: str, find: Callable[[Items], Iterable[OpenItem]]) -> Owed | None:
    """What is found among the open items of an import; None if they cannot be asked for any more. FarAway if whoever
    keeps them does not answer."""
    def ask() -> Owed | None:
        with desk.hub.tools.items(flow) as known:
            if known is None:
                return None
            found = {item.id: item for item in find(known.items)}
            return Owed([*found.values()], known.items.is_live, known.overpay)
    return await asked(desk, ask)


def named(ids: Sequence[str]) -> Callable[[Items], Iterable[OpenItem]]:
    """Those items."""
    return lambda items: items.by_id(ids)


def meant(booking: Booking, text: str) -> Callable[[Items], Iterable[OpenItem]]:
    """Those that a person means by the text; without one those that the payment may be for."""
    if text.strip():
        return lambda items: items.search(text.strip(), MOST)
    return lambda items: islice(_likely(booking, items), MOST)


def left(desk: Desk, flow: str, booking: Booking, found: Owed) -> Mapping[str, Decimal]:
    """What is open of each of them in the payment's currency. Invalid if there is no rate for it."""
    return left_for(booking.match.payment, found.items, taken(desk, flow, booking, found))


def taken(desk: Desk, flow: str, booking: Booking, found: Owed) -> Mapping[str, Decimal]:
    """What other payments took off them, where nobody else has taken that off already."""
    if found.is_live:
        return {}
    sums = dict(desk.hub.imports.allocated(flow, [item.id for item in found.items]))
    if booking.match.state is MatchState.MATCHED:
        for item, amount in booking.match.taken:
            sums[item] = sums.get(item, NOUGHT) - amount
    return sums


def _likely(booking: Booking, items: Items) -> Iterator[OpenItem]:
    match, payment = booking.match, booking.match.payment
    parts = chain(match.allocations, *(one.allocations for one in match.candidates))
    yield from items.by_id([*dict.fromkeys(part.item for part in parts)])
    texts = (payment.reference, *(one.text for one in payment.references))
    yield from items.lookup([*dict.fromkeys(key for text in texts for key in keys(text))])
    yield from items.candidates([Sought(payment.currency, payment.amount, payment.amount)])
