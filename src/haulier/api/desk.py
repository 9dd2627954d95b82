"""What the API keeps in memory beside what it was given."""
from __future__ import annotations

import time

from anyio import CapacityLimiter
from starlette.requests import HTTPConnection

from .hub import Hub
from .journal import Journal
from .origins import Origins
from .signin.passwords import Passwords
from .signin.throttle import Throttle
from .stream.feed import Feed
from .stream.log import LogFeed
from .stream.meter import Meter


class Desk:
    """One for each application."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.started = hub.clock.now()
        self.passwords = Passwords()
        self.hashing = CapacityLimiter(2)
        self.by_name = Throttle(hub.clock, free=5, longest=60)
        self.by_address = Throttle(hub.clock, free=20, longest=900)
        self.origins = Origins(hub.agenda)
        self.meter = Meter(hub.engine.progress, time.monotonic)
        self.feed = Feed(hub.reader, self.origins, self.meter, hub.live)
        self.journal = Journal(hub.live.path)
        self.log = LogFeed(self.journal)

    def hang_up(self) -> None:
        """End all streams, so that a server that is to stop need not wait for those who listen."""
        self.feed.hang_up()
        self.log.hang_up()


def desk_of(connection: HTTPConnection) -> Desk:
    """The desk of the application that was asked."""
    desk: Desk = connection.app.state.desk
    return desk
