"""What the API keeps in memory beside what it was given."""
from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Set
from typing import Any, TypeVar

from anyio import CapacityLimiter
from starlette.requests import HTTPConnection

from ..model.schedule import Schedule
from .hub import Hub
from .past.counters import Counters
from .past.journal import Journal
from .past.latencies import Latencies
from .past.latest import Latest
from .past.origins import Origins
from .signin.oidc.attempts import Attempts
from .signin.passwords import Passwords
from .signin.throttle import Throttle
from .stream.feed import Feed
from .stream.log import LogFeed
from .stream.meter import Meter
from .stream.observations import Observations

T = TypeVar("T")
KEEP = 1.0
"""Seconds that an answer is kept which costs a lot and which everybody gets."""


class Desk:
    """One for each application."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.started = hub.clock.now()
        self.passwords = Passwords()
        self.hashing, self.far, self.logins = CapacityLimiter(2), CapacityLimiter(8), CapacityLimiter(4)
        self.attempts = Attempts(hub.clock)
        self.by_name = Throttle(hub.clock, free=5, longest=60)
        self.by_address = Throttle(hub.clock, free=20, longest=900)
        self.origins = Origins(hub.agenda)
        self.latest = Latest(hub.reader, hub.agenda)
        self.meter = Meter(hub.engine.progress, time.monotonic)
        self.feed = Feed(hub.reader, self.origins, self.meter, hub.live)
        self.observations = Observations(hub.reader, self.origins, self.meter)
        self.counters = Counters(hub.reader, hub.clock)
        self.latencies = Latencies(hub.reader, hub.clock)
        self.journal = Journal(hub.live.workspace.path)
        self.log = LogFeed(self.journal)
        self.database = "sqlite" if hub.live.workspace.ledger_url().startswith("sqlite") else "postgresql"
        self.starts: dict[Schedule, tuple[str, str | None]] = {}
        """When each schedule starts next, and from when on that is so."""
        self._kept: dict[str, tuple[float, Any]] = {}
        self._made: dict[str, tuple[int, Any]] = {}
        self._lock = threading.Lock()
        self.wanting = threading.Lock()
        """Held by whoever wants a run that no other may go on beside."""
        self.deciding = threading.Lock()
        """Held by whoever gives payments to open items: two must not both take the last of one."""

    def kept(self, name: str, make: Callable[[], T]) -> T:
        """What `make` returned within the last second, by anybody's asking."""
        with self._lock:
            at, value = self._kept.get(name, (-KEEP, None))
            if time.monotonic() - at >= KEEP:
                value = make()
                self._kept[name] = time.monotonic(), value
            made: T = value
            return made

    def lost(self) -> Set[int]:
        """Runs that somebody started by hand, and whose process is gone."""
        return self.kept("lost runs", self.hub.agenda.lost)

    def forget(self, name: str) -> None:
        """What was kept under that name is not so any more."""
        with self._lock:
            self._kept.pop(name, None)

    def as_now(self, name: str, make: Callable[[], T]) -> T:
        """What `make` returned for the files of the workspace as they are."""
        version = self.hub.live.version
        found = self._made.get(name)
        if found is None or found[0] != version:
            found = self._made[name] = version, make()
        made: T = found[1]
        return made

    def this_process(self) -> tuple[str, int]:
        """Host and number, as executors have them."""
        return socket.gethostname(), os.getpid()

    def hang_up(self) -> None:
        """End all streams, so that a server that is to stop need not wait for those who listen."""
        self.feed.hang_up()
        self.log.hang_up()
        self.observations.hang_up()


def desk_of(connection: HTTPConnection) -> Desk:
    """The desk of the application that was asked."""
    desk: Desk = connection.app.state.desk
    return desk
