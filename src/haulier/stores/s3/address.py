"""Where a bucket answers: host, port and path, by the two addressing styles of S3."""
from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from ...model.errors import Invalid

_DNS_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_SUFFIXES = {"cn-": "amazonaws.com.cn", "us-iso-": "c2s.ic.gov", "us-isob-": "sc2s.sgov.gov"}


@dataclass(frozen=True, slots=True)
class Address:
    """The bucket's own URL in pieces; `root` is the path in front of a key, without a slash."""

    tls: bool
    host: str
    port: int
    root: str

    @property
    def authority(self) -> str:
        """The Host header: the port only where it is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.tls else 80) else f"{host}:{self.port}"

    def path(self, key: str) -> str:
        """The encoded request path of `key` ('' is the bucket itself)."""
        try:
            return f"{self.root}/{quote(key, safe='/~')}"
        except UnicodeEncodeError as error:
            raise Invalid(f"{key!r}: S3 takes names in UTF-8 only") from error


def amazon(region: str) -> str:
    """Amazon's endpoint for a region."""
    suffix = next((s for start, s in _SUFFIXES.items() if region.startswith(start)),
                  "amazonaws.com")
    return f"https://s3.{region}.{suffix}"


def address(endpoint_url: str, region: str, bucket: str, style: str = "auto") -> Address:
    """The address of `bucket`; without `endpoint_url` at Amazon's endpoint for the region.

    `auto` is the virtual style at Amazon where the name allows it, else the path style.
    """
    url = urlsplit(endpoint_url or amazon(region))
    if url.scheme not in {"http", "https"} or not url.hostname or url.query:
        raise Invalid(f"endpoint_url: {endpoint_url!r} is not like https://host or "
                      "http://host:port")
    tls = url.scheme == "https"
    host, root = url.hostname, quote(url.path.rstrip("/"), safe="/~%")
    if style == "auto":
        style = "virtual" if not endpoint_url and _DNS_NAME.fullmatch(bucket) else "path"
    if style == "virtual":
        host = f"{bucket}.{host}"
    else:
        root = f"{root}/{quote(bucket, safe='~')}"
    return Address(tls, host, url.port or (443 if tls else 80), root)
