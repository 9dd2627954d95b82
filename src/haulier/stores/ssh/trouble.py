"""What an SSH client says when it fails, as one of our errors."""
from __future__ import annotations

import re

from ...model.errors import Denied, HaulierError, Invalid, Unavailable, Unsupported
from .login import Login


class WrongKey(Denied):
    """The server showed another host key than the pinned one; it may have that one, too."""


def unknown_key(login: Login, shown: str = "") -> Denied:
    """For a host that is not in known_hosts."""
    named = f" ({shown})" if shown else ""
    return Denied(f"{login.place}: its host key{named} is not known. Check the key and add it to "
                  "known_hosts, or pin it with host_key, or set unknown_hosts: accept-new")


def changed_key(login: Login, shown: str = "") -> Denied:
    """For a host whose key in known_hosts is another one."""
    named = f" (now {shown})" if shown else ""
    return Denied(f"{login.place}: its host key has CHANGED{named}. Somebody may be in between. If the "
                  "server was really given a new key, replace the old one in known_hosts")


def wrong_key(login: Login, shown: str) -> WrongKey:
    """For a host key that is not the pinned one."""
    return WrongKey(f"{login.place}: its host key {shown} is not the pinned {login.host_key}. "
                    "If the server was really given a new key, change host_key")


_NAMED = r"(?:Offending|fingerprint for the \S+ key sent by the remote host is\s+)(SHA256:\S+?)\.?\s"

_SAYINGS: tuple[tuple[str, type[HaulierError], str], ...] = (
    (r"[Bb]ad configuration option|^Can't open user config|^[Bb]ad owner or permissions on|"
     r"terminating, \d+ bad|Bad SSH2 ", Invalid, "ssh does not accept its configuration: {line}"),
    (r"UNPROTECTED PRIVATE KEY FILE", Denied,
     "the key file may be read by other users, so ssh ignores it: chmod 600"),
    (r"^Load key .*(?:incorrect passphrase|error in libcrypto|invalid format)", Denied,
     "the key file cannot be used (wrong passphrase, or not a private key)"),
    (r"^(?:\S+: )?Permission denied|Too many authentication failures", Denied,
     "login refused: check username, password and key ({line})"),
    (r"^subsystem request failed", Unsupported, "the server offers no SFTP: use type scp"),
    (r"^ssh: Could not resolve hostname", Unavailable, "the host name cannot be resolved"),
    (r"^ssh: connect .*refused|^channel \d+: open failed: .*refused", Unavailable, "connection refused"),
    (r"^(?:ssh: connect|Connection |channel \d+: open failed).*timed out|^Timeout, server", Unavailable,
     "no answer (timed out)"),
    (r"^Unable to negotiate", Unsupported, "client and server have no algorithm in common: {line}"),
)
"""The beginnings of lines matter: a server's greeting comes between them."""


def explain(login: Login, said: str) -> HaulierError:
    """The error that the last words of ssh stand for."""
    if "IDENTIFICATION HAS CHANGED" in said:
        shown = re.search(_NAMED, said)
        return changed_key(login, shown[1] if shown else "")
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    for pattern, kind, text in _SAYINGS:
        for line in lines:
            if re.search(pattern, line):
                return kind(f"{login.place}: " + text.format(line=line))
    if "Host key verification failed" in said:
        return unknown_key(login)
    last = lines[-1] if lines else "the far side closed it"
    return Unavailable(f"{login.place}: the connection was lost ({last})")
