"""The engine of one process, without DBOS: its queue is in memory."""
from __future__ import annotations

from collections.abc import Callable

from ..model.run import Run
from .runner import Runner, every
from .shop import Shop
from .threads import Threads


def inline(shop: Shop, *, only: Callable[[Run], bool] = every) -> Runner:
    """An engine that carries the runs that are `only` its own; killed, the next one goes on where the ledger is."""
    return Runner(shop, Threads(), only=only)
