"""A client for the API that rows go to: made anew for each row, over connections that stay."""
from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
import msgspec

from ...core import rate_limit, retry_after
from ...model.errors import AlreadyExists, Denied, HaulierError, Invalid, NotFound, Throttled, Unavailable
from ...sinks.http import ALREADY
from ...sinks.http_line import Answer
from ...sinks.http_verdict import AGAIN, Judge
from .connections import build, send
from .rowkey import current

_FIRST, _LONGEST = 0.2, 10.0    # seconds between two tries
_LOOK = 0.5                     # seconds between two looks at whether to go on
_CONFLICTS = 3
"""Times that a 409 is asked again whose first answer was lost: the server may be at it still."""
_JUDGE = Judge("", ALREADY, ())
_KINDS: Mapping[int, type[HaulierError]] = {401: Denied, 403: Denied, 404: NotFound, 410: NotFound, 409: AlreadyExists}


class ImportApiClient:
    """Sends JSON to an API, as a bearer of a token. Use it with `async with`, as often as you like: connections are
    kept by the process.

    While a pipeline calls a function for a row, what that function sends has an Idempotency-Key of the row: the same
    in every try, so that an API that knows of keys does nothing twice. An API that is busy or away is asked again for
    `patience` seconds; then Unavailable or Throttled ends this go at the file, and the next one goes on there.
    """

    def __init__(self, base_url: str, token: str = "", tenant_id: str = "", *, timeout: float = 30.0,
                 patience: float = 30.0, tenant_header: str = "X-Tenant-ID", headers: Mapping[str, str] | None = None
                 ) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Invalid("base_url: not an address like https://api.example.com")
        self._base, self._timeout, self._patience = base_url.rstrip("/"), timeout, patience
        self._headers = {"accept": "application/json", "user-agent": "haulier", **(headers or {})}
        if token:
            self._headers["authorization"] = f"Bearer {token}"
        if tenant_id:
            self._headers[tenant_header] = tenant_id

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Connections stay for the next one."""

    async def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """What is there, as JSON."""
        return await self._asked("GET", path, None, params)

    async def post(self, path: str, data: Any = None, *, idempotency_key: str = "") -> Any:
        """Send it; what the API answers, as JSON. Amounts are sent as texts, dates as ISO 8601."""
        return await self._asked("POST", path, data, None, idempotency_key)

    async def put(self, path: str, data: Any = None, *, idempotency_key: str = "") -> Any:
        """The same with PUT."""
        return await self._asked("PUT", path, data, None, idempotency_key)

    async def patch(self, path: str, data: Any = None, *, idempotency_key: str = "") -> Any:
        """The same with PATCH."""
        return await self._asked("PATCH", path, data, None, idempotency_key)

    async def delete(self, path: str, *, idempotency_key: str = "") -> Any:
        """The same with DELETE, and nothing to send."""
        return await self._asked("DELETE", path, None, None, idempotency_key)

    async def _asked(self, method: str, path: str, data: Any, params: Mapping[str, Any] | None, key: str = "") -> Any:
        url = f"{self._base}/{path.lstrip('/')}"
        headers = dict(self._headers)
        if method != "GET":
            headers["idempotency-key"] = key or _key(f"{method} {path}")
        body = None
        if data is not None:
            headers["content-type"] = "application/json"
            body = _json(data)
        request = build(method, url, content=body, headers=headers, params=params, timeout=self._timeout)
        return await self._patiently(request)

    async def _patiently(self, request: httpx.Request) -> Any:
        ends, wait = time.monotonic() + self._patience, _FIRST
        is_lost, conflicts = False, 0
        while True:
            pause = wait * random.uniform(0.5, 1)
            try:
                return await _once(request)
            except (Unavailable, Throttled) as error:
                pause = error.retry_after or pause
                if time.monotonic() + pause > ends:
                    raise
                is_lost = True
            except AlreadyExists:
                conflicts += 1
                if not is_lost or conflicts > _CONFLICTS:
                    raise
            await _paused(pause)
            wait = min(wait * 2, _LONGEST)


async def _paused(seconds: float) -> None:
    """Cancelled if the work is to end meanwhile."""
    telling, until = current.get(), time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if telling:
            telling.check()
        await asyncio.sleep(min(left, _LOOK))


async def _once(request: httpx.Request) -> Any:
    shown = f"{request.method} {request.url.copy_with(query=None, userinfo=b'')}"
    try:
        answer = await send(request)
    except httpx.HTTPError as error:
        said = "no answer in time" if isinstance(error, httpx.TimeoutException) else str(error) or type(error).__name__
        raise Unavailable(f"{shown}: {said.splitlines()[0][:200]}") from None
    return _judged(answer, shown)


def _judged(answer: httpx.Response, shown: str) -> Any:
    """What it says; one of our errors if that is no success."""
    said, status = _said(answer), answer.status_code
    if status < 300 or _JUDGE.knows(Answer(status, {}, answer.content)):
        return said
    text = f"{shown}: the API answered {status}{_text(said)}"
    if status in AGAIN:
        raise (Throttled if status == 429 else Unavailable)(text, retry_after=_after(answer))
    if status < 400:
        raise Invalid(f"{text}: redirects are not followed; set the address that it leads to")
    raise _KINDS.get(status, Invalid)(text)


def _key(what: str) -> str:
    telling = current.get()
    return telling.next(what) if telling else uuid.uuid4().hex


def _json(data: Any) -> bytes:
    try:
        return msgspec.json.encode(data)
    except (TypeError, ValueError, RecursionError) as error:
        raise Invalid(f"data: it cannot be written as JSON: {str(error)[:200]}") from None


def _said(answer: httpx.Response) -> Any:
    try:
        return msgspec.json.decode(answer.content) if answer.content else None
    except (msgspec.DecodeError, RecursionError):
        return answer.text


def _text(said: Any) -> str:
    if isinstance(said, Mapping):
        said = next((said[name] for name in ("message", "detail", "error", "title") if said.get(name)), "")
    text = " ".join(str(said or "").split())[:300]
    return f": {text}" if text else ""


def _after(answer: httpx.Response) -> float | None:
    """Seconds that the API wants to be left alone."""
    now = time.time()
    wait = retry_after.seconds(answer.headers.get("retry-after"), now)
    return wait if wait is not None else rate_limit.pause(answer.headers, now) or None
