"""Who may do what, and who did what."""
from __future__ import annotations

from enum import StrEnum, auto
from typing import NamedTuple


class Role(StrEnum):
    """Each may do what those before it may."""

    VIEWER = auto()     # look
    OPERATOR = auto()   # also run, pause, cancel, try again
    ADMIN = auto()      # also change jobs, connections, users and settings

    def may(self, needed: Role) -> bool:
        """Whether this role includes the other."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


class Origin(NamedTuple):
    """By whom somebody is known who has no password here: an issuer of OpenID Connect, and their number there."""

    issuer: str
    subject: str


class User(NamedTuple):
    """Somebody who signs in, with a password or through `issuer`. Times are in nanoseconds since the epoch, UTC."""

    name: str
    role: Role
    created: int
    last_login: int | None = None
    issuer: str = ""


class Token(NamedTuple):
    """A program's way in; only a digest of the token itself is kept."""

    id: int
    name: str
    role: Role
    owner: str
    created: int
    expires: int | None = None
    last_used: int | None = None


class Session(NamedTuple):
    """A browser that is signed in."""

    user: User
    created: int
    expires: int


class Deed(NamedTuple):
    """An entry of the audit log: each is chained to the one before by its digest, so that none can go unseen."""

    id: int
    at: int
    who: str
    what: str       # dotted, such as `job.changed`
    about: str      # the thing
    text: str
    address: str    # where it came from
