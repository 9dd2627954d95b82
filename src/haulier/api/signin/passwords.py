"""Passwords as digests, and secrets that are long enough to be kept as plain ones."""
from __future__ import annotations

import hashlib
import secrets
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from ...model.errors import Invalid

SHORTEST, LONGEST = 10, 256
"""Characters of a password."""
TOKEN = "hlr_"


class Passwords:
    """Argon2id, with the library's settings: 64 MiB and some 50 ms for each look."""

    def __init__(self) -> None:
        self._argon2 = PasswordHasher()

    def digest(self, password: str) -> str:
        """What is kept of a password; Invalid if it is too short to be one."""
        if not SHORTEST <= len(password) <= LONGEST:
            raise Invalid(f"a password has {SHORTEST} to {LONGEST} characters")
        return self._argon2.hash(_bytes(password))

    def is_right(self, password: str, digest: str | None) -> bool:
        """Whether that was the password; takes as long where there is none to compare with (None)."""
        nobody = self._nobody   # made before the first look, so that the first is not the only slow one
        try:
            self._argon2.verify(digest or nobody, _bytes(password[:LONGEST + 1]))
        except (Argon2Error, InvalidHashError):
            return False
        return digest is not None and len(password) <= LONGEST

    @cached_property
    def _nobody(self) -> str:
        return self._argon2.hash(secrets.token_urlsafe())


def _bytes(password: str) -> bytes:
    return password.encode(errors="surrogatepass")


def new_session() -> str:
    """The secret of a browser that has signed in: 32 random bytes."""
    return secrets.token_urlsafe(32)


def new_token() -> str:
    """The secret of a program: 40 characters behind a prefix by which scanners know it."""
    return TOKEN + secrets.token_urlsafe(30)


def new_password() -> str:
    """One that can be copied from a terminal: 20 letters and digits, none of which looks like another."""
    letters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    return "".join(secrets.choice(letters) for _ in range(20))


def kept(secret: str) -> str:
    """What is stored of a session or a token. Nobody guesses those, so that one fast digest is enough."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()
