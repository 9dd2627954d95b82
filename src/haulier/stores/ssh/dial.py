"""Choosing an SSH client, and the kind of host key to ask a server for."""
from __future__ import annotations

import shutil
from collections.abc import Callable
from importlib.util import find_spec
from typing import TypeVar

from ...model.errors import Unavailable, Unsupported
from .carrier import Carrier
from .login import Login
from .trouble import WrongKey

T = TypeVar("T")

KEY_KINDS = (
    "",     # whatever client and server like best
    "ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521",
    "rsa-sha2-512,rsa-sha2-256",
    "ssh-ed25519",
)
"""Host key algorithms to try in turn: a pinned key need not be the one a server offers first."""


def connect(login: Login, remote: str, *, subsystem: bool = False, key_kind: str = "",
            beside: Carrier | None = None) -> Carrier:
    """A channel to the command (or subsystem) `remote`, on the same connection as `beside` if that can be.

    Returns before the login is complete: its failure shows as the end of the channel, and why()
    tells the reason.
    """
    if _use_program(login):
        from .program import Program
        return Program(login, remote, subsystem=subsystem, key_kind=key_kind, beside=beside)
    from .library import Library
    return Library(login, remote, subsystem=subsystem, key_kind=key_kind)


class Dialer:
    """Opens channels to one login, as many as fit beside one another on each connection."""

    def __init__(self, login: Login) -> None:
        self.login = login
        self._latest: Carrier | None = None     # of those that made a connection

    def connect(self, remote: str, *, subsystem: bool = False, key_kind: str = "",
                alone: bool = False) -> Carrier:
        """A channel as connect() makes it; `alone`: on a connection of its own."""
        host = self._latest if self._latest and self._latest.has_room else None
        carrier = connect(self.login, remote, subsystem=subsystem, key_kind=key_kind,
                          beside=None if alone else host)
        self._latest = host or carrier
        return carrier


def _use_program(login: Login) -> bool:
    if login.client != "asyncssh" and shutil.which("ssh"):
        return True
    if login.client == "ssh" or not find_spec("asyncssh"):
        raise Unsupported(f"{login.place}: no SSH client here: install OpenSSH's ssh program "
                          "or the extra 'asyncssh'")
    return False


def with_right_key(attempt: Callable[[str], T]) -> T:
    """What `attempt` returns with the first of KEY_KINDS for which the server has the pinned key."""
    wrong: WrongKey | None = None
    for kind in KEY_KINDS:
        try:
            return attempt(kind)
        except WrongKey as error:
            wrong = wrong or error
        except (Unsupported, Unavailable):
            if not wrong:       # else it is only this kind of key that the server does not have
                raise
    assert wrong
    raise wrong
