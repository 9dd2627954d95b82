"""The server's refusals as our errors, saying which setting to look at."""
from __future__ import annotations

import re
from typing import NamedTuple

from ...http.answer import Answer
from ...model.errors import (
    AlreadyExists,
    Busy,
    Corrupt,
    Denied,
    HaulierError,
    Invalid,
    NoSpace,
    NotFound,
    Throttled,
    Transient,
    Unavailable,
    Unsupported,
)
from .answers import moment, parsed, text


class Refusal(NamedTuple):
    """A status that is not success, with what the body says."""

    status: int
    code: str = ""
    message: str = ""
    region: str = ""        # the right one, if the server tells
    clock: int | None = None    # the server's time, nanoseconds
    wait: float | None = None   # Retry-After, seconds

    def error(self, what: str, place: str, now: int = 0) -> HaulierError:
        """The error to raise; `what` is the file or the request, `place` bucket and endpoint.

        `now` is the time that was signed, in nanoseconds.
        """
        kind, advice = _CODES.get(self.code) or _by_status(self.status)
        said = f"{self.status} {self.code}".strip()
        if self.code == "RequestTimeTooSkewed":
            advice = self._skew(now)
        message = f"{what}: {advice or self.message or 'refused'} ({said}; {place})"
        if issubclass(kind, Transient):
            return kind(message, retry_after=self.wait)
        return kind(message)

    @property
    def dislikes_checksum(self) -> bool:
        """Whether a service that knows no x-amz-checksum headers says so."""
        words = self.message.lower()
        return self.status in {400, 501} and "checksum" in words and (
            self.code in {"NotImplemented", "InvalidArgument", "InvalidRequest", ""}
            and any(word in words for word in ("unsupported", "not implemented", "not supported",
                                               "unknown")))

    def _skew(self, now: int) -> str:
        if self.clock is None:
            return "this machine's clock is wrong: set it"
        minutes = round((now - self.clock) / 60e9)
        return (f"this machine's clock is off by {abs(minutes)} minutes "
                f"({'ahead' if minutes > 0 else 'behind'}): set it")


def refusal(answer: Answer) -> Refusal:
    """Reads what the server says about its refusal, whose body has been read."""
    headers = answer.headers
    wait = headers.get("retry-after", "")
    region = headers.get("x-amz-bucket-region", "")
    clock = moment(headers.get("date", ""))
    found = Refusal(answer.status, "", "", region, clock, float(wait) if wait.isdigit() else None)
    if b"<Error" not in answer.body[:512]:
        return found
    try:
        error = parsed(answer.body, "Error")
    except Unavailable:
        return found
    message = text(error, "Message")
    return found._replace(
        code=text(error, "Code"), message=message,
        region=text(error, "Region") or region or _expected(message),
        clock=moment(text(error, "ServerTime")) or clock)


def _expected(message: str) -> str:
    """The region in `… the region 'x' is wrong; expecting 'y'`."""
    found = re.search(r"expecting '([a-z0-9-]+)'", message)
    return found[1] if found else ""


def _by_status(status: int) -> tuple[type[HaulierError], str]:
    return _STATUSES.get(status) or (
        (Unavailable, "the server has a problem") if status >= 500 else (Invalid, ""))


_KEYS = "access_key and secret_key"
_STATUSES: dict[int, tuple[type[HaulierError], str]] = {
    301: (Invalid, "the bucket is in another region: set region (and endpoint_url)"),
    307: (Unavailable, "the server sends us elsewhere for now"),
    401: (Denied, f"not allowed: look at {_KEYS}"),
    403: (Denied, f"not allowed: look at {_KEYS} and the bucket's policy"),
    404: (NotFound, "no such file"),
    408: (Unavailable, "the server did not get the request in time"),
    409: (Busy, "something else is changing it"),
    412: (Busy, "it has changed"),
    416: (Invalid, "no such range of bytes"),
    429: (Throttled, "the server asks for fewer requests"),
    501: (Unsupported, ""),
    503: (Throttled, "the server asks for fewer requests"),
    507: (NoSpace, "the store is full"),
}
_CODES: dict[str, tuple[type[HaulierError], str]] = {
    "AccessDenied": (Denied, f"not allowed: look at the bucket's policy and the rights of {_KEYS}"),
    "AccountProblem": (Denied, "there is a problem with the account"),
    "AllAccessDisabled": (Denied, "all access to the bucket is switched off"),
    "AuthorizationHeaderMalformed": (Invalid, "wrong region for this bucket: set region"),
    "BadDigest": (Corrupt, "what arrived is not what was sent"),
    "BucketAlreadyExists": (AlreadyExists, ""),
    "ConditionalRequestConflict": (AlreadyExists, "something else is writing there"),
    "EntityTooLarge": (Invalid, "too large for this service"),
    "EntityTooSmall": (Invalid, "a part is smaller than the service allows: raise part_size"),
    "ExpiredToken": (Denied, "the session token has expired: renew session_token"),
    "IllegalLocationConstraintException": (Invalid, "wrong region for this bucket: set region"),
    "InternalError": (Unavailable, "the server has a problem"),
    "InvalidAccessKeyId": (Denied, "the server does not know this access_key"),
    "InvalidDigest": (Corrupt, "the server did not accept the checksum"),
    "InvalidObjectState": (Denied, "archived (Glacier): restore it first"),
    "InvalidPart": (NotFound, "parts of the upload are gone: start it again"),
    "InvalidToken": (Denied, "the server does not accept session_token"),
    "KeyTooLongError": (Invalid, "the name is too long for S3 (1,024 bytes)"),
    "NoSuchBucket": (NotFound, "there is no such bucket: look at bucket and endpoint_url"),
    "NoSuchKey": (NotFound, "no such file"),
    "NoSuchUpload": (NotFound, "the upload is gone: start it again"),
    "NotImplemented": (Unsupported, ""),
    "OperationAborted": (Busy, "something else is changing it"),
    "PermanentRedirect": (Invalid, "the bucket is in another region: set region"),
    "PreconditionFailed": (Busy, "it has changed"),
    "QuotaExceeded": (NoSpace, "the quota is used up"),
    "RequestTimeTooSkewed": (Denied, ""),
    "RequestTimeout": (Unavailable, "the server did not get the request in time"),
    "ServiceUnavailable": (Throttled, "the server asks for fewer requests"),
    "SignatureDoesNotMatch": (Denied, "the server does not accept the signature: look at "
                                      "secret_key"),
    "SlowDown": (Throttled, "the server asks for fewer requests"),
    "StorageFull": (NoSpace, "the store is full"),
    "TooManyRequests": (Throttled, "the server asks for fewer requests"),
    "XAmzContentChecksumMismatch": (Corrupt, "what arrived is not what was sent"),
    "XAmzContentSHA256Mismatch": (Corrupt, "what arrived is not what was sent"),
    "XMinioStorageFull": (NoSpace, "the store is full"),
}
