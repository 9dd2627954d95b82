"""Who is asking, and whether they may: sessions, tokens, roles, and no writing on behalf of other pages."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends
from starlette.requests import HTTPConnection

from ..model.account import Role, Token, User
from ..ports import Accounts
from .desk import Desk, desk_of
from .problem import Forbidden, NotSignedIn
from .signin.passwords import TOKEN, kept

COOKIE = "haulier_session"
LASTS = 12 * 3600 * 10**9
"""Nanoseconds that a session lasts without being used."""
STEP = 600 * 10**9
"""Nanoseconds: no more often is its end moved."""
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


class Way(StrEnum):
    """How a caller is known."""

    COOKIE = auto()
    SESSION = auto()    # its secret as a bearer token, as older programs send it
    TOKEN = auto()


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who was let in. `key` is the digest of their session, if they have one."""

    name: str
    role: Role
    address: str
    way: Way
    key: str
    accounts: Accounts

    @property
    def person(self) -> str:
        """The user: of a token, whoever made it."""
        return self.name.partition(" (token ")[0]

    def did(self, what: str, about: str, text: str = "") -> None:
        """Note it in the audit log."""
        self.accounts.note(self.name, what, about, text, self.address)


def address_of(connection: HTTPConnection) -> str:
    """Where it came from."""
    return connection.client.host if connection.client else ""


def identified(desk: Desk, connection: HTTPConnection) -> Caller:
    """The caller; NotSignedIn if nobody knows them."""
    scheme, _, secret = connection.headers.get("authorization", "").partition(" ")
    secret = secret.strip()
    if scheme.lower() == "bearer" and secret.startswith(TOKEN):
        return _by_token(desk, secret, address_of(connection))
    if scheme.lower() == "bearer" and secret:
        return _by_session(desk, secret, address_of(connection), Way.SESSION)
    if secret := connection.cookies.get(COOKIE, ""):
        return _by_session(desk, secret, address_of(connection), Way.COOKIE)
    raise NotSignedIn("sign in first")


def _by_token(desk: Desk, secret: str, address: str) -> Caller:
    accounts = desk.hub.accounts
    token = accounts.token(kept(secret))
    if token is None:
        raise NotSignedIn("this token is not known, or has expired")
    owner = next((user for user in accounts.users() if user.name == token.owner), None)
    return Caller(f"{token.owner} (token {token.name})", _role(token, owner), address, Way.TOKEN, "", accounts)


def _role(token: Token, owner: User | None) -> Role:
    """No token may more than whoever made it may now. Some were made at the command line, by nobody that we know."""
    return owner.role if owner and not owner.role.may(token.role) else token.role


def _by_session(desk: Desk, secret: str, address: str, way: Way) -> Caller:
    accounts, key, now = desk.hub.accounts, kept(secret), desk.hub.clock.now()
    session = accounts.session(key)
    if session is None:
        raise NotSignedIn("the session has ended; sign in again")
    # Whoever comes from elsewhere comes anew after that time: perhaps they have lost their role there.
    if not session.user.issuer and session.expires - now < LASTS - STEP:
        accounts.open_session(key, session.user.name, now + LASTS)
    return Caller(session.user.name, session.user.role, address, way, key, accounts)


def refuse_other_pages(connection: HTTPConnection, caller: Caller | None, *, writes: bool) -> None:
    """Forbidden if a page of somebody else may be behind this."""
    origin = connection.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != connection.headers.get("host", ""):
        raise Forbidden("this came from a page of another site")
    if writes and caller and caller.way is Way.COOKIE and connection.headers.get("x-haulier") != "1":
        raise Forbidden("a change with a session's cookie needs the header X-Haulier: 1")


def needs(role: Role) -> Callable[[HTTPConnection], Caller]:
    """A dependency: the caller, who has that role."""
    def admitted(connection: HTTPConnection) -> Caller:
        caller = identified(desk_of(connection), connection)
        writes = connection.scope.get("method") not in _READS
        if writes:
            refuse_other_pages(connection, caller, writes=True)
        if not caller.role.may(role):
            raise Forbidden(f"{caller.name} is {caller.role}, and this needs {role}")
        return caller

    admitted.role = role  # type: ignore[attr-defined]
    return admitted


Viewer = Annotated[Caller, Depends(needs(Role.VIEWER))]
Operator = Annotated[Caller, Depends(needs(Role.OPERATOR))]
Admin = Annotated[Caller, Depends(needs(Role.ADMIN))]
At = Annotated[Desk, Depends(desk_of)]
