"""Sign-ins that have begun: each is of one browser, and can be ended once."""
from __future__ import annotations

import base64
import hashlib
import secrets
import threading
from collections import OrderedDict
from typing import NamedTuple

from ....model.errors import Denied
from ....ports import Clock
from ..passwords import kept
from .outside import here

LASTS = 600
"""Seconds from the first page to the last."""
REMEMBERED = 10_000
"""Sign-ins at once; beyond, the oldest are forgotten."""


class Attempt(NamedTuple):
    """What only the hub knows of a sign-in until it ends; `to` is the page that the reader wanted."""

    state: str
    nonce: str
    verifier: str
    to: str
    until: int

    @property
    def challenge(self) -> str:
        """What the issuer is told of the verifier at first (PKCE, S256)."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()


class Attempts:
    """In memory: whoever signs in while the hub is started again begins anew."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begun: OrderedDict[str, Attempt] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, to: str) -> tuple[str, Attempt]:
        """A new one, and the secret that its browser keeps."""
        secret, state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(4))
        attempt = Attempt(state, nonce, verifier, here(to), self._clock.now() + LASTS * 10**9)
        with self._lock:
            self._begun[kept(secret)] = attempt
            while len(self._begun) > REMEMBERED:
                self._begun.popitem(last=False)
        return secret, attempt

    def end(self, secret: str, state: str) -> Attempt:
        """The one of that browser, whatever comes of it; Denied if there is none, or it began with another state."""
        with self._lock:
            found = self._begun.pop(kept(secret), None)
        if found is None or not secrets.compare_digest(found.state.encode(), state.encode(errors="replace")):
            raise Denied("this sign-in did not begin in this browser, or was over already; begin again")
        if self._clock.now() > found.until:
            raise Denied(f"this sign-in took longer than {LASTS // 60} minutes; begin again")
        return found
