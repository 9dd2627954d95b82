"""The keys that an issuer signs with: fetched when one is needed, and anew when it signs with another."""
from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jwt

KEPT = 3600.0
"""Seconds until they are fetched anew in any case, so that one that was withdrawn is not used for ever."""
PAUSE = 10.0
"""Seconds between two fetches, whatever keys are asked for."""
KINDS = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
"""Kinds of keys, by how the names of their algorithms begin."""


class Key(NamedTuple):
    """A key that signatures are checked with; `algorithm` is '' if it may be any of its kind."""

    id: str
    kind: str
    algorithm: str
    key: Any


class Keys:
    """Threads may ask at once; `fetch` gives the issuer's set of keys (JWKS)."""

    def __init__(self, fetch: Callable[[], Mapping[str, Any]], now: Callable[[], float] = time.monotonic) -> None:
        self._fetch, self._now = fetch, now
        self._keys: Sequence[Key] = ()
        self._fetched = float("-inf")
        self._lock = threading.Lock()

    def of(self, id: str, algorithm: str) -> Sequence[Key]:
        """Those that may have signed with this algorithm, under that id; '' if none was given."""
        with self._lock:
            age = self._now() - self._fetched
            found = self._fitting(id, algorithm)
            if age > KEPT or (not found and age > PAUSE):
                self._keys = _read(self._fetch())
                self._fetched = self._now()
                found = self._fitting(id, algorithm)
            return found

    def _fitting(self, id: str, algorithm: str) -> Sequence[Key]:
        return [key for key in self._keys if key.kind == KINDS.get(algorithm[:2])
                and key.algorithm in ("", algorithm) and (not id or key.id == id)]


def _read(written: Mapping[str, Any]) -> Sequence[Key]:
    """Keys that are not for signatures, or of a kind that nobody here knows, are left out."""
    listed = written.get("keys")
    found = []
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict) and one.get("use", "sig") == "sig" and one.get("kty") in KINDS.values():
            try:
                key = jwt.PyJWK.from_dict(one).key
            except (jwt.PyJWTError, ValueError, TypeError):
                continue
            found.append(Key(str(one.get("kid", "")), one["kty"], str(one.get("alg", "")), key))
    return found
