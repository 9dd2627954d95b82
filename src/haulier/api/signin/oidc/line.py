"""Questions to an issuer: over TLS, in bounded time, with bounded answers, and to nobody else."""
from __future__ import annotations

import json
import logging
import ssl
import time
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx

from ....core.loopback import is_here
from ....model.errors import Denied, Invalid, Unavailable
from ....settings.oidc import is_private
from .outside import word

PAUSE, LONGEST = 5.0, 15.0
"""Seconds that may pass without a byte, and until an answer is there."""
MOST = 1 << 20
"""Bytes of an answer."""
HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "haulier"}
log = logging.getLogger("haulier.api")
for _name in ("httpx", "httpcore"):     # they would log whole addresses
    logging.getLogger(_name).setLevel(logging.WARNING)


class Question(NamedTuple):
    """`form`: what is posted; without one it is fetched."""

    url: str
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] = {}


def ask(question: Question) -> Mapping[str, Any]:
    """The JSON object that comes back. Unavailable if none does, Denied if the issuer does not want to."""
    where = urlsplit(question.url).hostname or ""
    if not is_private(question.url):
        raise Invalid(f"{where}: an address without TLS, which is not asked for anything")
    try:
        status, body = _asked(question, where)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        if why := _untrusted(error):
            raise Denied(f"{where}: its certificate is not trusted by the machine of the hub: {why}") from None
        raise Unavailable(f"{where} does not answer: {_said(error)}") from None
    return _judged(where, status, body)


def _asked(question: Question, where: str) -> tuple[int, bytes]:
    ends, body = time.monotonic() + LONGEST, bytearray()
    directly = {f"all://{f'[{where}]' if ':' in where else where}": None} if is_here(where) else {}
    with (httpx.Client(verify=_trusted(), timeout=PAUSE, follow_redirects=False, headers=HEADERS,
                       mounts=directly) as client,
          client.stream("GET" if question.form is None else "POST", question.url, data=question.form,
                        headers=question.headers) as answer):
        for piece in answer.iter_bytes():
            body += piece
            if len(body) > MOST:
                raise Unavailable(f"{where} answers with more than {MOST} bytes")
            if time.monotonic() > ends:
                raise Unavailable(f"{where} takes longer than {LONGEST:g} seconds to answer")
        return answer.status_code, bytes(body)


@cache
def _trusted() -> ssl.SSLContext:
    """Certificates that this machine trusts; to read them all takes longer than the rest."""
    return ssl.create_default_context()


def _judged(where: str, status: int, body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if status == 200 and isinstance(found, dict):
        return found
    if status != 200:
        log.warning("sign-in: %s answered %d: %r", where, status, body[:500])
    if 400 <= status < 500:
        code = found.get("error") if isinstance(found, dict) else None
        raise Denied(f"{where} refused it ({word(code) or status}); the log of the hub has more")
    raise Unavailable(f"{where} answered {status}, without what was asked for")


def _untrusted(error: BaseException | None) -> str:
    """What is wrong with a certificate; '' if it is something else."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error.verify_message if error else ""


def _said(error: Exception) -> str:
    kind = "timed out" if isinstance(error, httpx.TimeoutException) else str(error) or type(error).__name__
    return kind.split("\n")[0][:200]
