"""Which servers are this machine itself: they are asked directly, whatever proxy the environment names."""
from __future__ import annotations

from ipaddress import ip_address


def is_here(host: str) -> bool:
    """Whether it is this machine by its name."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
