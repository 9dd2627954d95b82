"""Alerts to programs and chats: a POST with a JSON body, signed if there is a secret."""
from __future__ import annotations

import hashlib
import hmac
import json
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from ..core.retry_after import seconds
from ..model.alert import Letter
from ..model.errors import Denied, Invalid, Throttled, Unavailable
from ..settings.alerts import AlertSpec
from ..settings.secrets import is_reference
from ..settings.signing import header, sendable
from ..settings.spec import Env
from .bound import LONGEST, at_most

TIMEOUT = 10.0
_LATER = frozenset({408, 425, 429})
"""Refusals that may pass."""


def _headers(written: Mapping[str, SecretStr]) -> Mapping[str, SecretStr]:
    for name in written:
        header(name, "content-type")
    return written


def _address(written: SecretStr) -> SecretStr:
    """What is a reference can be looked at only when it is used."""
    text = written.get_secret_value()
    if not (is_reference(text) or "${" in text or text.startswith("plain:")):
        try:
            _checked(text)
        except Invalid as error:
            raise ValueError(str(error).removeprefix("url: ")) from None
    return written


class WebhookSpec(AlertSpec):
    """Webhook

    Slack, Teams and Mattermost show the `text` of the body.
    """

    type: Literal["webhook"] = "webhook"
    url: Annotated[SecretStr, AfterValidator(_address)]
    """Where to, with https:// or http://; it is kept as a secret, as chats put theirs into it."""
    headers: Annotated[dict[str, SecretStr], AfterValidator(_headers)] = Field(default={}, repr=False)
    """More headers, as Authorization; the values are kept as secrets."""
    secret: SecretStr | None = None
    """Signs each message: HMAC-SHA256 of its time, a dot and the body, in the header X-Haulier-Signature."""

    def place(self, env: Env) -> str:
        return urlsplit(_checked(env.secret(self.url))).hostname or ""

    def build(self, env: Env) -> Webhook:
        return Webhook(_checked(env.secret(self.url)),
                       {name: sendable(name, env.secret(value)) for name, value in self.headers.items()},
                       env.secret(self.secret) if self.secret else "")


@dataclass(frozen=True, slots=True)
class Webhook:
    """Follows no redirect. `now` gives seconds since the epoch."""

    url: str
    headers: Mapping[str, str]
    secret: str = ""
    now: Callable[[], float] = time.time

    def send(self, letter: Letter, /) -> None:
        """Any answer of 200 to 299 is good; 408, 425, 429 and 500 on may pass, others will not."""
        body = json.dumps(body_of(letter), ensure_ascii=False).encode()
        with self._asked(body, letter.id) as answer:
            self._judge(answer.status, answer.headers.get("Retry-After"))

    @contextmanager
    def _asked(self, body: bytes, id: str) -> Iterator[HTTPResponse]:
        parts = urlsplit(self.url)
        made = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = made(parts.hostname or "", parts.port, timeout=TIMEOUT)
        try:
            with at_most(LONGEST, lambda: connection.sock):
                connection.request("POST", f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}", body,
                                   {**self.headers, **self._own(body, id)})
                with connection.getresponse() as answer:
                    yield answer
        except ssl.SSLCertVerificationError as error:
            raise Denied(f"{parts.hostname}: its certificate is not trusted: {error.verify_message}") from None
        except TimeoutError:
            raise Unavailable(f"{parts.hostname}: no answer within {TIMEOUT:g} seconds") from None
        except (OSError, HTTPException) as error:
            said = getattr(error, "strerror", None) or type(error).__name__
            raise Unavailable(f"{parts.hostname}: {said}") from None     # what it holds may name the whole address
        finally:
            connection.close()

    def _own(self, body: bytes, id: str) -> Mapping[str, str]:
        found = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "haulier", "X-Haulier-Id": id}
        if self.secret:
            at = str(int(self.now()))
            signature = hmac.new(self.secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
            found |= {"X-Haulier-Time": at, "X-Haulier-Signature": f"sha256={signature}"}
        return found

    def _judge(self, status: int, wait: str | None) -> None:
        said = f"{urlsplit(self.url).hostname} answered {status}"
        if 200 <= status < 300:
            return
        if status in _LATER or (status >= 500 and wait):
            raise Throttled(said, retry_after=seconds(wait, self.now()))
        if status >= 500:
            raise Unavailable(said)
        if 300 <= status < 400:
            raise Invalid(f"{said}: a redirect, which is not followed; set the address that it leads to")
        raise Denied(f"{said}: it does not take the message; check the address and the headers")


def body_of(letter: Letter) -> dict[str, Any]:
    """What is sent. Chats read `text`, in which `&`, `<` and `>` are written so that nothing in it calls anybody."""
    text = f"{letter.title}\n{letter.text}"
    for plain, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(plain, written)
    at = datetime.fromtimestamp(letter.at / 1e9, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"text": text, "id": letter.id, "kind": letter.kind, "job": letter.job, "at": at, "title": letter.title,
            "run": letter.run or None, "failed": letter.failed,
            "files": [{"path": path, "error": why} for path, why in letter.files], "link": letter.link or None}


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_good = False
    if not is_good or "@" in parts.netloc or not (url.isascii() and url.isprintable()) or " " in url:
        raise Invalid("url: not an address like https://example.com/hook, without a user in it")
    return url
