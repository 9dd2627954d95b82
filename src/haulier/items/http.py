"""Open items from an API: `url: https://example.com/invoices`."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from ..ports import Items
from ..settings.rules import Form
from ..settings.signing import Address, AuthForm, Headers, signed
from ..settings.spec import Env
from ..settings.units import Duration
from .fields import Fields, MappedSpec

_ADDRESS = Address("https://example.com/invoices", "headers or auth")


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
    url: Annotated[str, Field(min_length=1), AfterValidator(_ADDRESS.written)]
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
    headers: Headers = Field(default={}, repr=False)
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

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.asks.candidates and self.method != "POST":
            raise ValueError("asks: candidates are asked for with POST only")
        return self

    def build(self, env: Env) -> Items:
        from .http_client import Client  # takes a while to be there
        from .http_items import HttpItems, Way
        pages = self.pages
        way = Way(self.method, _ADDRESS.checked(self.url), self.asks.model_dump(), self.joined, self.batch, self.items,
                  pages.next if pages else "", pages.parameter if pages else "")
        return HttpItems(way, Fields(self), Client(self._headers(env), self.timeout, self.budget), live=self.live)

    def _headers(self, env: Env) -> Mapping[str, str]:
        return {"accept": "application/json", "user-agent": "haulier", **signed(self.headers, self.auth, env).headers}
