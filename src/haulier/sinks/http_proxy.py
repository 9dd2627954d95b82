"""Which proxy stands between us and a server, as the environment says: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY."""
from __future__ import annotations

from base64 import b64encode
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

from ..core.loopback import is_here
from ..model.errors import Invalid


class Proxy(NamedTuple):
    """Where it listens, and how one signs in."""

    host: str
    port: int
    sign: str = ""      # the value of Proxy-Authorization

    def __repr__(self) -> str:
        return f"Proxy({self.host!r}, {self.port})"


def found(scheme: str, host: str, port: int) -> Proxy | None:
    """The one for that server; none for this machine, whatever the environment says. Invalid for one that is wrong."""
    known = getproxies_environment()
    said = known.get(scheme) or known.get("all")
    if not said or is_here(host) or proxy_bypass_environment(f"{host}:{port}", known):
        return None
    try:
        parts = urlsplit(said if "://" in said else f"http://{said}")
        is_good, at = parts.scheme == "http" and bool(parts.hostname), parts.port or 80
    except ValueError:
        is_good = False
    if not is_good:
        raise Invalid(f"proxy: what the environment says for {scheme} is no address like http://proxy.example.com:3128;"
                      " put it right, or set proxy: none")
    return Proxy(parts.hostname or "", at, _sign(parts))


def _sign(parts: SplitResult) -> str:
    if parts.username is None:
        return ""
    both = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return f"Basic {b64encode(both.encode()).decode()}"
