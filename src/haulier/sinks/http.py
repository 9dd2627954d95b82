"""Rows to an API: `url: https://example.com/payments`."""
from __future__ import annotations

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from ..ports import Sink
from ..settings.signing import Address, AuthForm, Headers, header, sendable, signed
from ..settings.spec import Env, SinkSpec
from ..settings.units import Duration
from .http_request import PLACEHOLDER, Format, Target

ALREADY = ("already_exists", "already_processed", "already_posted", "duplicate_key", "idempotency_key_used",
           "idempotent_replay")


class _Address(Address):
    """What is in braces may be anything but the server."""

    def checked(self, url: str) -> str:
        bare = super().checked(PLACEHOLDER.sub("{}", url))
        if "{" in urlsplit(bare).netloc:
            raise self.wrong()
        return url


_ADDRESS = _Address("https://example.com/payments", "headers or auth")


def _optional(name: str) -> str:
    return name and header(name)


HeaderName = Annotated[str, AfterValidator(_optional)]


class HttpSpec(SinkSpec):
    """API

    Sends rows as JSON by http or https. Each request has a key that is the same in every try, so that an API that
    honours it does nothing twice. Redirects are not followed.
    """

    type: Literal["http"] = "http"
    url: Annotated[str, Field(min_length=1), AfterValidator(_ADDRESS.written)]
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
    headers: Headers = Field(default={}, repr=False)
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
    budget: Duration = Field(default=60.0, ge=0, le=86400)
    """How long a request is tried again when the API is busy or away; then the file waits for its next try."""
    checkpoint: int = Field(default=0, ge=0)
    """Rows that are sent before it is noted that they were; 0: some thousand, as they are read. So many may be sent
    again, with the same keys, after a crash: set 1 for an API that ignores keys, though it takes longer."""
    proxy: Literal["environment", "none"] = "environment"
    """environment: through the proxy that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY name, but for what NO_PROXY names, and
    never to this machine itself. none: directly."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.batch > 1 and PLACEHOLDER.search(self.url):
            raise ValueError("url: a column in it needs batch: 1, as each row has its own address")
        if self.wrap and self.batch == 1:
            raise ValueError("wrap: it is for lists; set batch too")
        return self

    def build(self, env: Env) -> Sink:
        from .http_place import Place
        from .http_sink import HttpSink, Way
        headers, hidden = signed(self.headers, self.auth, env)
        if self.tenant:
            headers[self.tenant_header.lower()] = sendable("tenant", self.tenant)
        url = _ADDRESS.checked(self.url)
        place = Place.of(url, self.connect_timeout, self.timeout, direct=self.proxy == "none")
        target = Target(self.method, url, headers, self.key_header.lower())
        written = Format(self.decimals == "number", self.batch > 1, self.wrap, self.key_field)
        return HttpSink(place, target, written, Way(self.batch, self.concurrency, self.budget, self.already, hidden,
                                                 self.checkpoint))
