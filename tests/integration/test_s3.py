"""The S3 store against Ceph's gateway (a real store) and LocalStack (checksums, conditions)."""
from __future__ import annotations

import json
import secrets
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from haulier.core.draft import put
from haulier.model.errors import Corrupt, Denied, NotFound, Unavailable
from haulier.ports import Store
from haulier.stores.s3.checksums import written
from haulier.stores.s3.client import Call
from haulier.stores.s3.store import S3, Options
from haulier.testing.servers import localstack, rgw
from haulier.testing.servers.starting import free_port
from haulier.testing.stores import StoreSuite, content, draft_for, names, whole
from integration import s3_places
from integration.s3_places import MIB, Between, Make, Server, plain, via

# Fixtures
ceph = s3_places.ceph
emulator = s3_places.emulator
server = s3_places.server
make = s3_places.make
between = s3_places.between
ceph_store = s3_places.ceph_store
emulated = s3_places.emulated


class TestOnCeph(StoreSuite):
    has_folders, many = False, 3000

    @pytest.fixture
    def store(self, ceph_store: S3) -> Iterator[Store]:
        yield ceph_store


@pytest.mark.timeout(300)       # the first one installs the server
class TestOnLocalStack(StoreSuite):
    has_folders, many = False, 2500

    @pytest.fixture
    def store(self, emulated: S3) -> Iterator[Store]:
        yield emulated


# Who may, and where

def test_a_wrong_secret_is_told_from_a_wrong_key(ceph: rgw.Rgw, make: Make) -> None:
    for settings, says in (({"secret_key": "hush-hush"}, "secret_key"),
                           ({"access_key": "nobody"}, "access_key")):
        store = make(ceph, **settings)
        for act in (lambda s: s.connect(), lambda s: list(s.scan()), lambda s: s.stat("f"),
                    lambda s: put(s, "f", [b"x"])):
            with pytest.raises(Denied, match=says) as caught:
                act(store)
            assert "hush" not in str(caught.value) and ceph.endpoint in str(caught.value)


def test_a_missing_bucket_is_named(server: Server, make: Make) -> None:
    store = make(server, bucket="nobodys-bucket")
    for act in (store.connect, lambda: next(store.folders(), None), lambda: next(store.drafts(), None),
                lambda: list(store.scan()), lambda: put(store, "f", [b"x"])):
        with pytest.raises(NotFound, match=r"nobodys-bucket at http://127\.0\.0\.1"):
            act()


def test_who_may_not_list_may_still_write(ceph: rgw.Rgw, make: Make) -> None:
    name = ceph.bucket(f"drop-{secrets.token_hex(4)}")
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:ListBucket",
                                                      "Resource": [f"arn:aws:s3:::{name}"]}]}
    store = make(ceph, bucket=name)
    make(ceph, bucket=name)._client.do(Call("PUT", query=[("policy", "")], pieces=[json.dumps(policy).encode()]))
    with pytest.raises(Denied):
        list(store.scan())
    store.connect()
    assert put(store, "f", [b"x"]).size == 1


def test_connect_asks_only_what_is_not_known(ceph: rgw.Rgw, make: Make, between: Callable[..., Between]) -> None:
    requests: list[bytes] = []

    def up(data: bytes) -> bytes:
        requests.append(data[:4])
        return data

    store = make(ceph, **via(between(ceph, up=up)))
    store.connect()
    assert requests == [b"GET "]
    store.connect()
    put(store, "f", [b"x"])
    other = make(ceph, **via(between(ceph, up=up)))
    assert other.stat("f").size == 1
    requests.clear()
    store.connect()
    other.connect()
    assert requests == []


def test_a_wrong_clock_is_told(ceph: rgw.Rgw) -> None:
    ahead = plain(ceph, Options(), now=lambda: datetime.now(UTC) + timedelta(minutes=42))
    with ahead as store, pytest.raises(Denied, match=r"clock is off by 4[12] minutes"):
        store.stat("f")


def test_keys_from_the_environment(ceph: rgw.Rgw, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ceph.key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", ceph.secret)
    store = make(ceph, access_key=None, secret_key=None)
    assert put(store, "f", [b"x"]).size == 1


def test_the_right_region_is_taken_from_the_answer(ceph: rgw.Rgw, make: Make,
                                                   between: Callable[..., Between]) -> None:
    """Amazon's documented answer to a signature for the wrong region, then the real server."""
    refused = threading.Event()
    body = (b"<Error><Code>AuthorizationHeaderMalformed</Code><Message>The authorization header is "
            b"malformed; the region 'us-east-1' is wrong; expecting 'eu-north-1'</Message>"
            b"<Region>eu-north-1</Region></Error>")
    answer = b"HTTP/1.1 400 Bad Request\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)

    def down(data: bytes) -> bytes:
        if refused.is_set():
            return data
        refused.set()
        return answer

    store = make(ceph, **via(between(ceph, down=down)))
    assert list(store.scan()) == []
    assert store._client.place.region == "eu-north-1"


def test_nobody_there_is_unavailable_at_once(ceph: rgw.Rgw, make: Make) -> None:
    store = make(ceph, endpoint_url=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(Unavailable, match="refused"):
        store.stat("f")


def test_a_silent_server_is_unavailable_in_time(ceph: rgw.Rgw, make: Make,
                                                between: Callable[..., Between]) -> None:
    store = make(ceph, read_timeout=0.3, **via(between(ceph, up=lambda _: b"")))
    begin = time.monotonic()
    with pytest.raises(Unavailable, match="in time"):
        store.stat("f")
    assert time.monotonic() - begin < 30     # by itself it would be a minute


# TLS

@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-keyout", "key.pem", "-out", "cert.pem", "-days", "2", "-subj", "/CN=test",
         "-addext", "subjectAltName=IP:127.0.0.1"], cwd=folder, check=True, capture_output=True)
    return folder


def test_certificates_are_checked(ceph: rgw.Rgw, make: Make, between: Callable[..., Between],
                                  authority: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority / "cert.pem", authority / "key.pem")
    where = via(between(ceph, tls=context), "https")
    with pytest.raises(Denied, match="ca_bundle"):
        make(ceph, **where).stat("f")
    for settings in ({"ca_bundle": str(authority / "cert.pem")}, {"verify_ssl": False}):
        store = make(ceph, **where, **settings)
        data = content(20 * MIB)
        assert put(store, "f", [data], modified=5).size == len(data)
        assert whole(store, "f") == data


# Checksums

def flip(data: bytes) -> bytes:
    return data.replace(b"the body as it was sent", b"the body as it wasn't t")


@pytest.mark.parametrize("checksum", ["crc64nvme", "crc32c", "sha256", "auto"])
def test_a_body_changed_on_its_way_is_refused(server: Server, make: Make, checksum: str,
                                              between: Callable[..., Between]) -> None:
    store = make(server, checksum=checksum, **via(between(server, up=flip)))
    body = b"the body as it was sent"
    with pytest.raises(Corrupt):
        put(store, "long", [body])
    outcome, = store.write_many([(draft_for("small"), body)])
    assert isinstance(outcome.error, Corrupt)
    assert "long" not in names(store)


@pytest.mark.parametrize("checksum", ["crc64nvme", "crc32c", "sha256", "none"])
def test_every_checksum_goes_through(server: Server, make: Make, checksum: str) -> None:
    store, data = make(server, checksum=checksum), content(18 * MIB)
    assert put(store, "f", [data]).size == len(data)
    assert not [o.error for o in store.write_many([(draft_for("g"), b"small")]) if o.error]
    assert whole(store, "f") == data and whole(store, "g") == b"small"


def test_a_file_of_parts_has_a_checksum_of_the_whole(emulated: S3) -> None:
    data = content(20 * MIB)
    put(emulated, "f", [data])
    asked = Call("HEAD", emulated._key("f"), headers={"x-amz-checksum-mode": "ENABLED"})
    found = emulated._client.do(asked).headers
    assert found["x-amz-checksum-type"] == "FULL_OBJECT"
    assert found["x-amz-checksum-crc64nvme"] == written("crc64nvme", [data])


def test_a_signed_body_goes_through(server: Server, make: Make) -> None:
    store = make(server, sign_payload=True)
    put(store, "f", [content(9 * MIB)])
    assert whole(store, "f") == content(9 * MIB)


def test_what_the_service_knows_is_learnt(ceph_store: S3, emulated: S3) -> None:
    for store, expected in ((ceph_store, "md5"), (emulated, "crc64nvme")):
        put(store, "f", [b"x"])
        assert store._proof.algorithm == expected


def test_a_changed_answer_is_noticed(emulator: localstack.LocalStack, make: Make,
                                     between: Callable[..., Between]) -> None:
    put(make(emulator), "f", [b"the body as it was sent"])
    store = make(emulator, **via(between(emulator, down=flip)))
    with pytest.raises(Corrupt, match="f: "):
        whole(store, "f")
    outcome, = store.read_many(list(store.scan()))
    assert isinstance(outcome.error, Corrupt)
