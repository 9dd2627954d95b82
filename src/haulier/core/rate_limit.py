"""What a web server says of how much more it may be asked, with each answer."""
from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from .retry_after import seconds

_DAY = 86400.0
_OLD = ("ratelimit-", "x-ratelimit-", "x-rate-limit-")
_QUOTA = re.compile(r"\br(?:emaining)?=0\s*(?:[;,]|$)")
_TIME = re.compile(r"\b(?:t|reset)=(\d+)\s*(?:[;,]|$)")
_WHOLE = re.compile(r"\d{1,15}(?:\.\d+)?")


def pause(headers: Mapping[str, str], now: float) -> float:
    """Seconds until it may be asked again; 0 if it may be now, or does not say it so that it can be understood.

    `headers`: names in small letters; `now`: since the epoch.
    """
    if not any(name.startswith(("ratelimit", "x-rate")) for name in headers):
        return 0.0
    return max((0.0, *_one_header(headers.get("ratelimit", "")), *_three_headers(headers, now)))


def _one_header(said: str) -> Iterator[float]:
    """`"minute";r=0;t=30, "day";r=900;t=4000`, or as an older draft has it `limit=10, remaining=0, reset=30`."""
    for policy in [said] if "remaining=" in said else said.split(","):
        found = _TIME.search(policy)
        if found and _QUOTA.search(policy):
            yield float(found[1])


def _three_headers(headers: Mapping[str, str], now: float) -> Iterator[float]:
    for start in _OLD:
        if headers.get(f"{start}remaining", "").strip() in ("0", "0.0"):
            yield _until(headers.get(f"{start}reset", "").strip(), now)


def _until(said: str, now: float) -> float:
    """Seconds, or a point in time as seconds or milliseconds since the epoch, or as a date: what lies within a day."""
    if not _WHOLE.fullmatch(said):
        wait = seconds(said, now) or 0.0
        return wait if wait <= _DAY else 0.0
    number = float(said)
    return next((wait for wait in (number, number - now, number / 1000 - now) if 0 <= wait <= _DAY), 0.0)
