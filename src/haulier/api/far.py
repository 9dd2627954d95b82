"""Asking places: it may take long, a few at a time, and what they answer is not the hub's own trouble."""
from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from anyio import to_thread

from ..model.errors import Busy, HaulierError, Invalid, NotFound, Throttled
from .desk import Desk
from .problem import FarAway

T = TypeVar("T")
WAITING = 16


async def asked(desk: Desk, ask: Callable[[], T], *, may_be_missing: bool = False) -> T:
    """What `ask` returns; FarAway if the place cannot do it."""
    if desk.far.statistics().tasks_waiting >= WAITING:
        raise Throttled("the hub is asking other places; try again", retry_after=5)
    try:
        return await to_thread.run_sync(ask, limiter=desk.far)
    except (Invalid, Busy):
        raise
    except NotFound as error:
        if may_be_missing:
            raise
        raise FarAway(str(error)) from None
    except HaulierError as error:
        raise FarAway(str(error)) from None
