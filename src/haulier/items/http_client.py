"""Requests to an API that are tried again while it is busy or away."""
from __future__ import annotations

import json
import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import httpx

from ..core.loopback import is_here
from ..core.retry_after import seconds
from ..model.errors import Denied, HaulierError, Invalid, NotFound, Throttled, Unavailable
from ..model.files import go_on

_MOST = 64 << 20
"""Bytes of one answer."""
_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
_FIRST, _LONGEST = 0.2, 10.0    # seconds between two tries
_LOOK = 0.5
_KINDS: Mapping[int, type[HaulierError]] = {401: Denied, 403: Denied, 407: Denied, 404: NotFound, 410: NotFound}
for _name in ("httpx", "httpcore"):     # they would log whole addresses
    logging.getLogger(_name).setLevel(logging.WARNING)


class Asked(NamedTuple):
    """One request."""

    method: str
    url: str
    query: tuple[tuple[str, str], ...] = ()
    body: Mapping[str, Any] | None = None


class Client:
    """Keeps its connections from one request to the next. Redirects are not followed."""

    def __init__(self, headers: Mapping[str, str], timeout: float, budget: float) -> None:
        self._headers, self._timeout, self._budget = headers, timeout, budget
        self._client: httpx.Client | None = None
        self.check: Callable[[], None] = go_on      # asked every half second while something is waited for

    def answer(self, asked: Asked, shown: str) -> bytes:
        """The body of a good answer. Transient if there is none within the budget."""
        ends, wait = time.monotonic() + self._budget, _FIRST
        while True:
            try:
                return watched(lambda: self._once(asked, shown), self.check)
            except (Unavailable, Throttled) as error:
                pause = error.retry_after or wait * random.uniform(0.5, 1)
                if time.monotonic() + pause > ends:
                    raise
                self._rest(time.monotonic() + pause)
                wait = min(wait * 2, _LONGEST)

    def _rest(self, until: float) -> None:
        while (left := until - time.monotonic()) > 0:
            self.check()
            time.sleep(min(left, _LOOK))

    def close(self) -> None:
        """Let go of the connections."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _once(self, asked: Asked, shown: str) -> bytes:
        if self._client is None:
            self._client = httpx.Client(headers=dict(self._headers), timeout=self._timeout, follow_redirects=False,
                                        mounts=_direct(asked.url))
        url = asked.url
        if asked.query:
            url += f"{'&' if '?' in url else '?'}{urlencode(asked.query)}"
        body = None if asked.body is None else json.dumps(asked.body, ensure_ascii=False).encode()
        headers = {} if body is None else {"content-type": "application/json"}
        try:
            with self._client.stream(asked.method, url, content=body, headers=headers) as answer:
                _judge(answer, shown)
                return _read(answer, shown)
        except httpx.InvalidURL as error:
            raise Invalid(f"{shown}: {error}") from None
        except httpx.HTTPError as error:
            raise Unavailable(f"{shown}: {_said(error)}") from None


def _direct(url: str) -> dict[str, None]:
    """This machine is asked without a proxy."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return {}
    return {f"all://[{host}]" if ":" in host else f"all://{host}": None} if is_here(host) else {}


def watched(work: Callable[[], bytes], check: Callable[[], None]) -> bytes:
    """What it gives or raises. If check() raises, it is left to itself: it ends with its time for an answer."""
    if check is go_on:
        return work()
    done: Future[bytes] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:
            done.set_exception(error)

    threading.Thread(target=run, name="open-items", daemon=True).start()
    while True:
        wait([done], _LOOK)
        if done.done():
            return done.result()
        check()


def _read(answer: httpx.Response, shown: str) -> bytes:
    body = bytearray()
    for chunk in answer.iter_bytes():
        body += chunk
        if len(body) > _MOST:
            raise Invalid(f"{shown}: the answer is larger than {_MOST >> 20} MiB; ask for less at a time (batch)")
    return bytes(body)


def _judge(answer: httpx.Response, shown: str) -> None:
    status = answer.status_code
    if 200 <= status < 300:
        return
    told = f"{shown}: the API answered {status} {answer.reason_phrase}".strip()
    if status in _LATER:
        kind = Throttled if status == 429 else Unavailable
        raise kind(told, retry_after=seconds(answer.headers.get("retry-after"), time.time()))
    if 300 <= status < 400:
        raise Invalid(f"{told}: redirects are not followed; set the address that it leads to")
    raise _KINDS.get(status, Invalid)(told)


def _said(error: httpx.HTTPError) -> str:
    kind = "timed out" if isinstance(error, httpx.TimeoutException) else str(error) or type(error).__name__
    return kind.split("\n")[0][:200]
