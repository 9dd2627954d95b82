"""Rows to an API: `url: https://example.com/payments`."""
from __future__ import annotations

import re
from base64 import b64encode
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator

from ..model.errors import Invalid
from ..ports import Sink
from ..settings.rules import Form
from ..settings.spec import Env, SinkSpec
from ..settings.units import Duration
from .http_request import PLACEHOLDER, Format, Target

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OWN = frozenset({"host", "content-length", "transfer-encoding", "connection"})
ALREADY = ("already_exists", "already_processed", "already_posted", "duplicate_key", "idempotency_key_used")


def _named(headers: dict[str, SecretStr]) -> dict[str, SecretStr]:
    for name in headers:
        _header(name)
    return headers


def _header(name: str) -> str:
    if name and (not _NAME.fullmatch(name) or name.lower() in _OWN):
        raise ValueError(f"{name!r} cannot be set as a header")
    return name


HeaderName = Annotated[str, AfterValidator(_header)]


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


class HttpSpec(SinkSpec):
    """API

    Sends rows as JSON by http or https. Each request has a key that is the same in every try, so that an API that
    honours it does nothing twice. Redirects are not followed.
    """

    type: Literal["http"] = "http"
    url: str = Field(min_length=1)
    """Where to, with https:// or http://. `{name}` stands for the value of that column. No secrets: those belong in
    headers or auth."""
    method: str = Field(default="POST", pattern=r"^[A-Z]+$")
    """As POST, PUT or PATCH."""
    batch: int = Field(default=1, ge=1, le=10_000)
    """Rows in one request. 1: a row is sent as an object; more: as a list."""
    wrap: str = ""
    """With more than one: send an object that has the list under this name."""
    concurrency: int = Field(default=8, ge=1, le=64)
    """Requests at a time; with 1 the rows arrive in the order of the file."""
    headers: Annotated[dict[str, SecretStr], AfterValidator(_named)] = Field(default={}, repr=False)
    """More headers; the values are kept as secrets."""
    auth: AuthForm | None = None
    """How to sign in."""
    tenant: str = ""
    """Whose rows they are, where one API serves many."""
    tenant_header: HeaderName = "X-Tenant-ID"
    """The header that says so."""
    key_header: HeaderName = "Idempotency-Key"
    """The header with the key of the request; empty: none is sent."""
    key_field: str = ""
    """Each row is sent with its own key under this name: needed where an API takes lists and a row must not be
    posted twice."""
    already: tuple[str, ...] = ALREADY
    """A row that is answered with 409 or 422 and one of these words as `code`, `type`, `error` or `title` came before:
    it is done."""
    decimals: Literal["text", "number"] = "text"
    """How amounts are written: "10.50" or 10.50."""
    connect_timeout: Duration = Field(default=10.0, gt=0, le=300)
    """How long a connection may take."""
    timeout: Duration = Field(default=60.0, gt=0, le=3600)
    """How long an answer may take to come on."""
    budget: Duration = Field(default=60.0, ge=0, le=3600)
    """How long a request is tried again when the API is busy or away; then the file waits for its next try."""

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
        if self.batch > 1 and PLACEHOLDER.search(self.url):
            raise ValueError("url: a column in it needs batch: 1, as each row has its own address")
        if self.wrap and self.batch == 1:
            raise ValueError("wrap: it is for lists; set batch too")
        return self

    def build(self, env: Env) -> Sink:
        from .http_line import Place
        from .http_sink import HttpSink, Way
        headers = {name.lower(): _sendable(name, env.secret(value)) for name, value in self.headers.items()}
        hidden = [*headers.values()]
        if self.auth:
            headers["authorization"], secrets = _signed(self.auth, env)
            hidden += secrets
        if self.tenant:
            headers[self.tenant_header.lower()] = _sendable("tenant", self.tenant)
        url = _address(self.url)
        place = Place.of(url, self.connect_timeout, self.timeout)
        target = Target(self.method, url, headers, self.key_header.lower())
        written = Format(self.decimals == "number", self.batch > 1, self.wrap, self.key_field)
        return HttpSink(place, target, written, Way(self.batch, self.concurrency, self.budget, self.already,
                                                   tuple(filter(None, hidden))))


def _address(url: str) -> str:
    """What is in braces may be anything but the server."""
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good or not url.isprintable() or " " in PLACEHOLDER.sub("", url) or "{" in parts.netloc:
        raise Invalid("url: not an address like https://example.com/payments")
    if "@" in parts.netloc:
        raise Invalid("url: there is a user name in it; write it under auth")
    if "${" in url:
        raise Invalid("url: there is a ${…} in it that is no parameter; secrets belong in headers or auth")
    return url


def _sendable(name: str, value: str) -> str:
    if not value.isprintable() or not value.isascii():
        raise Invalid(f"headers: the value of {name} cannot be sent in a header")
    return value


def _signed(auth: AuthForm, env: Env) -> tuple[str, list[str]]:
    """The header, and what in it is secret."""
    if auth.type == "bearer":
        token = _sendable("auth", env.secret(auth.token or SecretStr("")))
        return f"Bearer {token}", [token]
    user, password = (env.secret(one or SecretStr("")) for one in (auth.username, auth.password))
    both = b64encode(f"{user}:{password}".encode()).decode()
    return f"Basic {both}", [password, both]
