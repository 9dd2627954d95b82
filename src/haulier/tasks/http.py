"""Ask a web server: `url: https://example.com/report`."""
from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, field_validator, model_validator

from ..model.errors import Invalid
from ..model.names import checked
from ..ports import Doing
from ..settings.rules import Form
from ..settings.spec import Env, TaskSpec
from .aside import Aside
from .asked import Asked

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OWN = frozenset({"host", "content-length", "transfer-encoding", "connection"})


def _named(headers: dict[str, SecretStr]) -> dict[str, SecretStr]:
    for name in headers:
        if not _NAME.fullmatch(name) or name.lower() in _OWN:
            raise ValueError(f"{name!r} cannot be set as a header")
    return headers


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, int | str) else value


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


class HttpSpec(TaskSpec):
    """Web request

    Asks a server by http or https, and keeps its answer. Redirects are followed; what signs in is sent to no other
    server.
    """

    type: Literal["http"] = "http"
    url: str = Field(min_length=1)
    """Where to, with https:// or http://. No secrets: those belong in query, headers or auth."""
    method: str = Field(default="", pattern=r"^[A-Z]*$")
    """As GET, POST, PUT or DELETE. If empty, GET, or POST where something is sent."""
    query: dict[str, SecretStr] = Field(default={}, repr=False)
    """What is put behind the `?`, as names and values; kept as secrets."""
    headers: Annotated[dict[str, SecretStr], AfterValidator(_named)] = Field(default={}, repr=False)
    """More headers; the values are kept as secrets."""
    body: str | None = None
    """A text to send."""
    json_: Any = Field(default=None, alias="json")
    """Or something to send as JSON."""
    auth: AuthForm | None = None
    """How to sign in."""
    expect: Annotated[tuple[int, ...], BeforeValidator(_listed)] = ()
    """The statuses that mean success; if empty, 200 to 299."""
    save: str = ""
    """Keep the answer as this file in TMP_DIR. If empty, up to 64 KiB of it are an output."""

    @field_validator("url")
    @classmethod
    def _is_address(cls, url: str) -> str:
        if "${" not in url:
            try:
                _address(url)
            except Invalid as error:
                raise ValueError(str(error).removeprefix("url: ")) from None
        return url

    @field_validator("save")
    @classmethod
    def _is_inside(cls, save: str) -> str:
        try:
            return checked(save) if save else save
        except Invalid:
            raise ValueError(f"{save!r} is not the name of a file in TMP_DIR") from None

    @model_validator(mode="after")
    def _sends_one_thing(self) -> Self:
        if self.body is not None and self.json_ is not None:
            raise ValueError("body and json are both given; only one can be sent")
        return self

    def build(self, env: Env) -> Http:
        headers = {name.lower(): _sendable(name, env.secret(value)) for name, value in self.headers.items()}
        if self.auth:
            headers["authorization"] = _signed(self.auth, env)
        body = None if self.body is None else self.body.encode()
        if self.json_ is not None:
            body = json.dumps(self.json_, ensure_ascii=False).encode()
        if body is not None:
            headers.setdefault("content-type", "text/plain; charset=utf-8" if self.json_ is None
                               else "application/json")
        query = {name: env.secret(value) for name, value in self.query.items()}
        return Http(Asked(self.method or ("GET" if body is None else "POST"), _address(self.url), query, headers, body,
                          self.expect, self.save))


@dataclass(frozen=True, slots=True)
class Http:
    """One request of a task."""

    asked: Asked

    def run(self, doing: Doing) -> Mapping[str, Any]:
        """Status, headers and body of the answer, or the path of the file that it is in."""
        from .asking import Asking  # not above: its client takes a while to be there
        asking = Asking(self.asked, doing.folder, doing.number)
        try:
            return Aside(asking.answered, asking.interrupt).run(doing)
        finally:
            asking.close()
            for line in asking.told:
                doing.say(line)


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good or not url.isprintable() or " " in url:
        raise Invalid("url: not an address like https://example.com/report")
    if "@" in parts.netloc:
        raise Invalid("url: there is a user name in it; write it under auth")
    if "${" in url:
        raise Invalid("url: there is a ${…} in it that is no parameter; secrets belong in query, headers or auth")
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
