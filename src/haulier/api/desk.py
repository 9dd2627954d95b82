"""What the API keeps in memory beside what it was given."""
from __future__ import annotations

from anyio import CapacityLimiter
from starlette.requests import HTTPConnection

from .hub import Hub
from .signin.passwords import Passwords
from .signin.throttle import Throttle


class Desk:
    """One for each application."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.started = hub.clock.now()
        self.passwords = Passwords()
        self.hashing = CapacityLimiter(2)
        self.by_name = Throttle(hub.clock, free=5, longest=60)
        self.by_address = Throttle(hub.clock, free=20, longest=900)


def desk_of(connection: HTTPConnection) -> Desk:
    """The desk of the application that was asked."""
    desk: Desk = connection.app.state.desk
    return desk
