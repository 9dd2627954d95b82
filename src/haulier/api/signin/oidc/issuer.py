"""One issuer: where it says that people sign in, and what it then says of them."""
from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from ....model.errors import Denied, HaulierError, Invalid
from ....settings.oidc import OidcForm, is_private
from .attempts import Attempt
from .keys import Keys
from .line import Question, ask
from .person import is_told
from .token import Wanted, checked

KEPT, PAUSE = 3600.0, 5.0
"""Seconds that its description is kept, and that it is left alone after it could not be had."""
NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class Issuer:
    """Threads may ask at once. `secret`: the hub's own there; '' if it has none."""

    def __init__(self, form: OidcForm, secret: str, now: Callable[[], float] = time.monotonic) -> None:
        self._form, self._secret, self._now = form, secret, now
        self._keys = Keys(lambda: ask(Question(self._described()["jwks_uri"])), now)
        self._description: Mapping[str, Any] = {}
        self._error: HaulierError | None = None
        self._until = float("-inf")
        self._lock = threading.Lock()

    def address(self, attempt: Attempt, back: str) -> str:
        """Where a browser is sent to sign in; from there it comes `back`."""
        endpoint = self._described()["authorization_endpoint"]
        asked = {"response_type": "code", "client_id": self._form.client_id, "redirect_uri": back,
                 "scope": " ".join(self._form.scopes), "state": attempt.state, "nonce": attempt.nonce,
                 "code_challenge": attempt.challenge, "code_challenge_method": "S256"}
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(asked)}"

    def claims(self, code: str, attempt: Attempt, back: str) -> Mapping[str, Any]:
        """What the issuer says of whoever brought that code; Denied, or Unavailable."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back,
                "code_verifier": attempt.verifier}
        answer = ask(self._signed(form))
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise Denied(f"{self._form.name} gave no ID token; does it speak OpenID Connect?")
        claims = checked(token, Wanted(self._form.issuer, self._form.client_id, attempt.nonce, self._keys.of))
        return claims if is_told(claims, self._form) else {**self._userinfo(answer, claims["sub"]), **claims}

    def _signed(self, form: Mapping[str, str]) -> Question:
        """A question that only this hub can ask."""
        endpoint, client = self._described()["token_endpoint"], self._form.client_id
        ways = self._described().get("token_endpoint_auth_methods_supported")
        if not self._secret:
            return Question(endpoint, {**form, "client_id": client})
        if isinstance(ways, list) and "client_secret_post" in ways and "client_secret_basic" not in ways:
            return Question(endpoint, {**form, "client_id": client, "client_secret": self._secret})
        both = base64.b64encode(f"{quote(client, safe='')}:{quote(self._secret, safe='')}".encode()).decode()
        return Question(endpoint, form, {"Authorization": f"Basic {both}"})

    def _userinfo(self, answer: Mapping[str, Any], subject: str) -> Mapping[str, Any]:
        """What is not in the ID token may be told at another address."""
        endpoint, access = self._described().get("userinfo_endpoint"), answer.get("access_token")
        if not isinstance(endpoint, str) or not isinstance(access, str) or not (access.isascii()
                                                                                and access.isprintable()):
            return {}
        try:
            found = ask(Question(endpoint, headers={"Authorization": f"Bearer {access}"}))
        except Denied:      # it has no more to tell; what the token says must do
            return {}
        if found.get("sub") != subject:
            raise Denied(f"{self._form.name} tells of somebody else than who signed in")
        return found

    def _described(self) -> Mapping[str, Any]:
        with self._lock:
            if self._now() >= self._until:
                self._describe()
            if self._error is not None:
                raise self._error
            return self._description

    def _describe(self) -> None:
        try:
            found = ask(Question(f"{self._form.issuer.rstrip('/')}/.well-known/openid-configuration"))
            self._description, self._error = _whole(found, self._form.issuer), None
        except HaulierError as error:
            self._error = error
        self._until = self._now() + (PAUSE if self._error else KEPT)


def _whole(found: Mapping[str, Any], issuer: str) -> Mapping[str, Any]:
    if found.get("issuer") != issuer:
        raise Invalid(f"oidc: issuer: {issuer} calls itself {str(found.get('issuer'))[:200]!r}: write it so")
    for name in NEEDED:
        if not isinstance(found.get(name), str) or not is_private(found[name]):
            raise Invalid(f"oidc: issuer: {issuer} has no {name} with https://")
    return found
