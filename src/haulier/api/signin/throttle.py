"""Whoever fails again and again has to wait, each time twice as long."""
from __future__ import annotations

import ipaddress
import threading
from collections import OrderedDict
from typing import NamedTuple

from ...model.errors import Throttled
from ...ports import Clock

REMEMBERED = 10_000
"""Keys; beyond, those that were not tried for longest are forgotten."""
FORGET = 3600 * 10**9
"""Nanoseconds without a try after which a key begins anew."""


class _Tries(NamedTuple):
    number: int
    last: int
    until: int


class Throttle:
    """The first `free` tries cost nothing; then 1, 2, 4 … seconds pass before the next, `longest` at most."""

    def __init__(self, clock: Clock, *, free: int, longest: int) -> None:
        self._clock, self._free, self._longest = clock, free, longest
        self._tries: OrderedDict[str, _Tries] = OrderedDict()
        self._lock = threading.Lock()

    def enter(self, key: str) -> None:
        """Count a try, before it is known how it ends, so that many at once gain nothing; Throttled if too early."""
        now = self._clock.now()
        with self._lock:
            before = self._tries.get(key)
            if before is None or abs(now - before.last) > FORGET:   # or the clock was put back
                before = _Tries(0, now, 0)
            if now < before.until:
                left = (before.until - now) / 1e9
                raise Throttled("too many failed tries; wait a little", retry_after=left)
            count = before.number + 1
            self._tries[key] = _Tries(count, now, now + self._pause(count) * 10**9)
            self._tries.move_to_end(key)
            while len(self._tries) > REMEMBERED:
                self._tries.popitem(last=False)

    def forget(self, key: str) -> None:
        """What went wrong before is forgiven."""
        with self._lock:
            self._tries.pop(key, None)

    def give_back(self, key: str) -> None:
        """The last try was none that counts."""
        with self._lock:
            if before := self._tries.get(key):
                self._tries[key] = _Tries(before.number - 1, before.last, 0)

    def _pause(self, count: int) -> int:
        return 0 if count < self._free else min(self._longest, 1 << min(count - self._free, 30))


def neighbourhood(address: str) -> str:
    """What one person can easily call all of their own: an IPv4 address, or 2**64 of IPv6."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network(f"{found}/64", strict=False)) if found.version == 6 else address
