"""Open items from an API: `url: https://example.com/invoices`."""
from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator

from ..model.errors import Invalid
from ..ports import Items
from ..settings.rules import Form
from ..settings.spec import Env
from ..settings.units import Duration
from .fields import Fields, MappedSpec

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OWN = frozenset({"host", "content-length", "transfer-encoding", "connection"})


def _named(headers: dict[str, SecretStr]) -> dict[str, SecretStr]:
    for name in headers:
        if not _NAME.fullmatch(name) or name.lower() in _OWN:
            raise ValueError(f"{name!r} cannot be set as a header")
    return headers


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


class AsksForm(Form):
    """What the parameters are called; an empty name: the API cannot be asked so."""

    references: str = Field(default="references", min_length=1)
    """References, many at a time: in capitals, without blanks, separators and leading zeros."""
    ids: str = "ids"
    """Ids of items, many at a time."""
    search: str = ""
    """A text that a person looks for."""
    candidates: str = ""
    """With POST only: a list of objects with `currency`, `lower`, `upper`, `accounts`, `since` and `until`; items that
    fit one of them are wanted."""


class PagesForm(Form):
    """How more than one page is asked for."""

    next: str = Field(min_length=1)
    """Where in the answer the address of the next page stands, or what says which it is, as in paging.next."""
    parameter: str = ""
    """The parameter that this is sent in; if empty, it is an address."""


class HttpItemsSpec(MappedSpec):
    """API

    Items are asked for by http or https, many at a time, and come as JSON. The API must find paid items too, and know
    references without blanks, separators and leading zeros.
    """

    type: Literal["http"] = "http"
    url: str = Field(min_length=1)
    """Where to, with https:// or http://. No secrets: those belong in headers or auth."""
    method: Literal["GET", "POST"] = "GET"
    """GET: parameters stand in the address. POST: they are sent as JSON."""
    asks: AsksForm = AsksForm()
    """What the parameters are called."""
    joined: str = ","
    """With GET: what stands between many values of one parameter. If empty, the parameter is repeated."""
    batch: int = Field(default=100, ge=1, le=10_000)
    """Values in one request."""
    items: str = ""
    """Where in the answer the list of items stands, as in data.invoices. If empty, the answer is the list."""
    pages: PagesForm | None = None
    """How the next page is asked for; none: all comes at once."""
    headers: Annotated[dict[str, SecretStr], AfterValidator(_named)] = Field(default={}, repr=False)
    """More headers; the values are kept as secrets."""
    auth: AuthForm | None = None
    """How to sign in."""
    timeout: Duration = Field(default=60.0, gt=0, le=3600)
    """How long an answer may take to come on."""
    budget: Duration = Field(default=60.0, ge=0, le=3600)
    """How long a request is tried again when the API is busy or away."""
    live: bool = True
    """Whether what is open falls there once payments were told. If not, what payments take off items is taken off
    here."""

    @field_validator("url")
    @classmethod
    def _is_address(cls, url: str) -> str:
        if "${" not in url:
            try:
                _address(url)
            except Invalid as error:
                raise ValueError(str(error).removeprefix("url: ")) from None
        return url

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.asks.candidates and self.method != "POST":
            raise ValueError("asks: candidates are asked for with POST only")
        return self

    def build(self, env: Env) -> Items:
        from .http_client import Client  # takes a while to be there
        from .http_items import HttpItems, Way
        pages = self.pages
        way = Way(self.method, _address(self.url), self.asks.model_dump(), self.joined, self.batch, self.items,
                  pages.next if pages else "", pages.parameter if pages else "")
        return HttpItems(way, Fields(self), Client(self._headers(env), self.timeout, self.budget), live=self.live)

    def _headers(self, env: Env) -> Mapping[str, str]:
        headers = {name.lower(): _sendable(name, env.secret(value)) for name, value in self.headers.items()}
        if self.auth:
            headers["authorization"] = _signed(self.auth, env)
        return {"accept": "application/json", "user-agent": "haulier", **headers}


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good or not url.isprintable() or " " in url:
        raise Invalid("url: not an address like https://example.com/invoices")
    if "@" in parts.netloc:
        raise Invalid("url: there is a user name in it; write it under auth")
    if "${" in url:
        raise Invalid("url: there is a ${…} in it that is no parameter; secrets belong in headers or auth")
    return url


def _sendable(name: str, value: str) -> str:
    if not value.isprintable() or not value.isascii():
        raise Invalid(f"headers: the value of {name} cannot be sent in a header")
    return value


def _signed(auth: AuthForm, env: Env) -> str:
    if auth.type == "bearer":
        return f"Bearer {_sendable('auth', env.secret(auth.token or SecretStr('')))}"
    both = ":".join(env.secret(one or SecretStr("")) for one in (auth.username, auth.password))
    return f"Basic {b64encode(both.encode()).decode()}"
