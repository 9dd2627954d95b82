"""Users, tokens, and what was done."""
from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from ...model import account
from ...model.account import Role
from .given import Given, Name, Secret, Text
from .moment import Moment, told, told_or_none


class User(BaseModel):
    """Somebody who signs in, or a program's token in their name (then `created` is null)."""

    name: str
    role: Role
    created: Moment | None
    last_login: Moment | None
    issuer: str | None = None
    """Where they sign in and get their role; null: here."""


class SignedIn(BaseModel):
    """Who is signed in."""

    user: User


class Login(BaseModel):
    """The company's own login. To use it a browser goes to /api/v1/session/oidc."""

    name: str


class Ways(BaseModel):
    """How one can sign in. `refused`: why whoever was at the company's login just now did not come in."""

    passwords: bool
    oidc: Login | None
    refused: str | None


class SignIn(Given):
    """A name and a password."""

    username: Text
    password: Secret


class NewPassword(Given):
    """One's own password, before and after."""

    old: Secret
    new: Secret


class NewUser(Given):
    """A user to be."""

    name: Name
    role: Role
    password: Secret


class UserChange(Given):
    """What is to be different; what is left out stays."""

    role: Role | None = None
    password: Secret | None = None


class Token(BaseModel):
    """A program's way in."""

    id: int
    name: str
    role: Role
    owner: str
    created: Moment
    expires: Moment | None
    last_used: Moment | None


class NewToken(Given):
    """A token to be; without `expires_days` it holds until it is removed."""

    name: Name
    role: Role
    expires_days: Annotated[int, Field(ge=1, le=3650, strict=True)] | None = None


class MadeToken(Token):
    """A token as it is shown once."""

    token: str


class Deed(BaseModel):
    """An entry of the audit log."""

    id: int
    at: Moment
    who: str
    what: str
    about: str
    text: str
    address: str


def user(one: account.User) -> User:
    """For the wire."""
    return User(name=one.name, role=one.role, created=told(one.created), last_login=told_or_none(one.last_login),
                issuer=one.issuer or None)


def token(one: account.Token) -> Token:
    """For the wire; the secret is not known any more."""
    return Token(id=one.id, name=one.name, role=one.role, owner=one.owner, created=told(one.created),
                 expires=told_or_none(one.expires), last_used=told_or_none(one.last_used))


def deed(one: account.Deed) -> Deed:
    """For the wire."""
    return Deed(id=one.id, at=told(one.at), who=one.who, what=one.what, about=one.about, text=one.text,
                address=one.address)
