"""S3 without a server: signatures, addresses, settings, parts, refusals."""
from __future__ import annotations

import hashlib
import pickle
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from pydantic import SecretStr, ValidationError

from haulier.model.errors import (
    AlreadyExists,
    Corrupt,
    Denied,
    HaulierError,
    Invalid,
    NoSpace,
    NotFound,
    Throttled,
    Unavailable,
)
from haulier.settings.spec import Env
from haulier.stores.s3 import S3Spec
from haulier.stores.s3.address import address
from haulier.stores.s3.answers import moment, parsed
from haulier.stores.s3.checksums import combined, digest, of_parts, verify, written
from haulier.stores.s3.credentials import Chain, Keys
from haulier.stores.s3.faults import Refusal
from haulier.stores.s3.plan import Plan, State, cut, plan
from haulier.stores.s3.presets import PRESETS
from haulier.stores.s3.sign import EMPTY, Ask, encoded, signed

KEYS = Keys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
DAY = datetime(2013, 5, 24, tzinfo=UTC)
HOST = "examplebucket.s3.amazonaws.com"
WELCOME = hashlib.sha256(b"Welcome to Amazon S3.").hexdigest()


# Signatures

@pytest.mark.parametrize(("ask", "signature"), [
    (Ask("GET", HOST, "/test.txt", headers={"range": "bytes=0-9"}),
     "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
    (Ask("PUT", HOST, "/test%24file.text", payload=WELCOME,
         headers={"date": "Fri, 24 May 2013 00:00:00 GMT",
                  "x-amz-storage-class": "REDUCED_REDUNDANCY"}),
     "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
    (Ask("GET", HOST, "/", [("lifecycle", "")]),
     "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
    (Ask("GET", HOST, "/", [("max-keys", "2"), ("prefix", "J")]),
     "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
])
def test_amazons_published_examples(ask: Ask, signature: str) -> None:
    headers = signed(ask, KEYS, "us-east-1", DAY)
    assert headers["authorization"].endswith(f"Signature={signature}")


@pytest.mark.parametrize("key", ["plain", "åäö/日本 x", "q?&=#%20+", "new\nline~", "a:b@c!$'()*,;",
                                 "tab\t\\back"])
@pytest.mark.parametrize("token", ["", "a-session-token/+="])
@pytest.mark.parametrize("query", [[], [("partNumber", "1"), ("uploadId", "2~a b/+="), ("x", "å")]])
def test_as_botocore_signs(key: str, token: str, query: list[tuple[str, str]]) -> None:
    where = address("https://s3.test:9443/base", "eu-north-1", "bkt")
    path, tail = where.path(key), f"?{encoded(query)}" if query else ""
    headers = {"x-amz-meta-mtime": "1.5", "x-amz-checksum-crc32c": "AAAAAA=="}
    request = AWSRequest("PUT", f"https://{where.authority}{path}{tail}", dict(headers))
    request.context["payload_signing_enabled"] = False
    S3SigV4Auth(Credentials(KEYS.access, KEYS.secret, token or None), "s3",
                "eu-north-1").add_auth(request)
    payload = request.headers["X-Amz-Content-SHA256"]
    moment = datetime.strptime(request.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ")
    ours = signed(Ask("PUT", where.authority, path, query, headers, payload),
                  Keys(KEYS.access, KEYS.secret, token), "eu-north-1", moment)
    assert _signature(ours["authorization"]) == _signature(request.headers["Authorization"])


def _signature(authorization: str) -> str:
    return authorization.rpartition("Signature=")[2]


def test_an_empty_body_is_signed_as_such() -> None:
    assert signed(Ask("GET", HOST, "/"), KEYS, "us-east-1", DAY)["x-amz-content-sha256"] == EMPTY


# Addresses

@pytest.mark.parametrize(("endpoint", "bucket", "style", "authority", "path"), [
    ("", "my-bucket", "auto", "my-bucket.s3.eu-north-1.amazonaws.com", "/k%20k/%C3%A5"),
    ("", "with.dot", "auto", "s3.eu-north-1.amazonaws.com", "/with.dot/k%20k/%C3%A5"),
    ("", "my-bucket", "path", "s3.eu-north-1.amazonaws.com", "/my-bucket/k%20k/%C3%A5"),
    ("http://localhost:9000", "b-b", "auto", "localhost:9000", "/b-b/k%20k/%C3%A5"),
    ("https://fra1.spaces.test", "b-b", "virtual", "b-b.fra1.spaces.test", "/k%20k/%C3%A5"),
    ("https://gate.test:443/s3/", "b-b", "path", "gate.test", "/s3/b-b/k%20k/%C3%A5"),
    ("http://[::1]:80", "b-b", "auto", "[::1]", "/b-b/k%20k/%C3%A5"),
])
def test_addressing(endpoint: str, bucket: str, style: str, authority: str, path: str) -> None:
    where = address(endpoint, "eu-north-1", bucket, style)
    assert (where.authority, where.path("k k/å")) == (authority, path)


def test_amazon_in_china() -> None:
    assert address("", "cn-north-1", "bkt").host == "bkt.s3.cn-north-1.amazonaws.com.cn"


@pytest.mark.parametrize("endpoint", ["localhost:9000", "ftp://x", "https://", "https://x/?a=b"])
def test_bad_endpoints_are_refused(endpoint: str) -> None:
    with pytest.raises(Invalid, match="endpoint_url"):
        address(endpoint, "r", "bkt")


def test_a_name_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(Invalid, match="UTF-8"):
        address("", "r", "bkt").path("\udcff")


# Settings

def spec(**settings: Any) -> S3Spec:
    return S3Spec.model_validate({"type": "s3", "bucket": "bkt", **settings})


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY", "AWS_SECRET_KEY",
                 "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE",
                 "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.mark.parametrize(("preset", "endpoint"), [
    ("aws", ""), ("custom", ""), ("minio", "http://localhost:9000"),
    ("r2", "https://acc.r2.cloudflarestorage.com"), ("b2", "https://s3.us-west-002.backblazeb2.com"),
    *[(f"spaces-{r}", f"https://{r}.digitaloceanspaces.com")
      for r in ("nyc3", "sfo3", "ams3", "fra1", "sgp1", "blr1", "syd1")],
])
def test_presets(preset: str, endpoint: str) -> None:
    one = spec(preset=preset, account_id="acc", access_key="a", secret_key="b")
    with one.build(Env()) as store:
        place = store._client.place
        assert place.endpoint_url == endpoint
        assert place.region == (PRESETS[preset].region or "us-east-1")
        assert place.address.tls is (preset != "minio")


def test_presets_are_all_tested_and_give_way_to_settings() -> None:
    assert len(PRESETS) == 12
    one = spec(preset="b2", endpoint_url="https://s3.eu.b2.test", region="eu", access_key="a",
               secret_key="b")
    with one.build(Env()) as store:
        assert store._client.place.endpoint_url == "https://s3.eu.b2.test"
        assert store._client.place.region == "eu"


@pytest.mark.parametrize(("settings", "message"), [
    ({"preset": "r2"}, "account_id"), ({"preset": "nowhere"}, "preset"), ({"bucket": ""}, "bucket"),
    ({"access_key": "a"}, "secret_key"), ({"path": "a/../b"}, "path"), ({"bukcet": "x"}, "bukcet"),
    ({"part_size": 1000}, "part_size"), ({"path": "s3://other/x"}, "other"),
    ({"storage_class": "X\r\nEvil: 1"}, "storage_class"),
])
def test_bad_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        spec(**settings)


def test_the_bucket_may_be_in_the_path() -> None:
    one = S3Spec.model_validate({"type": "s3", "path": "s3://bkt/in/here/"})
    assert (one.bucket, one.path) == ("bkt", "in/here")
    assert spec(path="s3://bkt/in").path == "in"
    assert spec(path="/in/here/").path == "in/here"


def test_a_url_and_back() -> None:
    url = "s3://bkt/a%20b/c?endpoint_url=http%3A%2F%2F127.0.0.1%3A9000&region=eu"
    one = S3Spec.model_validate(S3Spec.from_url(url))
    assert (one.bucket, one.path, one.endpoint_url, one.region) == (
        "bkt", "a b/c", "http://127.0.0.1:9000", "eu")
    assert one.location() == "s3://bkt/a%20b/c?endpoint_url=http://127.0.0.1:9000"
    assert S3Spec.from_url(one.location())["endpoint_url"] == "http://127.0.0.1:9000"
    assert spec(path="x").location() == "s3://bkt/x"


@pytest.mark.parametrize("url", ["s3://key:secret@bkt/x", "s3://bkt/x?secret_key=hush",
                                 "s3:///x", "s3://bkt/x#y"])
def test_bad_urls_are_refused_without_repeating_secrets(url: str) -> None:
    with pytest.raises(Invalid) as caught:
        S3Spec.from_url(url)
    assert "hush" not in str(caught.value) and "key:secret" not in str(caught.value)


def test_secrets_do_not_show() -> None:
    one = spec(access_key="AKIA", secret_key="hush-hush", session_token="hush-token")
    with one.build(Env(secret=SecretStr.get_secret_value)) as store:
        shown = [repr(one), str(one), one.location(), repr(store), repr(store._client.place),
                 str(store._client.place), repr(store._client.wallet()), one.model_dump_json()]
    assert not [text for text in shown if "hush" in text]


def test_certificates_that_cannot_be_read_are_named() -> None:
    with pytest.raises(Invalid, match=r"ca_bundle.*missing\.pem"):
        spec(ca_bundle="missing.pem", access_key="a", secret_key="b").build(Env())


# Credentials

def test_keys_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY", "old")
    monkeypatch.setenv("AWS_SECRET_KEY", "s1")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "not for these")
    assert Chain()() == Keys("old", "s1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "new")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s2")
    assert Chain()() == Keys("new", "s2", "not for these")


def test_keys_and_region_from_a_profile(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    (tmp_path / "credentials").write_text(
        "[ours]\naws_access_key_id = id1\naws_secret_access_key = s1\n")
    (tmp_path / "config").write_text("[profile ours]\nregion = eu-north-1\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    with spec(profile="ours").build(Env()) as store:
        assert store._client.wallet() == Keys("id1", "s1")
        assert store._client.place.region == "eu-north-1"
    with pytest.raises(Invalid, match="theirs"):
        spec(profile="theirs").build(Env())


def test_no_keys_at_all_are_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(Denied, match="access_key"):
        Chain()()


# Parts

def test_parts_of_a_known_size_reach_every_byte_with_at_most_ten_thousand() -> None:
    for size in (0, 1, 8 << 20, (8 << 20) * 10_000 + 1, 5 << 40, 48 << 40):
        rule = plan(size, 8 << 20)
        assert rule.start(10_001) >= size and not rule.grows
        assert rule.first % (1 << 20) == 0


def test_parts_of_an_unknown_size_reach_five_tebibytes() -> None:
    rule = plan(None, 8 << 20)
    assert rule.start(10_001) >= 5 << 40
    assert rule.start(1001) == 1000 * (8 << 20)


@pytest.mark.parametrize("rule", [Plan(7), Plan(3, grows=True)])
def test_offsets_and_numbers_agree(rule: Plan) -> None:
    start = 0
    for number in range(1, 10_001):
        assert rule.start(number) == start
        assert rule.number(start) == rule.number(start + rule.size(number) - 1) == number
        start += rule.size(number)


@pytest.mark.parametrize("chunk", [1, 99, 100, 101, 70_000, 500_000])
def test_cutting_loses_nothing(chunk: int) -> None:
    data = hashlib.shake_128(b"x").digest(400_123 if chunk > 1 else 5_003)
    body = [data[at:at + chunk] for at in range(0, len(data), chunk)]
    rule = Plan(100_000 if chunk > 1 else 1000)
    parts = list(cut(iter(body), rule, 3))
    assert b"".join(bytes(piece) for part in parts for piece in part.pieces) == data
    assert [part.number for part in parts] == list(range(3, 3 + len(parts)))
    assert all(part.size == rule.first for part in parts[:-1])
    assert all(part.size == sum(map(len, part.pieces)) > 0 for part in parts)


def test_too_many_parts_are_refused() -> None:
    made = cut([b"x" * 3], Plan(1), 9_999)
    assert [next(made).number, next(made).number] == [9_999, 10_000]
    with pytest.raises(Invalid, match="part_size"):
        next(made)


def test_the_state_of_a_draft_is_small_and_comes_back() -> None:
    state = State("2~upload", "mark", Plan(8 << 20, grows=True), "crc64nvme")
    assert State.load("f", state.dump()) == state and len(state.dump()) < 200
    for note in ("", "x", "{}", "[]", '{"upload":1}'):
        with pytest.raises(NotFound, match="f: "):
            State.load("f", note)


# Checksums

def test_checksums_of_the_check_string() -> None:
    assert digest("crc32c", [b"1234", b"56789"]).hex() == "e3069283"
    assert digest("crc64nvme", [b"1234", b"56789"]).hex() == "ae8b14860a799888"
    assert digest("sha256", [b"abc"]) == hashlib.sha256(b"abc").digest()


def test_the_checksum_of_a_whole_follows_from_its_parts() -> None:
    one, two = b"first part", b"and the second"
    parts = [(written("crc64nvme", [data]), len(data)) for data in (one, two)]
    assert combined(parts) == written("crc64nvme", [one + two])


def test_the_etag_of_parts() -> None:
    tags = ["bce6bf66aeb76c7040fdd5f4eccb78e6", "8165449fc15bbf43d3b674595cbcc406"]
    assert of_parts(tags) == "f77dc0eecdebcd774a2a22cb393ad2ff-2"
    assert of_parts(["opaque", tags[0]]) == ""


def test_a_body_that_is_not_what_the_server_says_is_corrupt() -> None:
    good = {"x-amz-checksum-crc32c": written("crc32c", [b"data"])}
    verify("f", good, [b"da", b"ta"])
    verify("f", {"x-amz-checksum-crc32c": "AAAAAA==-3"}, [b"of parts: not comparable"])
    with pytest.raises(Corrupt, match="f: "):
        verify("f", good, [b"dama"])


# Refusals

@pytest.mark.parametrize(("status", "code", "kind", "says"), [
    (403, "SignatureDoesNotMatch", Denied, "secret_key"), (403, "InvalidAccessKeyId", Denied, "access_key"),
    (403, "AccessDenied", Denied, "policy"), (404, "NoSuchBucket", NotFound, "bucket b at http://e"),
    (400, "AuthorizationHeaderMalformed", Invalid, "region"), (301, "PermanentRedirect", Invalid, "region"),
    (503, "SlowDown", Throttled, "fewer"), (429, "", Throttled, "fewer"), (500, "", Unavailable, "500"),
    (502, "", Unavailable, "502"), (507, "", NoSpace, "full"), (403, "QuotaExceeded", NoSpace, "quota"),
    (400, "BadDigest", Corrupt, "not what was sent"), (400, "EntityTooLarge", Invalid, "large"),
    (409, "ConditionalRequestConflict", AlreadyExists, "writing"), (418, "Odd", Invalid, "Odd"),
])
def test_refusals(status: int, code: str, kind: type[HaulierError], says: str) -> None:
    error = Refusal(status, code, wait=7.0).error("dir/f", "bucket b at http://e")
    assert type(error) is kind and says in str(error) and "dir/f" in str(error)
    if isinstance(error, Throttled):
        assert error.retry_after == 7.0


def test_a_wrong_clock_is_told_in_minutes() -> None:
    now = time.time_ns()
    for minutes, says in ((-20, "20 minutes (ahead)"), (90, "90 minutes (behind)")):
        refusal = Refusal(403, "RequestTimeTooSkewed", clock=now + minutes * 60 * 10**9)
        error = refusal.error("f", "here", now)
        assert isinstance(error, Denied) and says in str(error)


def test_times_are_read_to_the_second_from_lists_and_headers() -> None:
    whole = 1_384_522_271 * 10**9
    assert moment("2013-11-15T13:31:11.834Z") == moment("Fri, 15 Nov 2013 13:31:11 GMT") == whole
    assert moment("") is None and moment("rubbish") is None


@pytest.mark.parametrize("body", [b"", b"<html>no", b"<html/>", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'])
def test_what_is_not_s3s_xml_is_not_believed(body: bytes) -> None:
    with pytest.raises(Unavailable, match="XML"):
        parsed(body, "x")


def test_errors_survive_a_process_border() -> None:
    error = Refusal(503, "SlowDown", wait=3.0).error("f", "here")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
