"""Programs' ways in."""
from __future__ import annotations

from fastapi import APIRouter

from ...model.errors import NotFound
from ..caller import Admin, At, Way
from ..problem import Conflict
from ..shapes import account
from ..shapes.given import Id
from ..signin.passwords import kept, new_token

router = APIRouter(prefix="/tokens", tags=["tokens"])
DAY = 86_400 * 10**9


@router.get("", summary="List tokens")
def list_tokens(_: Admin, desk: At) -> list[account.Token]:
    """Without their secrets, which nobody knows any more."""
    return [account.token(one) for one in desk.hub.accounts.tokens()]


@router.post("", summary="Make a token", status_code=201)
def make_token(caller: Admin, desk: At, body: account.NewToken) -> account.MadeToken:
    """The answer shows it, once. It may never do more than whoever made it may."""
    if caller.way is Way.TOKEN:
        raise Conflict("a token cannot make tokens; sign in as a user")
    secret = new_token()
    expires = None if body.expires_days is None else desk.hub.clock.now() + body.expires_days * DAY
    made = desk.hub.accounts.add_token(kept(secret), body.name, body.role, caller.name, expires)
    caller.did("token.made", body.name, body.role)
    return account.MadeToken(**account.token(made).model_dump(), token=secret)


@router.delete("/{id}", summary="Remove a token", status_code=204)
def remove_token(caller: Admin, desk: At, id: Id) -> None:
    """It is refused from now on."""
    found = next((one for one in desk.hub.accounts.tokens() if one.id == id), None)
    if found is None:
        raise NotFound(f"there is no token {id}")
    desk.hub.accounts.remove_token(id)
    caller.did("token.removed", found.name)
