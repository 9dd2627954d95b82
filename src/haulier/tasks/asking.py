"""One request of a task and its answer, redirects and all."""
from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import httpx

from ..core import kept
from ..core.retry_after import seconds
from ..model.errors import (
    Cancelled,
    Corrupt,
    Denied,
    HaulierError,
    Invalid,
    NoSpace,
    NotFound,
    Throttled,
    Unavailable,
)
from .asked import Asked

KEPT = kept.LARGEST
"""Bytes of an answer that may be an output: as JSON it may be longer."""
TOO_LONG = f"the answer is longer than {KEPT} bytes as JSON and was not kept; write save and the name of a file"
_HOPS = 10
_CHUNK = 64 * 1024
_TIMEOUT = httpx.Timeout(300.0, connect=10.0)
"""For a connection, and without a byte; how long all of it takes is the task's timeout."""
_LATER = frozenset({408, 425, 429})
"""Refusals that may pass."""
_HARMLESS = frozenset({"accept", "accept-language", "content-type", "user-agent"})
"""Headers of the task that another server may see."""
_PRIVATE = frozenset({"set-cookie", "set-cookie2"})
for _name in ("httpx", "httpcore"):     # they would log whole addresses and headers
    logging.getLogger(_name).setLevel(logging.WARNING)


class Asking:
    """Used by a thread of its own; `interrupt` by another one."""

    def __init__(self, asked: Asked, folder: Path, number: int) -> None:
        self._asked, self._folder, self._number = asked, folder, number
        self._sockets: list[socket.socket] = []
        self._is_over = False
        self._shown = asked.shown
        self.told: list[str] = []
        """What the log is to say."""

    def answered(self) -> Mapping[str, Any]:
        """The outputs; an error of ours if the answer is none that was expected."""
        with self._translated(), _client() as client:
            request = self._request(client)
            for _ in range(_HOPS + 1):
                answer = client.send(request, stream=True)
                with contextlib.closing(answer):
                    self.told.append(f"{self._shown}: {answer.status_code}")
                    if answer.next_request is None or answer.status_code in self._asked.expect:
                        return self._taken(answer)
                    request = self._next(request, answer.next_request)
            raise Invalid(f"{self._shown}: more than {_HOPS} redirects; set the address that they lead to")

    def interrupt(self, thread: int) -> bool:
        """Make whatever it waits for fail."""
        self._is_over = True
        for one in [*self._sockets]:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        return False

    def close(self) -> None:
        """Let go of its connections."""
        self._is_over = True
        for one in self._sockets:
            one.close()

    def _request(self, client: httpx.Client) -> httpx.Request:
        asked = self._asked
        url = httpx.URL(asked.url)
        return client.build_request(asked.method, url.copy_merge_params(asked.query) if asked.query else url,
                                    headers=dict(asked.headers), content=asked.body,
                                    extensions={"trace": self._traced})

    def _traced(self, event: str, facts: Mapping[str, Any]) -> None:
        """Called by the client at each of its steps; a duplicate of its connection can be shut from outside."""
        self._go_on()
        if event.endswith("connect_tcp.complete"):
            self._sockets.append(facts["return_value"].get_extra_info("socket").dup())
            self._go_on()

    def _go_on(self) -> None:
        if self._is_over:
            raise Cancelled("stopped")

    def _next(self, before: httpx.Request, request: httpx.Request) -> httpx.Request:
        if request.url.scheme not in ("http", "https"):
            raise Invalid(f"{self._shown}: redirects to {request.url.scheme}://, which is not followed")
        if _origin(before.url) != _origin(request.url):
            for name in {"authorization", "cookie", *self._asked.headers} - _HARMLESS:
                request.headers.pop(name, None)
        self._shown = f"{_shown(request)} (where {self._asked.shown} leads)"
        return request

    # The answer

    def _taken(self, answer: httpx.Response) -> Mapping[str, Any]:
        self._judge(answer)
        found = {"status": answer.status_code,
                 "headers": {name: value for name, value in answer.headers.items() if name not in _PRIVATE}}
        if self._asked.save:
            return {**found, "path": str(self._saved(answer))}
        whole = {**found, "body": self._body(answer)}
        if kept.fits(whole):
            return whole
        self.told.append(TOO_LONG)
        return {**found, "body": None}

    def _judge(self, answer: httpx.Response) -> None:
        status, expect = answer.status_code, self._asked.expect
        if status in expect or (not expect and 200 <= status < 300):
            return
        said = f"{self._shown} answered {status}"
        wait = seconds(answer.headers.get("retry-after"), time.time())
        if status in _LATER or (status >= 500 and wait is not None):
            raise Throttled(said, retry_after=wait)
        if status >= 500:
            raise Unavailable(said)
        if status in (401, 403):
            raise Denied(f"{said}: not allowed; check auth and headers")
        if status in (404, 410):
            raise NotFound(f"{said}: there is nothing at that address")
        raise Invalid(f"{said}, which is not expected; check what is asked, or name it under expect")

    def _chunks(self, answer: httpx.Response) -> Iterator[bytes]:
        for chunk in answer.iter_bytes(_CHUNK):
            self._go_on()
            yield chunk

    def _body(self, answer: httpx.Response) -> Any:
        data = b""
        for chunk in self._chunks(answer):
            data += chunk
            if len(data) > KEPT:
                self.told.append(TOO_LONG)
                return None
        try:
            text = data.decode(answer.charset_encoding or "utf-8")
        except (UnicodeDecodeError, LookupError):
            self.told.append("the answer is no text and was not kept; write save and the name of a file")
            return None
        if "json" in answer.headers.get("content-type", ""):
            with contextlib.suppress(ValueError, RecursionError):
                found = json.loads(text, parse_constant=_no_number)
                kept.written({"body": found})   # 1e999 is a number of JSON, and too large to be one of ours
                return found
        return text

    def _saved(self, answer: httpx.Response) -> Path:
        path = self._folder / self._asked.save
        draft = path.parent / f".{path.name}.{self._number}.part"
        with _on_disk(self._asked.save):
            if not path.resolve().is_relative_to(self._folder.resolve()):
                raise Invalid(f"save: {self._asked.save} is not inside TMP_DIR")
            path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with _on_disk(self._asked.save), open(draft, "wb") as file:
                for chunk in self._chunks(answer):
                    file.write(chunk)
            with _on_disk(self._asked.save):
                os.replace(draft, path)
        finally:
            draft.unlink(missing_ok=True)
        return path

    # Errors

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """The client's errors as ours; what it says may have the whole address in it, and is not repeated."""
        try:
            yield
        except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.LocalProtocolError):
            raise Invalid(f"{self._shown}: that cannot be asked; check url, headers and where redirects "
                          "lead") from None
        except httpx.DecodingError:
            raise Corrupt(f"{self._shown}: the answer is not compressed as it says") from None
        except httpx.TransportError as error:
            self._go_on()
            _refuse(self._shown, error)


def _client() -> httpx.Client:
    return httpx.Client(timeout=_TIMEOUT, headers={"user-agent": "haulier"}, verify=_trusted())


@cache
def _trusted() -> ssl.SSLContext:
    """Who signs certificates: reading them all takes longer than a request."""
    return httpx.create_ssl_context()


def _refuse(shown: str, error: httpx.TransportError) -> NoReturn:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            raise Denied(f"{shown}: its certificate is not trusted: {cause.verify_message}") from None
    if isinstance(error, httpx.ConnectTimeout):
        raise Unavailable(f"{shown}: cannot be reached within {_TIMEOUT.connect:g} seconds") from None
    if isinstance(error, httpx.TimeoutException):
        raise Unavailable(f"{shown}: nothing came for {_TIMEOUT.read:g} seconds") from None
    why = next((cause.strerror for cause in _causes(error) if isinstance(cause, OSError) and cause.strerror), "")
    what = "cannot be reached" if isinstance(error, httpx.ConnectError) else "the connection was lost"
    raise Unavailable(f"{shown}: {what}{f': {why}' if why else ''}") from None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@contextmanager
def _on_disk(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        kind: type[HaulierError] = NoSpace if error.errno in (errno.ENOSPC, errno.EDQUOT) else Invalid
        raise kind(f"save: {name} cannot be written: {error.strerror}") from error


def _shown(request: httpx.Request) -> str:
    url = request.url
    return f"{request.method} {url.scheme}://{url.netloc.decode()}{url.path}"


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)
