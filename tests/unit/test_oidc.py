"""ID tokens and what they say: which are believed, and as whom and as what somebody comes in."""
from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import ValidationError
from ruamel.yaml import YAML

from haulier.api.signin.oidc.attempts import LASTS, Attempts
from haulier.api.signin.oidc.keys import KEPT, PAUSE, Keys
from haulier.api.signin.oidc.outside import here, word
from haulier.api.signin.oidc.person import Refused, person
from haulier.api.signin.oidc.token import SKEW, Wanted, checked
from haulier.engine.clock import SystemClock
from haulier.model.account import Origin, Role
from haulier.model.errors import Denied
from haulier.settings.oidc import OidcForm
from haulier.settings.options import WorkspaceForm

HUB_PAGE = Path(__file__).parents[2] / "docs" / "hub.md"
ISSUER = "https://login.example.com/realms/company"
RSA, OTHER = (rsa.generate_private_key(65537, 2048) for _ in range(2))
EC = ec.generate_private_key(ec.SECP256R1())
FORM: dict[str, Any] = {"issuer": ISSUER, "client_id": "haulier", "roles": {
    "admin": "chiefs", "operator": ["night", "day"], "viewer": ["staff"]}}


def public(key: Any, **more: str) -> dict[str, Any]:
    """As an issuer shows it."""
    kind = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
    return {**json.loads(kind.to_jwk(key.public_key())), **more}


JWKS = {"keys": [public(RSA, kid="first", use="sig", alg="RS256"), public(EC, kid="second"), public(RSA, kid="any"),
                 public(OTHER, kid="sealing", use="enc"), {"kty": "RSA", "kid": "broken", "n": "?", "e": "AQAB"},
                 {"kty": "oct", "kid": "shared", "k": "c2VjcmV0"}, "nonsense"]}


def said(**changed: Any) -> dict[str, Any]:
    """What a good token says; None leaves a claim out."""
    now = int(time.time())
    whole = {"iss": ISSUER, "sub": "17", "aud": "haulier", "exp": now + 300, "iat": now, "nonce": "once", **changed}
    return {name: value for name, value in whole.items() if value is not None}


def signed(key: Any = RSA, algorithm: str = "RS256", kid: str | None = "first", **changed: Any) -> str:
    return jwt.encode(said(**changed), key, algorithm, {"kid": kid} if kid else {})


def looked_at(token: str) -> Mapping[str, Any]:
    return checked(token, Wanted(ISSUER, "haulier", "once", Keys(lambda: JWKS).of))


def unsigned(header: Mapping[str, Any], signature: str = "") -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, said()))
    return ".".join([*parts, signature])


def with_public_key_as_secret() -> str:
    """HS256 with what everybody may know: who checks the signature with a public key would find it right."""
    secret = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    text = unsigned({"alg": "HS256", "kid": "first", "typ": "JWT"}).rstrip(".")
    return f"{text}.{base64.urlsafe_b64encode(hmac.new(secret, text.encode(), hashlib.sha256).digest()).decode()}"


# Tokens

@pytest.mark.parametrize("token", [
    lambda: signed(), lambda: signed(kid=None), lambda: signed(EC, "ES256", "second"),
    lambda: signed(RSA, "PS256", "any"),
    lambda: signed(aud=["haulier"]), lambda: signed(aud=["other", "haulier"], azp="haulier"),
    lambda: signed(azp="haulier"), lambda: signed(exp=int(time.time()) - SKEW // 2),
    lambda: signed(iat=int(time.time()) + SKEW // 2)])
def test_good_tokens(token: Callable[[], str]) -> None:
    assert looked_at(token())["sub"] == "17"


@pytest.mark.parametrize(("token", "text"), [
    (lambda: signed(aud="other"), "Audience"),
    (lambda: signed(aud=["other", "haulier"]), "another program"),
    (lambda: signed(aud=["other", "haulier"], azp="other"), "another program"),
    (lambda: signed(azp="other"), "another program"),
    (lambda: signed(iss="https://login.example.org"), "issuer"),
    (lambda: signed(exp=int(time.time()) - SKEW - 5), "expired"),
    (lambda: signed(iat=int(time.time()) + SKEW + 60), "not yet valid"),
    (lambda: signed(nbf=int(time.time()) + SKEW + 60), "not yet valid"),
    (lambda: signed(nonce="twice"), "another sign-in"), (lambda: signed(nonce=None), "another sign-in"),
    *((lambda name=name: signed(**{name: None}), name) for name in ("iss", "sub", "aud", "exp", "iat")),
    (lambda: signed(sub=""), "who it is about"), (lambda: signed(sub="x" * 256), "who it is about"),
    (lambda: signed(exp=float("inf")), "not accepted"), (lambda: signed(exp="soon"), "integer"),
    (lambda: unsigned({"alg": "none"}), "'none'"), (lambda: unsigned({"alg": "None", "kid": "first"}), "'None'"),
    (with_public_key_as_secret, "'HS256'"), (lambda: signed("c2VjcmV0" * 8, "HS256", "shared"), "'HS256'"),
    (lambda: unsigned({"alg": ["RS256"], "kid": "first"}, "eA"), "which is not accepted"),
    (lambda: unsigned({"kid": "first"}, "eA"), "which is not accepted"),
    (lambda: signed(OTHER), "none of the issuer's keys"),
    (lambda: signed(OTHER, kid=None), "none of the issuer's keys"),
    (lambda: signed(OTHER, kid="unknown"), "none of the issuer's keys"),
    (lambda: signed(OTHER, kid="sealing"), "none of the issuer's keys"),
    (lambda: signed(RSA, "PS256"), "none of the issuer's keys"),        # this key is for RS256 alone
    (lambda: signed(EC, "ES256", "first"), "none of the issuer's keys"),
    (lambda: signed()[:-8] + "AAAAAAAA", "none of the issuer's keys"),
    (lambda: "x." + signed(), "not accepted"), (lambda: "", "not accepted"), (lambda: "a.b.c", "not accepted")])
def test_hostile_tokens(token: Callable[[], str], text: str) -> None:
    with pytest.raises(Denied, match=text):
        looked_at(token())


# Keys

def test_keys_are_fetched_when_another_is_signed_with() -> None:
    now, fetched = [1000.0], 0
    shown = {"keys": [public(RSA, kid="old")]}

    def fetch() -> Mapping[str, Any]:
        nonlocal fetched
        fetched += 1
        return shown

    keys = Keys(fetch, lambda: now[0])
    assert keys.of("old", "RS256") and keys.of("old", "RS256") and fetched == 1
    shown = {"keys": [public(OTHER, kid="new")]}
    assert not keys.of("new", "RS256") and fetched == 1    # a flood of tokens is no flood of questions
    now[0] += PAUSE + 1
    assert keys.of("new", "RS256") and not keys.of("old", "RS256") and fetched == 2
    now[0] += KEPT + 1
    assert keys.of("new", "RS256") and fetched == 3
    shown = {"keys": {"not": "a list"}}
    now[0] += KEPT + 1
    assert not keys.of("new", "RS256")


# Who it is

def came(claims: Mapping[str, Any], **changed: Any) -> tuple[str, Role]:
    name, role, origin = person({"sub": "17", **claims}, OidcForm.model_validate({**FORM, **changed}))
    assert origin == Origin(ISSUER, "17")
    return name, role


@pytest.mark.parametrize(("groups", "role"), [
    (["staff"], Role.VIEWER), (["day", "staff"], Role.OPERATOR), (["staff", "chiefs", "day"], Role.ADMIN),
    ("night", Role.OPERATOR), (["unknown", 7, None, "staff"], Role.VIEWER)])
def test_groups_are_roles(groups: object, role: Role) -> None:
    assert came({"preferred_username": "bo", "groups": groups}) == ("bo", role)


@pytest.mark.parametrize("groups", [[], ["unknown"], ["STAFF"], ["staff "], None, 7, {"staff": True}, [["staff"]],
                                    "staff day"])
def test_who_is_in_none_of_them_is_refused(groups: object) -> None:
    with pytest.raises(Refused, match="names no group of bo") as met:
        came({"preferred_username": "bo", "groups": groups})
    assert met.value.name == "bo"
    assert came({"preferred_username": "bo", "groups": groups}, others="viewer") == ("bo", Role.VIEWER)
    with pytest.raises(Refused):
        came({"preferred_username": "bo"})


@pytest.mark.parametrize(("claim", "claims"), [
    ("roles", {"roles": ["chiefs"]}), ("realm_access.roles", {"realm_access": {"roles": ["chiefs"]}}),
    ("https://example.com/groups", {"https://example.com/groups": ["chiefs"]}),
    ("resource.haulier.roles", {"resource": {"haulier": {"roles": "chiefs"}}})])
def test_groups_are_where_the_settings_say(claim: str, claims: Mapping[str, Any]) -> None:
    assert came({"email": "bo@example.com", **claims}, groups_claim=claim) == ("bo@example.com", Role.ADMIN)
    with pytest.raises(Refused):
        came({"email": "bo@example.com", "groups": ["chiefs"], "realm_access": ["chiefs"]}, groups_claim=claim)


@pytest.mark.parametrize(("claims", "changed", "name"), [
    ({"preferred_username": "bo", "email": "b@example.com"}, {}, "bo"),
    ({"email": "b@example.com", "email_verified": True}, {}, "b@example.com"),
    ({"preferred_username": "bo", "upn": "b.o@example.com"}, {"user_claim": "upn"}, "b.o@example.com")])
def test_names(claims: Mapping[str, Any], changed: Mapping[str, Any], name: str) -> None:
    assert came({**claims, "groups": "staff"}, **changed)[0] == name


@pytest.mark.parametrize(("claims", "changed", "text"), [
    ({}, {}, "tells no name"), ({"email": "b@example.com", "email_verified": False}, {}, "tells no name"),
    ({"email": "b@example.com", "email_verified": "false"}, {}, "tells no name"),
    ({"email": "b@example.com", "email_verified": False}, {"user_claim": "email"}, r"tells no name for you \(email\)"),
    ({"preferred_username": "bo"}, {"user_claim": "upn"}, r"tells no name for you \(upn\)"),
    ({"preferred_username": ["bo"]}, {}, "tells no name"), ({"preferred_username": "b o"}, {}, "no name of a user"),
    ({"preferred_username": "../x"}, {}, "no name of a user"),
    ({"preferred_username": "x" * 65}, {}, "no name of a user")])
def test_names_that_nobody_can_have(claims: Mapping[str, Any], changed: Mapping[str, Any], text: str) -> None:
    with pytest.raises(Denied, match=text):
        came({**claims, "groups": "staff"}, **changed)


# Sign-ins that have begun

class Clock(SystemClock):
    ahead = 0

    def now(self) -> int:
        return super().now() + self.ahead


def test_a_sign_in_is_ended_once_and_by_its_browser() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    secret, attempt = attempts.begin("/ui/jobs")
    assert attempts.end(secret, attempt.state) == attempt and attempt.to == "/ui/jobs"
    (first, one), (second, two) = attempts.begin("/"), attempts.begin("/")
    assert len({one.state, one.nonce, one.verifier, two.state, two.nonce, two.verifier, first, second}) == 8
    late, three = attempts.begin("/")
    for wrong in ((secret, attempt.state), (first, two.state), (first, one.state), ("", two.state),
                  (second, "\ud800\xe9")):
        with pytest.raises(Denied, match="did not begin in this browser"):
            attempts.end(*wrong)
    clock.ahead = (LASTS + 1) * 10**9
    with pytest.raises(Denied, match="longer than 10 minutes"):
        attempts.end(late, three.state)


def test_the_challenge_is_the_digest_of_the_verifier() -> None:
    attempt = Attempts(Clock()).begin("/")[1]._replace(verifier="dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    assert attempt.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"   # RFC 7636, appendix B


@pytest.mark.parametrize("to", ["/", "/ui/jobs?tag=a&x=%2F#part", "/ui/runs/17"])
def test_pages_that_one_comes_back_to(to: str) -> None:
    assert here(to) == to


@pytest.mark.parametrize("to", ["", "ui", "//example.org", "/\\example.org", "/\t/example.org", "https://example.org/",
                                "/a b", "/\nx", "/a\\b", "javascript:alert(1)", "/\xe9", "\\\\example.org",
                                " //example.org"])
def test_other_places_are_none(to: str) -> None:
    assert here(to) == "/"


@pytest.mark.parametrize(("code", "shown"), [("access_denied", "access_denied"), ("", ""), ("<b>", ""), ("a b", ""),
                                             ("x" * 50, ""), (None, ""), (["x"], "")])
def test_only_words_are_shown(code: object, shown: str) -> None:
    assert word(code) == shown


# Settings

@pytest.mark.parametrize("issuer", ["http://login.example.com", "login.example.com", "https://",
                                    "ftp://login.example.com", "https://a:b@login.example.com",
                                    "https://login.example.com?x", "https://x:99999", ""])
def test_issuers_that_are_none(issuer: str) -> None:
    with pytest.raises(ValidationError, match="not an address like"):
        OidcForm.model_validate({**FORM, "issuer": issuer})


@pytest.mark.parametrize("issuer", [ISSUER, "https://login.example.com", "http://127.0.0.1:8080/x", "http://localhost"])
def test_issuers(issuer: str) -> None:
    assert OidcForm.model_validate({**FORM, "issuer": issuer}).issuer == issuer


def test_somebody_must_be_able_to_come_in() -> None:
    with pytest.raises(ValidationError, match="nobody could come in"):
        OidcForm.model_validate({**FORM, "roles": {}})
    with pytest.raises(ValidationError, match="must be one of them"):
        OidcForm.model_validate({**FORM, "scopes": ["profile"]})
    assert OidcForm.model_validate({**FORM, "roles": {}, "others": "viewer"}).passwords


def test_the_examples_of_the_documentation_are_settings() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", HUB_PAGE.read_text("utf-8"), re.DOTALL)
    found = [WorkspaceForm.model_validate(YAML(typ="safe").load(block)).oidc for block in blocks if "oidc:" in block]
    assert [form.groups_claim for form in found if form] == ["groups", "roles"]
