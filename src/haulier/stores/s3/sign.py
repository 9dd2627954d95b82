"""AWS Signature Version 4 for S3 (docs.aws.amazon.com, "Authenticating Requests")."""
from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

from .credentials import Keys

UNSIGNED = "UNSIGNED-PAYLOAD"
EMPTY = hashlib.sha256(b"").hexdigest()


class Ask(NamedTuple):
    """What is asked of the server, as it goes into the signature."""

    method: str
    host: str
    path: str                                   # encoded
    query: Sequence[tuple[str, str]] = ()       # not encoded
    headers: Mapping[str, str] = {}             # lower-case names; all of them are signed
    payload: str = EMPTY                        # SHA-256 of the body in hex, or UNSIGNED


def encoded(query: Sequence[tuple[str, str]]) -> str:
    """The canonical query string, which is also the one sent."""
    if not query:
        return ""
    return "&".join(sorted(f"{quote(name, safe='~')}={quote(value, safe='~')}"
                           for name, value in query))


def signed(ask: Ask, keys: Keys, region: str, moment: datetime) -> dict[str, str]:
    """The headers to send: those of `ask`, and host, date, payload hash and authorization."""
    stamp = moment.strftime("%Y%m%dT%H%M%SZ")
    headers = {"host": ask.host, "x-amz-content-sha256": ask.payload, "x-amz-date": stamp,
               **ask.headers}
    if keys.token:
        headers["x-amz-security-token"] = keys.token
    names = sorted(headers)
    listed = ";".join(names)
    lines = "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in names)
    canonical = (f"{ask.method}\n{ask.path}\n{encoded(ask.query)}\n{lines}\n{listed}\n"
                 f"{ask.payload}")
    scope = f"{stamp[:8]}/{region}/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.digest(_key(keys, stamp[:8], region), text.encode(), "sha256").hex()
    headers["authorization"] = (f"AWS4-HMAC-SHA256 Credential={keys.access}/{scope},"
                                f"SignedHeaders={listed},Signature={signature}")
    return headers


@lru_cache(maxsize=64)
def _key(keys: Keys, day: str, region: str) -> bytes:
    key = b"AWS4" + keys.secret.encode()
    for word in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, word.encode(), "sha256")
    return key
