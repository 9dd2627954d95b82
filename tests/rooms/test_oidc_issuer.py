"""Issuers that are away, that lie, or that tell it elsewhere: over real HTTP, with tokens that are really signed.

This issuer is written here, because no real one would answer so; tests/api and tests/web have a real one.
"""
from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from haulier.api.signin.oidc import line
from haulier.api.signin.oidc.attempts import Attempt
from haulier.api.signin.oidc.issuer import PAUSE, Issuer
from haulier.model.errors import Denied, HaulierError, Invalid, Unavailable
from haulier.settings.oidc import OidcForm
from haulier.testing.servers.receiver import Receiver
from haulier.testing.servers.site import Answer, Request, Site
from haulier.testing.servers.smtp import certificate

OLD, NEW = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
ATTEMPT = Attempt("state", "once", "verifier", "/", 0)
BACK = "http://127.0.0.1:7345/back"


@dataclass
class Odd:
    """It answers as it should, but for what a test changes."""

    site: Site
    key: tuple[str, ec.EllipticCurvePrivateKey] = ("old", OLD)
    shown: tuple[str, ec.EllipticCurvePrivateKey] = ("old", OLD)
    described: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=lambda: {"preferred_username": "bo", "groups": ["staff"]})
    more: dict[str, Any] = field(default_factory=lambda: {"sub": "17"})
    posted: list[Request] = field(default_factory=list)
    now: float = 0.0

    def issuer(self, secret: str = "s3cret:&", client: str = "hau lier") -> Issuer:
        form = OidcForm.model_validate({"issuer": self.site.url, "client_id": client, "others": "viewer"})
        return Issuer(form, secret, lambda: self.now)

    def describe(self, _: Request) -> Answer:
        here = {name: f"{self.site.url}/{name}" for name in (
            "authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")}
        return told({"issuer": self.site.url, **here, **self.described})

    def keys(self, _: Request) -> Answer:
        id, key = self.shown
        return told({"keys": [{**json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key())), "kid": id}]})

    def token(self, request: Request) -> Answer:
        self.posted.append(request)
        now = int(time.time())
        claims = {"iss": self.site.url, "sub": "17", "aud": "hau lier", "exp": now + 60, "iat": now, "nonce": "once"}
        token = jwt.encode({**claims, **self.claims}, self.key[1], "ES256", {"kid": self.key[0]})
        return told({"id_token": token, "access_token": "opaque", "token_type": "Bearer"})

    def userinfo(self, request: Request) -> Answer:
        return told(self.more) if request.headers.get("authorization") == "Bearer opaque" else Answer(401)


def told(found: Any) -> Answer:
    return Answer(200, json.dumps(found).encode(), {"Content-Type": "application/json"})


@pytest.fixture
def odd() -> Iterator[Odd]:
    with Site() as site:
        made = Odd(site)
        site.pages |= {"/.well-known/openid-configuration": made.describe, "/jwks_uri": made.keys,
                       "/token_endpoint": made.token, "/userinfo_endpoint": made.userinfo}
        yield made


def claims_of(issuer: Issuer) -> Mapping[str, Any]:
    return issuer.claims("code", ATTEMPT, BACK)


def test_the_hub_signs_its_question(odd: Odd) -> None:
    assert claims_of(odd.issuer())["preferred_username"] == "bo"
    asked = odd.posted[0]
    assert parse_qs(asked.body.decode()) == {"grant_type": ["authorization_code"], "code": ["code"],
                                             "redirect_uri": [BACK], "code_verifier": ["verifier"]}
    written = base64.b64decode(asked.headers["authorization"].removeprefix("Basic "))
    assert written == b"hau%20lier:s3cret%3A%26"        # RFC 6749, 2.3.1


@pytest.mark.parametrize(("ways", "secret", "expected"), [
    (["client_secret_post"], "s3cret", {"client_id": ["hau lier"], "client_secret": ["s3cret"]}),
    (["client_secret_basic"], "", {"client_id": ["hau lier"]}), (None, "", {"client_id": ["hau lier"]})])
def test_other_ways_to_sign_it(odd: Odd, ways: object, secret: str, expected: Mapping[str, Any]) -> None:
    odd.described["token_endpoint_auth_methods_supported"] = ways
    claims_of(odd.issuer(secret))
    asked = odd.posted[0]
    assert "authorization" not in asked.headers and expected.items() <= parse_qs(asked.body.decode()).items()


def test_what_is_not_in_the_token_is_asked_for(odd: Odd) -> None:
    odd.claims = {"preferred_username": "bo"}
    odd.more = {"sub": "17", "groups": ["staff"], "preferred_username": "other", "iss": "other"}
    found = claims_of(odd.issuer())
    assert (found["groups"], found["preferred_username"], found["iss"]) == (["staff"], "bo", odd.site.url)
    odd.more = {"sub": "18", "groups": ["chiefs"]}
    with pytest.raises(Denied, match="somebody else"):
        claims_of(odd.issuer())
    odd.site.pages["/userinfo_endpoint"] = Answer(503)      # else whoever is an admin would come in as something less
    with pytest.raises(Unavailable, match="answered 503"):
        claims_of(odd.issuer())
    odd.site.pages["/userinfo_endpoint"] = Answer(403)
    assert "groups" not in claims_of(odd.issuer())
    odd.described["userinfo_endpoint"] = None
    assert "groups" not in claims_of(odd.issuer())


def test_another_key_is_fetched(odd: Odd) -> None:
    issuer = odd.issuer()
    claims_of(issuer)
    odd.key = odd.shown = ("new", NEW)
    with pytest.raises(Denied, match="none of the issuer's keys"):      # it was asked for its keys a moment ago
        claims_of(issuer)
    odd.now += 11
    claims_of(issuer)
    assert [one.path for one in odd.site.requests].count("/jwks_uri") == 2
    odd.key = ("new", OLD)
    with pytest.raises(Denied, match="none of the issuer's keys"):
        claims_of(issuer)


@pytest.mark.parametrize(("changed", "text"), [
    ({"issuer": "https://login.example.org"}, "calls itself"), ({"issuer": None}, "calls itself"),
    ({"token_endpoint": "http://login.example.org/token"}, "no token_endpoint with https"),
    ({"authorization_endpoint": "javascript:alert(1)"}, "no authorization_endpoint"),
    ({"jwks_uri": None}, "no jwks_uri"), ({"jwks_uri": ["x"]}, "no jwks_uri")])
def test_descriptions_that_are_not_believed(odd: Odd, changed: dict[str, Any], text: str) -> None:
    odd.described = changed
    with pytest.raises(Invalid, match=text):
        odd.issuer().address(ATTEMPT, BACK)


@pytest.mark.parametrize(("answer", "text"), [
    (Answer(500, b"<html>"), "answered 500"), (Answer(200, b"<html>"), "answered 200, without"),
    (Answer(200, b"[]"), "answered 200, without"), (Answer(200, b"[" * 100_000), "answered 200, without"),
    (Answer(302, headers={"Location": "/elsewhere"}), "answered 302"), (Answer(404), r"refused it \(404\)"),
    (Answer(200, b"x" * (line.MOST + 1)), "more than 1048576 bytes"), (Answer(200, b"{", cut=True), "does not answer")])
def test_answers_that_are_of_no_use(odd: Odd, answer: Answer, text: str) -> None:
    odd.site.pages["/.well-known/openid-configuration"] = answer
    with pytest.raises(HaulierError, match=text):
        odd.issuer().address(ATTEMPT, BACK)
    assert [one.path for one in odd.site.requests] == ["/.well-known/openid-configuration"]


def test_its_certificate_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = certificate(tmp_path)
    line._trusted.cache_clear()
    with Receiver(made) as receiver:
        with pytest.raises(Denied, match=r"127\.0\.0\.1: its certificate is not trusted"):
            line.ask(line.Question(receiver.url, {"secret": "x"}))
        assert receiver.posts == []
        monkeypatch.setenv("SSL_CERT_FILE", str(made[0]))       # as an administrator makes it trusted
        line._trusted.cache_clear()
        with pytest.raises(Unavailable, match="without what was asked for"):
            line.ask(line.Question(receiver.url, {"secret": "x"}))
        assert len(receiver.posts) == 1
    line._trusted.cache_clear()
    with pytest.raises(Invalid, match="without TLS"):
        line.ask(line.Question("http://login.example.com/token", {"secret": "x"}))


def test_one_that_is_slow_is_given_up(odd: Odd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "PAUSE", 0.2)
    odd.site.pages["/.well-known/openid-configuration"] = Answer(200, b"{", holds=True)
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1 does not answer: timed out"):
        odd.issuer().address(ATTEMPT, BACK)


def test_one_that_is_away_is_left_alone_for_a_moment(odd: Odd) -> None:
    issuer, page = odd.issuer(), odd.site.pages["/.well-known/openid-configuration"]
    odd.site.pages["/.well-known/openid-configuration"] = Answer(503)
    for _ in range(3):
        with pytest.raises(Unavailable, match="answered 503"):
            issuer.address(ATTEMPT, BACK)
    assert len(odd.site.requests) == 1
    odd.site.pages["/.well-known/openid-configuration"] = page
    odd.now += PAUSE
    assert issuer.address(ATTEMPT, BACK).startswith(f"{odd.site.url}/authorization_endpoint?response_type=code&")
    odd.described["authorization_endpoint"] = f"{odd.site.url}/a?tenant=1"
    assert odd.issuer().address(ATTEMPT, BACK).startswith(f"{odd.site.url}/a?tenant=1&response_type=code&")


@pytest.mark.parametrize(("answer", "text"), [
    (lambda _: told({}), "no ID token"), (lambda _: told({"id_token": ["x"]}), "no ID token"),
    (lambda _: told({"id_token": "x.y.z"}), "not accepted"),
    (lambda _: Answer(400, b'{"error": "invalid_grant", "error_description": "no"}'), r"refused it \(invalid_grant\)"),
    (lambda _: Answer(401, b'{"error": "<b>"}'), r"refused it \(401\)")])
def test_codes_that_are_not_taken(odd: Odd, answer: Callable[[Request], Answer], text: str) -> None:
    odd.site.pages["/token_endpoint"] = answer
    with pytest.raises(Denied, match=text):
        claims_of(odd.issuer())
