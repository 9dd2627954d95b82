"""The engine of a hub and of its workers: DBOS remembers what is to be carried."""
from __future__ import annotations

from .queue import Queue
from .runner import Runner
from .shop import Shop


def durable(shop: Shop, database: str, *, carries: bool = True) -> Runner:
    """An engine whose queue is in a database, which all its processes share; `carries`: whether this one takes runs."""
    return Runner(shop, Queue(database), carries=carries)
