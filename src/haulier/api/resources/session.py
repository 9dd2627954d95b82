"""Signing in and out."""
from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from anyio import to_thread
from fastapi import APIRouter, Request, Response

from ...model.errors import NotFound, Throttled
from ..caller import COOKIE, LASTS, At, Caller, Viewer, Way, address_of, refuse_other_pages
from ..desk import Desk
from ..problem import Conflict, Forbidden, NotSignedIn
from ..shapes import account
from ..signin.passwords import kept, new_session
from ..signin.throttle import neighbourhood

router = APIRouter(tags=["session"])
T = TypeVar("T")
QUEUE = 20
"""So many who sign in at once may wait for their turn: each look at a password takes 64 MiB."""


@router.post("/session", summary="Sign in")
async def sign_in(body: account.SignIn, request: Request, response: Response, desk: At) -> account.SignedIn:
    """Sets the session's cookie. 429 after too many failed tries, with the seconds to wait."""
    refuse_other_pages(request, None, writes=True)
    secret, user = await entered(desk, body, address_of(request))
    keep(request, response, secret)
    return account.SignedIn(user=user)


@router.get("/session", summary="Who is signed in")
def who(caller: Viewer) -> account.SignedIn:
    """A token's caller is shown under its name."""
    return account.SignedIn(user=_shown(caller))


@router.delete("/session", summary="Sign out", status_code=204)
def sign_out(caller: Viewer, response: Response) -> None:
    """The session ends at once, wherever it is used."""
    if caller.key:
        caller.accounts.close_session(caller.key)
        caller.did("session.closed", caller.name)
    response.delete_cookie(COOKIE, path="/")


@router.post("/session/password", summary="Change one's own password", status_code=204)
async def change_password(body: account.NewPassword, caller: Viewer, request: Request, response: Response,
                          desk: At) -> None:
    """All sessions of this user end, but this one."""
    if not caller.key:
        raise Conflict("a token has no password; sign in as a user")
    secret = await _looked_at(desk, lambda: _changed(desk, caller, body))
    if caller.way is Way.COOKIE:
        keep(request, response, secret)


async def entered(desk: Desk, body: account.SignIn, address: str) -> tuple[str, account.User]:
    """The secret of a new session, and whose it is; NotSignedIn, Forbidden, or Throttled."""
    oidc = desk.hub.live.standing.oidc
    if oidc and not oidc.passwords:
        raise Forbidden(f"this hub takes no passwords: sign in with {oidc.name}, in a browser")
    return await _looked_at(desk, lambda: _entered(desk, body, address))


async def _looked_at(desk: Desk, look: Callable[[], T]) -> T:
    if desk.hashing.statistics().tasks_waiting >= QUEUE:
        raise Throttled("too many people sign in at this moment", retry_after=2)
    return await to_thread.run_sync(look, limiter=desk.hashing)


def _entered(desk: Desk, body: account.SignIn, address: str) -> tuple[str, account.User]:
    accounts, where = desk.hub.accounts, neighbourhood(address)
    desk.by_address.enter(where)
    desk.by_name.enter(body.username)
    digest = _digest(desk, body.username)
    if not desk.passwords.is_right(body.password, digest):
        name = body.username if digest else "somebody unknown"  # people type passwords where names go
        accounts.note(name, "session.refused", name, "wrong name or password", address)
        raise NotSignedIn("wrong name or password")
    desk.by_name.forget(body.username)
    desk.by_address.give_back(where)
    return opened(desk, body.username, address)


def opened(desk: Desk, name: str, address: str, how: str = "") -> tuple[str, account.User]:
    """A new session, noted."""
    accounts, secret = desk.hub.accounts, new_session()
    session = accounts.open_session(kept(secret), name, desk.hub.clock.now() + LASTS)
    accounts.note(name, "session.opened", name, how, address)
    return secret, account.user(session.user)


def _changed(desk: Desk, caller: Caller, body: account.NewPassword) -> str:
    digest = _digest(desk, caller.name)
    if not digest:
        raise Conflict(f"{caller.name} has no password here; it can be changed where {caller.name} signs in")
    desk.by_name.enter(caller.name)
    if not desk.passwords.is_right(body.old, digest):
        caller.did("user.refused", caller.name, "wrong old password")
        raise Forbidden("the old password is wrong")
    desk.by_name.forget(caller.name)
    caller.accounts.put_user(caller.name, password=desk.passwords.digest(body.new))
    caller.did("user.changed", caller.name, "password")
    return opened(desk, caller.name, caller.address)[0]


def _digest(desk: Desk, name: str) -> str | None:
    try:
        return desk.hub.accounts.password(name) or None     # who signs in elsewhere has none
    except NotFound:
        return None


def _shown(caller: Caller) -> account.User:
    for user in caller.accounts.users():
        if caller.key and user.name == caller.name:
            return account.user(user)
    return account.User(name=caller.name, role=caller.role, created=None, last_login=None)


def keep(request: Request, response: Response, secret: str) -> None:
    """In the browser's cookie."""
    response.set_cookie(COOKIE, secret, path="/", httponly=True, samesite="strict",
                        secure=request.url.scheme == "https")
