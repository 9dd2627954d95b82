"""A queue of runs in the memory of this process: what is left in it when the process ends, the next one finds again."""
from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from heapq import heappop, heappush
from itertools import count

from ..model.run import Run
from .turns import AT_A_TIME, Carry, Turn

log = logging.getLogger("haulier.engine")
IDLE = 5.0
"""Seconds after which a thread with nothing to do ends, and between two looks at the clock, which may be set."""

Place = tuple[int, int]
"""A run and its turn."""


def _nobody(run: int, turn: int) -> None:
    raise AssertionError("nothing is carried before the start")


class Threads:
    """Each turn is carried by a thread of its own; at most AT_A_TIME, started when there is something to carry."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._order = count()
        self._later: list[tuple[float, int, int, Place]] = []     # when, priority, order
        self._ready: list[tuple[int, int, Place]] = []            # priority, order
        self._queued: set[Place] = set()
        self._carried: set[Place] = set()
        self._threads: set[threading.Thread] = set()
        self._idle = 0
        self._carry: Carry = _nobody
        self._executor = ""
        self._is_open = False

    def start(self, executor: str, carry: Carry | None) -> None:
        """As Turns.start; what is put is carried by this process or by none."""
        with self._changed:
            self._executor, self._is_open = executor, carry is not None
            self._carry = carry or self._carry
            self._call()

    def turns(self) -> Sequence[Turn]:
        """Those of this process."""
        with self._changed:
            return [*(Turn(*place) for place in self._queued),
                    *(Turn(*place, self._executor) for place in self._carried)]

    def put(self, run: Run, delay: float) -> None:
        """As Turns.put."""
        place = (run.id, run.turn)
        with self._changed:
            if place in self._queued or place in self._carried:
                return
            self._queued.add(place)
            heappush(self._later, (time.time() + delay, run.priority, next(self._order), place))
            self._call()

    def recover(self, executor: str) -> None:
        """Nothing: what another process had queued or carried went with it, and is put again by whoever looks."""

    def prune(self) -> bool:
        """Nothing is kept of turns that ended."""
        return False

    def stop(self, seconds: float) -> None:
        """As Turns.stop; what is only queued is forgotten."""
        until = time.monotonic() + seconds
        with self._changed:
            self._is_open = False
            self._changed.notify_all()
            threads = list(self._threads)
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))

    # With the lock

    def _call(self) -> None:
        """One thread more waits, as long as anything is queued and there may be one more."""
        if not self._is_open or not self._queued:
            return
        if self._idle:
            self._changed.notify()
        elif len(self._threads) < AT_A_TIME:
            thread = threading.Thread(target=self._work, name="carrier", daemon=True)
            self._threads.add(thread)
            self._idle += 1
            thread.start()

    def _due(self) -> Place | None:
        """What is to be carried now, the most urgent first."""
        now = time.time()
        while self._later and self._later[0][0] <= now:
            _, priority, order, place = heappop(self._later)
            heappush(self._ready, (priority, order, place))
        return heappop(self._ready)[2] if self._ready else None

    def _next(self) -> Place | None:
        """Wait for something to carry; None: there is nothing, and this thread may end."""
        rested = time.monotonic()
        while self._is_open:
            if place := self._due():
                return place
            is_watching = bool(self._later) and self._idle == 1     # somebody has to, until the first is due
            if not is_watching and time.monotonic() - rested >= IDLE:
                break
            self._changed.wait(min(IDLE, max(0.0, self._later[0][0] - time.time())) if self._later else IDLE)
        return None

    # In a thread

    def _work(self) -> None:
        while place := self._taken():
            try:
                self._carry(*place)
            except Exception:
                log.exception("a bug in the engine; run %d is tried again", place[0])
            with self._changed:
                self._carried.remove(place)
                self._idle += 1

    def _taken(self) -> Place | None:
        """What this thread is to carry; None: it ends."""
        with self._changed:
            place = self._next()
            self._idle -= 1
            if place:
                self._queued.remove(place)
                self._carried.add(place)
                self._call()
            else:
                self._threads.remove(threading.current_thread())
            return place
