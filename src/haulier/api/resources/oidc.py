"""Signing in through the company's own login: there, and back."""
from __future__ import annotations

import base64
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, NamedTuple, TypeVar

from anyio import to_thread
from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from ...model.errors import Denied, HaulierError, NotFound, Throttled, Transient
from ..caller import At, address_of
from ..desk import Desk
from ..shapes import account
from ..shapes.given import Text
from ..signin.oidc.attempts import LASTS
from ..signin.oidc.outside import word
from ..signin.oidc.person import Person, person
from ..signin.throttle import neighbourhood
from .session import QUEUE, keep, opened

if TYPE_CHECKING:
    from ..signin.oidc.issuer import Issuer

router = APIRouter(tags=["session"])
ROOT = "/api/v1/session"
BACK = f"{ROOT}/oidc/callback"
ATTEMPT, REFUSED = "haulier_sign_in", "haulier_refused"
"""Cookies: of a sign-in that has begun, and of what is to be said of one that went wrong."""
SHOWN = 60
"""Seconds in which that is said, once."""
LONGEST = 600
"""Characters of what is said."""
UNKNOWN = "somebody unknown"
Given = Annotated[str, Query(max_length=8192)]
T = TypeVar("T")
log = logging.getLogger("haulier.api")


class Brought(NamedTuple):
    """What a browser brings back from the issuer, and what it had kept meanwhile."""

    secret: str
    code: str
    state: str
    error: str
    issuer: str


@router.get("/session/ways", summary="How one can sign in")
def ways(request: Request, response: Response, desk: At) -> account.Ways:
    """Open to all. Why a sign-in went wrong is told once."""
    oidc = desk.hub.live.standing.oidc
    refused = _said(request.cookies.get(REFUSED, ""))
    if refused:
        response.delete_cookie(REFUSED, path=ROOT)
    return account.Ways(passwords=oidc.passwords if oidc else True, refused=refused or None,
                        oidc=account.Login(name=oidc.name) if oidc else None)


@router.get("/session/oidc", summary="Sign in through the company's own login", status_code=303,
            response_class=Response)
async def begin(request: Request, desk: At, to: Text = "/") -> Response:
    """For browsers: leads to the login, and from there to the page `to`. 404 if there is no such login."""
    back = _back(desk, request)
    secret, attempt = desk.attempts.begin(to)
    try:
        where = await _asked(desk, lambda: _issuer(desk).address(attempt, back))
    except NotFound:
        raise
    except HaulierError as error:
        log.warning("sign-in: %s", error)
        return _refused(error, request)
    answer = RedirectResponse(where, 303)
    answer.set_cookie(ATTEMPT, secret, max_age=LASTS, path=BACK, httponly=True, samesite="lax",
                      secure=back.startswith("https:"))
    return answer


@router.get("/session/oidc/callback", summary="Come back from the company's own login", status_code=303,
            response_class=Response)
async def come_back(request: Request, desk: At, code: Given = "", state: Given = "", error: Given = "",
                    iss: Given = "") -> Response:
    """Sets the session's cookie and leads to the page that was wanted; or to the sign-in page, which says why not."""
    brought = Brought(request.cookies.get(ATTEMPT, ""), code, state, error, iss)
    back, address = _back(desk, request), address_of(request)
    try:
        secret, to = await _asked(desk, lambda: _entered(desk, brought, back, address))
    except NotFound:
        raise
    except HaulierError as problem:
        answer = _refused(problem, request)
    else:
        answer = RedirectResponse(to, 303)
        keep(request, answer, secret)
    answer.delete_cookie(ATTEMPT, path=BACK)
    return answer


def _issuer(desk: Desk) -> Issuer:
    live = desk.hub.live
    form = live.standing.oidc
    if form is None:
        raise NotFound("this hub has no login but its own: oidc is not in haulier.yaml")
    from ..signin.oidc.issuer import Issuer  # 14 MiB that a hub without it does not need
    secret = live.workspace.secrets.reveal(form.client_secret) if form.client_secret else ""
    return desk.as_now("oidc", lambda: Issuer(form, secret))


async def _asked(desk: Desk, work: Callable[[], T]) -> T:
    """In a thread of its own: the issuer may take its time, and others may not wait for that."""
    if desk.logins.statistics().tasks_waiting >= QUEUE:
        raise Throttled("too many people sign in at this moment", retry_after=2)
    return await to_thread.run_sync(work, limiter=desk.logins)


def _entered(desk: Desk, brought: Brought, back: str, address: str) -> tuple[str, str]:
    """The secret of a new session, and the page that was wanted."""
    issuer, where = _issuer(desk), neighbourhood(address)
    desk.by_address.enter(where)
    try:
        found, to = _known(desk, issuer, brought, back)
        user = _taken(desk, found, address)
    except HaulierError as error:
        if isinstance(error, Transient):
            desk.by_address.give_back(where)
        name = getattr(error, "name", UNKNOWN)
        desk.hub.accounts.note(name, "session.refused", name, str(error), address)
        raise
    desk.by_address.give_back(where)
    return opened(desk, user.name, address, f"through {found.origin.issuer}")[0], to


def _known(desk: Desk, issuer: Issuer, brought: Brought, back: str) -> tuple[Person, str]:
    """Who it is, by what the issuer says."""
    attempt = desk.attempts.end(brought.secret, brought.state)
    form = desk.hub.live.standing.oidc
    assert form is not None
    if brought.error:
        raise Denied(f"{form.name} did not let you in ({word(brought.error) or 'for a reason of its own'})")
    if brought.issuer not in ("", form.issuer):
        raise Denied(f"this answer is not from {form.issuer}")
    return person(issuer.claims(brought.code, attempt, back), form), attempt.to


def _taken(desk: Desk, found: Person, address: str) -> account.User:
    """The user that they are here; what is new about them is noted."""
    accounts = desk.hub.accounts
    known = {(one.issuer, one.created): one for one in accounts.users()}    # their name may be another one now
    user = accounts.take_user(found.name, found.role, found.origin)
    before = known.get((user.issuer, user.created))
    if before is None or before[:2] != user[:2]:
        what = "user.added" if before is None else "user.changed"
        accounts.note(found.name, what, found.name, f"role {found.role}, by {found.origin.issuer}", address)
    return account.user(user)


def _back(desk: Desk, request: Request) -> str:
    """The address that the issuer sends browsers back to: it has to know it beforehand."""
    return (desk.hub.live.standing.public_url or str(request.base_url)).rstrip("/") + BACK


def _refused(error: HaulierError, request: Request) -> Response:
    """Back to the sign-in page. What it is to say is in a cookie: in an address anybody could write it."""
    answer = RedirectResponse("/login", 303)
    text = base64.urlsafe_b64encode(str(error)[:LONGEST].encode()).decode()
    answer.set_cookie(REFUSED, text, max_age=SHOWN, path=ROOT, httponly=True, samesite="strict",
                      secure=request.url.scheme == "https")
    return answer


def _said(cookie: str) -> str:
    try:
        return base64.urlsafe_b64decode(cookie).decode()[:LONGEST]
    except ValueError:
        return ""
