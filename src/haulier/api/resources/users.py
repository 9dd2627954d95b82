"""Who may sign in."""
from __future__ import annotations

from fastapi import APIRouter

from ...model.errors import AlreadyExists, Invalid, NotFound
from ..caller import Admin, At
from ..problem import Conflict
from ..shapes import account
from ..shapes.given import Name

router = APIRouter(prefix="/users", tags=["users"])


@router.get("", summary="List users")
def list_users(_: Admin, desk: At) -> list[account.User]:
    """By name."""
    return sorted((account.user(one) for one in desk.hub.accounts.users()), key=lambda one: one.name)


@router.post("", summary="Add a user", status_code=201)
def add_user(caller: Admin, desk: At, body: account.NewUser) -> account.User:
    """409 if there is one of this name."""
    if any(one.name == body.name for one in desk.hub.accounts.users()):
        raise AlreadyExists(f"there is a user {body.name} already")
    made = desk.hub.accounts.put_user(body.name, role=body.role, password=desk.passwords.digest(body.password))
    caller.did("user.added", body.name, body.role)
    return account.user(made)


@router.put("/{name}", summary="Change a user's role or password")
def change_user(caller: Admin, desk: At, name: Name, body: account.UserChange) -> account.User:
    """Ends the user's sessions. 409 if no admin would be left, or if they sign in elsewhere: there it is decided."""
    if not any(one.name == name for one in desk.hub.accounts.users()):
        raise NotFound(f"there is no user {name}")
    digest = None if body.password is None else desk.passwords.digest(body.password)
    try:
        changed = desk.hub.accounts.put_user(name, role=body.role, password=digest)
    except Invalid as error:
        raise Conflict(str(error)) from None
    what = [f"role {body.role}"] if body.role else []
    caller.did("user.changed", name, ", ".join([*what, *(["password"] if digest else [])]))
    return account.user(changed)


@router.delete("/{name}", summary="Remove a user", status_code=204)
def remove_user(caller: Admin, desk: At, name: Name) -> None:
    """With all sessions and tokens. 409 if no admin would be left."""
    try:
        desk.hub.accounts.remove_user(name)
    except Invalid as error:
        raise Conflict(str(error)) from None
    caller.did("user.removed", name)
