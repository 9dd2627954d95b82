"""Errors as answers: RFC 9457 for whatever goes wrong, with one table from class to status."""
from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from ..model.errors import (
    AlreadyExists,
    Busy,
    Corrupt,
    Denied,
    HaulierError,
    Invalid,
    NoSpace,
    NotFound,
    Permanent,
    Stopped,
    Throttled,
    TimeUp,
    Transient,
    Unavailable,
)
from ..settings.problems import Problem as Found
from ..settings.problems import Problems
from .methods import allowed

log = logging.getLogger("haulier.api")
MEDIA = "application/problem+json"


class NotSignedIn(Denied):
    """Nobody knows who is asking."""


class Forbidden(Denied):
    """Whoever asks may not do that."""


class TooLarge(Invalid):
    """A request with a longer body than any needs."""


class Conflict(Permanent):
    """What was asked for does not go with how things are now; `current` is how they are."""

    def __init__(self, message: str, current: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.current = current


class FarAway(Permanent):
    """The hub is well, but a place that it had to ask is not."""


STATUS: Mapping[type[HaulierError], int] = {
    NotSignedIn: 401, Forbidden: 403, TooLarge: 413, Conflict: 409, FarAway: 424,
    NotFound: 404, AlreadyExists: 409, Denied: 403, NoSpace: 507, Corrupt: 502, Invalid: 422, Permanent: 422,
    Throttled: 429, Busy: 409, Unavailable: 503, Transient: 503,
    TimeUp: 504, Stopped: 409,
}
"""The nearest class that an error is an instance of decides."""


class Mistake(BaseModel):
    """One mistake in what was written; `line` and `column` count from 1, 0 is none in particular."""

    file: str
    line: int
    column: int
    key: str = Field(examples=["source.path"])
    text: str
    hint: str


class Problem(BaseModel):
    """Why a request was not answered as asked (RFC 9457)."""

    type: str = Field(examples=["/problems/not-found"])
    title: str
    status: int
    detail: str
    problems: list[Mistake] | None = None
    retry_after: float | None = None
    """Seconds."""
    current: dict[str, Any] | None = None
    """With 409, where somebody else changed the same thing: how it is now."""


def status_of(error: HaulierError) -> int:
    """What HTTP calls it."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def mistake(found: Found) -> Mistake:
    """A problem of the settings as it is told."""
    return Mistake(file=found.file, line=found.line, column=found.column, key=found.key, text=found.text,
                   hint=found.hint)


def mistakes(found: Iterable[Found]) -> list[Mistake]:
    """All of them."""
    return [mistake(one) for one in found]


def answer(error: HaulierError) -> Response:
    """The error as an answer."""
    status = status_of(error)
    listed = mistakes(error.problems) if isinstance(error, Problems) else None
    retry_after = getattr(error, "retry_after", None)
    if status == 503:
        log.warning("%s", error)
    return _sent(status, "-".join(_words(type(error).__name__)), str(error), problems=listed,
                 retry_after=retry_after, current=getattr(error, "current", None))


def bug(error: Exception, doing: str) -> Response:
    """An error that nobody meant to raise: told in the log, with a number that the answer names."""
    number = secrets.token_hex(4)
    log.error("bug %s: %s: %s", number, doing, type(error).__name__, exc_info=error)
    return _sent(500, "internal", f"this is a bug in haulier; the log has the details under number {number}")


def misdirected(name: str) -> Response:
    """Asked under a name that is not the hub's."""
    return _sent(421, "misdirected-request", f'this hub is not called "{name[:255]}"; if it is, as behind a proxy,'
                                             " write the name into haulier.yaml, under `hosts`")


def install(app: FastAPI) -> None:
    """Everything that handlers raise on purpose is answered as a problem."""
    app.add_exception_handler(HaulierError, _expected)
    app.add_exception_handler(RequestValidationError, _not_as_described)
    app.add_exception_handler(HTTPException, _of_the_framework)


async def _expected(request: Request, error: Exception) -> Response:
    assert isinstance(error, HaulierError)
    return answer(error)


async def _not_as_described(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    listed = [Mistake(file="", line=0, column=0, key=_key(one["loc"]), text=_text(one), hint="")
              for one in error.errors()]
    said = "; ".join(f"{one.key}: {one.text}" if one.key else one.text for one in listed)
    return _sent(422, "invalid", said, problems=listed)


async def _of_the_framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    title = HTTPStatus(error.status_code).phrase
    detail = error.detail if error.detail != title else {
        404: "there is nothing at this address", 405: "that cannot be done here"}.get(error.status_code, title)
    sent = _sent(error.status_code, title.lower().replace(" ", "-"), detail)
    sent.headers.update(error.headers or {})
    if error.status_code == 405 and (known := allowed(request)):
        sent.headers["Allow"] = known
    return sent


def _sent(status: int, kind: str, detail: str, **more: Any) -> Response:
    whole = Problem(type=f"/problems/{kind}", title=HTTPStatus(status).phrase, status=status, detail=detail, **more)
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if whole.retry_after is not None:
        headers["Retry-After"] = str(max(1, round(whole.retry_after + 0.5)))
    return JSONResponse(whole.model_dump(mode="json", exclude_none=True), status, headers, MEDIA)


def _words(name: str) -> list[str]:
    starts = [at for at, letter in enumerate(name) if letter.isupper()]
    return [name[start:end].lower() for start, end in zip(starts, [*starts[1:], None], strict=True)]


def _key(where: tuple[Any, ...]) -> str:
    """Without the first piece, which says whether it was in the body or in the address, if there is another."""
    return ".".join(str(piece) for piece in (where[1:] if len(where) > 1 else where))


def _text(one: Mapping[str, Any]) -> str:
    if one["type"] == "json_invalid":
        return f"this is not JSON: {one.get('ctx', {}).get('error', '')}"
    said = str(one["msg"]).removeprefix("Value error, ")
    return f"must be {said.removeprefix('Input should be ')}" if said.startswith("Input should be ") else said
