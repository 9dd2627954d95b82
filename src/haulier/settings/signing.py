"""What requests to web servers are set by: an address without secrets, headers, and how to sign in."""
from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr, model_validator

from ..model.errors import Invalid
from .rules import Form
from .spec import Env

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OWN = frozenset({"host", "content-length", "transfer-encoding", "connection"})


def header(name: str, *own: str) -> str:
    """The name of a header; ValueError for one that is no name, or is set by us. `own`: more that are."""
    if not _NAME.fullmatch(name) or name.lower() in (*_OWN, *own):
        raise ValueError(f"{name!r} cannot be set as a header")
    return name


def _named(headers: dict[str, SecretStr]) -> dict[str, SecretStr]:
    for name in headers:
        header(name)
    return headers


Headers = Annotated[dict[str, SecretStr], AfterValidator(_named)]


class AuthForm(Form):
    """Sign-in"""

    type: Literal["basic", "bearer"] = "basic"
    """A user name and a password, or a token."""
    username: SecretStr | None = None
    """For basic."""
    password: SecretStr | None = None
    """For basic."""
    token: SecretStr | None = None
    """For bearer."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.type == "basic" and not (self.username and self.password):
            raise ValueError("basic needs username and password")
        if self.type == "bearer" and not self.token:
            raise ValueError("bearer needs a token")
        return self


class Signed(NamedTuple):
    """Headers with names in small letters, and what in them no answer may show."""

    headers: dict[str, str]
    hidden: tuple[str, ...]


def signed(written: Mapping[str, SecretStr], auth: AuthForm | None, env: Env) -> Signed:
    """The headers of a request; Invalid if one cannot be sent."""
    headers = {name.lower(): sendable(name, env.secret(value)) for name, value in written.items()}
    hidden = [*headers.values()]
    if auth and auth.type == "bearer":
        token = sendable("auth", env.secret(auth.token or SecretStr("")))
        headers["authorization"] = f"Bearer {token}"
        hidden.append(token)
    elif auth:
        user, password = (env.secret(one or SecretStr("")) for one in (auth.username, auth.password))
        both = b64encode(f"{user}:{password}".encode()).decode()
        headers["authorization"] = f"Basic {both}"
        hidden += [password, both]
    return Signed(headers, tuple(filter(None, hidden)))


def sendable(name: str, value: str) -> str:
    """The value of a header; Invalid if it cannot be sent."""
    if not value.isprintable() or not value.isascii():
        raise Invalid(f"headers: the value of {name} cannot be sent in a header")
    return value


@dataclass(frozen=True)
class Address:
    """What an address must be. `places`: where the secrets belong that it must not have."""

    example: str
    places: str

    def written(self, url: str) -> str:
        """The address as a setting; ValueError. With `${…}` in it, it can be looked at only when it is used."""
        try:
            return url if "${" in url else self.checked(url)
        except Invalid as error:
            raise ValueError(str(error).removeprefix("url: ")) from None

    def checked(self, url: str) -> str:
        """The address; Invalid."""
        try:
            parts = urlsplit(url)
            is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            is_good = False
        if not is_good or not url.isprintable() or " " in url:
            raise self.wrong()
        if "@" in parts.netloc:
            raise Invalid("url: there is a user name in it; write it under auth")
        if "${" in url:
            raise Invalid(f"url: there is a ${{…}} in it that is no parameter; secrets belong in {self.places}")
        return url

    def wrong(self) -> Invalid:
        """What is said of one that is none."""
        return Invalid(f"url: not an address like {self.example}")
