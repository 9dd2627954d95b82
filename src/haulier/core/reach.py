"""Logging in before anything is claimed, so that a place that cannot be reached is one error, not one per file."""
from __future__ import annotations

import time

from ..model.errors import Transient
from ..model.retry import Retry
from ..ports import Clock, Store


def reach(store: Store, retry: Retry, clock: Clock) -> None:
    """Log in, as patiently as a file is tried; raises why it cannot be done."""
    started, tries, seed = time.monotonic(), 0, clock.now()
    while True:
        try:
            store.connect()
            return
        except Transient:
            tries += 1
            pause = retry.pause(tries, time.monotonic() - started, seed)
            if pause is None:
                raise
        clock.sleep(pause)
