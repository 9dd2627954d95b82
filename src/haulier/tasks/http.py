"""Ask a web server: `url: https://example.com/report`."""
from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, field_validator, model_validator

from ..model.errors import Invalid
from ..model.names import checked
from ..ports import Doing
from ..settings.signing import Address, AuthForm, Headers, signed
from ..settings.spec import Env, TaskSpec
from .aside import Aside
from .asked import Asked

_ADDRESS = Address("https://example.com/report", "query, headers or auth")


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, int | str) else value


class HttpSpec(TaskSpec):
    """Web request

    Asks a server by http or https, and keeps its answer. Redirects are followed; what signs in is sent to no other
    server.
    """

    type: Literal["http"] = "http"
    url: Annotated[str, Field(min_length=1), AfterValidator(_ADDRESS.written)]
    """Where to, with https:// or http://. No secrets: those belong in query, headers or auth."""
    method: str = Field(default="", pattern=r"^[A-Z]*$")
    """As GET, POST, PUT or DELETE. If empty, GET, or POST where something is sent."""
    query: dict[str, SecretStr] = Field(default={}, repr=False)
    """What is put behind the `?`, as names and values; kept as secrets."""
    headers: Headers = Field(default={}, repr=False)
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
        headers = signed(self.headers, self.auth, env).headers
        body = None if self.body is None else self.body.encode()
        if self.json_ is not None:
            body = json.dumps(self.json_, ensure_ascii=False).encode()
        if body is not None:
            headers.setdefault("content-type", "text/plain; charset=utf-8" if self.json_ is None
                               else "application/json")
        query = {name: env.secret(value) for name, value in self.query.items()}
        return Http(Asked(self.method or ("GET" if body is None else "POST"), _ADDRESS.checked(self.url), query,
                          headers, body, self.expect, self.save))


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
