"""OpenPGP with the real program and a keyring made for the tests."""
from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from haulier.model.errors import Cancelled, Corrupt, Denied, HaulierError, Invalid, Unavailable, Unsupported
from haulier.model.files import Part
from haulier.ports import Step
from haulier.settings.spec import Env
from haulier.steps.gpg import GpgDecryptSpec, GpgEncryptSpec
from haulier.testing.bench import until
from haulier.testing.steps import MIB, StepSuite, Watched, close, content, cut, drain, only
from rooms.processes import children

pytestmark = pytest.mark.skipif(not shutil.which("gpg"), reason="no gpg")
ALICE, BOB = "alice@example.org", "bob@example.org"
SECRET = SecretStr("bob's \"secret\" åäö $x")


def gpg(home: Path, *argv: str, data: bytes = b"") -> bytes:
    command = ["gpg", "--homedir", str(home), "--batch", "--quiet", "--no-tty", "--yes",
               "--pinentry-mode", "loopback", "--trust-model", "always", *argv]
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A keyring with alice, whose key has no passphrase, and bob, whose key has one."""
    folder = Path(tempfile.mkdtemp(prefix="h"))  # short: sockets are made in it
    try:
        for who, secret in ((ALICE, ""), (BOB, SECRET.get_secret_value())):
            gpg(folder, "--passphrase", secret, "--quick-generate-key", who, "future-default",
                "default", "never")
        end_agent(folder)
        yield folder
    finally:
        end_agent(folder)
        shutil.rmtree(folder, ignore_errors=True)


def end_agent(home: Path) -> None:
    """It says that it will end, and ends then: until that it knows passphrases."""
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=True)
    until(lambda: not any(str(home).encode() in words for words in command_lines()), 20)


def command_lines() -> Iterator[bytes]:
    """Of all processes."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            yield path.read_bytes()


def encrypt(home: Path, data: bytes, **facts: object) -> bytes:
    spec = GpgEncryptSpec.model_validate({"homedir": home, "trust_always": True, **facts})
    return drain(only(spec.build(Env())(Part("a.txt", iter([data])))))


def decrypt(home: Path, data: bytes, chunk: int = 1 << 20, **facts: object) -> bytes:
    spec = GpgDecryptSpec.model_validate({"homedir": home, **facts})
    return drain(only(spec.build(Env())(Part("in/a.txt.gpg", cut(data, chunk)))))


class TestEncrypt(StepSuite):
    mebibytes = 32

    @pytest.fixture
    def step(self, home: Path) -> Iterator[Step]:
        self.home = home
        yield GpgEncryptSpec(recipients=(ALICE,), homedir=home, trust_always=True).build(Env())

    def plain(self, data: bytes) -> bytes:
        return gpg(self.home, "--decrypt", data=data)


class TestEncryptSymmetricArmored(StepSuite):
    mebibytes = 8

    @pytest.fixture
    def step(self, home: Path) -> Iterator[Step]:
        self.home = home
        yield GpgEncryptSpec(passphrase=SECRET, homedir=home, armor=True).build(Env())

    def plain(self, data: bytes) -> bytes:
        assert data.startswith(b"-----BEGIN PGP MESSAGE-----")
        return gpg(self.home, "--passphrase", SECRET.get_secret_value(), "--decrypt", data=data)


class TestDecrypt(StepSuite):
    mebibytes = 32
    name = "a.txt.gpg"

    @pytest.fixture
    def step(self, home: Path) -> Iterator[Step]:
        self.home = home
        yield GpgDecryptSpec(homedir=home).build(Env())

    def given(self, plain: bytes) -> bytes:
        return gpg(self.home, "--encrypt", "-r", ALICE, data=plain)

    def long(self) -> Iterator[bytes]:
        block = gpg(self.home, "--encrypt", "-r", ALICE, data=content(MIB) * self.mebibytes)
        return cut(block, MIB)


@pytest.mark.parametrize("name, suffix", [("a.txt", ".gpg"), ("in/a b", ".gpg")])
def test_names(home: Path, name: str, suffix: str) -> None:
    encrypted = GpgEncryptSpec(recipients=(ALICE,), homedir=home, trust_always=True)
    part = only(encrypted.build(Env())(Part(name, iter([b"x"]))))
    assert part.name == name + suffix
    close(part)
    step = GpgDecryptSpec(homedir=home).build(Env())
    for given, expected in ((f"{name}.gpg", name), (f"{name}.asc", name), (f"{name}.PGP", name),
                            (f"{name}.txt", f"{name}.txt"), ("in/.gpg", "in/.gpg")):
        part = only(step(Part(given, iter([]))))
        assert part.name == expected
        close(part)


def test_a_key_with_a_passphrase(home: Path) -> None:
    for armor in (False, True):
        packed = encrypt(home, b"hello", recipients=[BOB], armor=armor)
        assert b"hello" not in packed
        end_agent(home)
        with pytest.raises(Denied, match=r"in/a\.txt\.gpg.*passphrase"):
            decrypt(home, packed)
        end_agent(home)
        with pytest.raises(Denied, match="passphrase"):
            decrypt(home, packed, passphrase="wrong")
        end_agent(home)
        assert decrypt(home, packed, passphrase=SECRET) == b"hello"


def test_a_passphrase_alone(home: Path) -> None:
    packed = encrypt(home, content(100_000), passphrase=SECRET)
    assert decrypt(home, packed, passphrase=SECRET) == content(100_000)
    with pytest.raises(Denied, match="passphrase"):
        decrypt(home, packed)
    for wrong in ("wrong", "", "x" * 255):
        with pytest.raises((Denied, Corrupt)):
            decrypt(home, packed, passphrase=wrong)


def test_both_a_key_and_a_passphrase_open_it(home: Path) -> None:
    packed = encrypt(home, b"hello", recipients=[ALICE], passphrase=SECRET)
    assert decrypt(home, packed) == b"hello"


def test_no_error_tells_the_passphrase(home: Path) -> None:
    packed = encrypt(home, b"hello", passphrase="topsecret")
    with pytest.raises(HaulierError) as caught:
        decrypt(home, packed, passphrase="almostsecret")
    assert "secret" not in str(caught.value)
    spec = GpgDecryptSpec(passphrase=SecretStr("topsecret"), homedir=home)
    assert "topsecret" not in repr(spec) + str(spec.model_dump()) + spec.model_dump_json()


def test_a_reference_is_turned_into_the_secret(home: Path) -> None:
    packed = encrypt(home, b"hello", passphrase=SECRET)
    env = Env(secret=lambda ref: {"${PASS}": SECRET.get_secret_value()}[ref.get_secret_value()])
    step = GpgDecryptSpec(passphrase=SecretStr("${PASS}"), homedir=home).build(env)
    assert drain(only(step(Part("a", iter([packed]))))) == b"hello"


def test_tampered_data_never_ends_normally(home: Path) -> None:
    data = content(300_000)
    packed = encrypt(home, data, recipients=[ALICE])
    for at in (300, len(packed) // 2, len(packed) - 30, len(packed) - 1):
        damaged = packed[:at] + bytes([packed[at] ^ 1]) + packed[at + 1:]
        with pytest.raises(Corrupt, match=r"in/a\.txt\.gpg"):
            decrypt(home, damaged)


def test_cut_off_data_never_ends_normally(home: Path) -> None:
    packed = encrypt(home, b"hello " * 20, recipients=[ALICE])
    for end in [*range(0, len(packed), 9), *range(len(packed) - 25, len(packed))]:
        with pytest.raises((Corrupt, Invalid, Denied)):
            decrypt(home, packed[:end])
    assert decrypt(home, packed, 1) == b"hello " * 20


def test_what_follows_a_message_is_refused(home: Path) -> None:
    packed = encrypt(home, b"hello", recipients=[ALICE])
    for tail in (packed, b"junk", gpg(home, "--store", data=b"injected")):
        with pytest.raises(HaulierError):
            decrypt(home, packed + tail)


def test_plain_data_is_not_taken_for_decrypted(home: Path) -> None:
    with pytest.raises(Invalid, match="not encrypted"):
        decrypt(home, gpg(home, "--store", data=b"injected"))
    with pytest.raises(Invalid, match="not encrypted"):
        decrypt(home, gpg(home, "--sign", "-u", ALICE, data=b"signed only"))
    for data in (b"", b"just text", content(100_000)):
        with pytest.raises(Corrupt):
            decrypt(home, data)


def test_bombs_are_refused_before_they_go_off(home: Path) -> None:
    """OpenPGP compresses: a small message may unpack to a full disk."""
    packed = gpg(home, "--encrypt", "-r", ALICE, "--compress-algo", "bzip2", data=bytes(64 << 20))
    assert len(packed) < 2000
    for limits, words in (({}, r"a\.txt\.gpg: unpacks to more than 1000 times.*max_ratio"),
                          ({"max_ratio": None, "max_size": "20MB"}, "max_size")):
        started, out = children(), 0
        spec = GpgDecryptSpec.model_validate({"homedir": home, **limits})
        part = only(spec.build(Env())(Part("in/a.txt.gpg", iter([packed]))))
        with pytest.raises(Invalid, match=words):
            for chunk in part.body:
                out += len(chunk)
        assert out <= 20_000_000 and children() <= started
    assert len(decrypt(home, packed, max_ratio=None)) == 64 << 20


def test_a_key_that_is_not_there(home: Path) -> None:
    with pytest.raises(Invalid, match=r"a\.txt: there is no usable key.*carol"):
        encrypt(home, b"x", recipients=["carol@example.org"])
    with pytest.raises(Invalid, match="no usable key"):
        encrypt(home, b"x", recipients=[ALICE, "carol@example.org"])
    empty = Path(tempfile.mkdtemp(prefix="h"))
    try:
        with pytest.raises(Denied, match="no secret key"):
            decrypt(empty, encrypt(home, b"x", recipients=[ALICE]))
    finally:
        end_agent(empty)
        shutil.rmtree(empty)


def test_keys_of_others_need_trust_and_signatures_are_checked(home: Path) -> None:
    other = Path(tempfile.mkdtemp(prefix="h"))
    try:
        gpg(other, "--passphrase", "", "--quick-generate-key", "carol@example.org",
            "future-default", "default", "never")
        gpg(home, "--import", data=gpg(other, "--export", "carol@example.org"))
        with pytest.raises(Denied, match="not trusted"):
            encrypt(home, b"x", recipients=["carol@example.org"], trust_always=False)
        packed = encrypt(home, b"x", recipients=["carol@example.org"])
        assert decrypt(other, packed) == b"x"

        signed = gpg(home, "--sign", "-u", ALICE, "--encrypt", "-r", "carol@example.org",
                     data=b"signed")
        with pytest.raises(Denied, match="import the sender's key"):
            decrypt(other, signed)
        assert decrypt(other, signed, check_signature=False) == b"signed"
        gpg(other, "--import", data=gpg(home, "--export", ALICE))
        assert decrypt(other, signed) == b"signed"
    finally:
        gpg(home, "--delete-keys", *fingerprints(home, "carol@example.org"))
        end_agent(other)
        shutil.rmtree(other)


def fingerprints(home: Path, who: str) -> list[str]:
    lines = gpg(home, "--with-colons", "--list-keys", who).decode().splitlines()
    return [line.split(":")[9] for line in lines if line.startswith("fpr")][:1]


def test_nothing_runs_before_it_is_needed_and_nothing_stays(home: Path) -> None:
    started = children()
    decrypt(home, encrypt(home, b"x", recipients=[ALICE]))
    before = set(os.listdir("/proc/self/fd"))
    source = Watched(content(MIB) for _ in range(100))
    spec = GpgEncryptSpec(recipients=(ALICE,), homedir=home, trust_always=True)
    part = only(spec.build(Env())(source.part("a")))
    assert set(os.listdir("/proc/self/fd")) <= before
    next(part.body)
    assert set(os.listdir("/proc/self/fd")) - before
    close(part)
    assert set(os.listdir("/proc/self/fd")) <= before and source.closed == 1
    assert children() <= started


def test_an_error_of_the_input_ends_gpg(home: Path) -> None:
    started = children()
    spec = GpgEncryptSpec(recipients=(ALICE,), homedir=home, trust_always=True)
    source = Watched([content(MIB)], fails=True)
    with pytest.raises(Unavailable):
        drain(only(spec.build(Env())(source.part("a"))))
    assert children() <= started


def test_a_gpg_that_hangs_is_ended_when_the_work_is_to_end(monkeypatch: pytest.MonkeyPatch,
                                                           tmp_path: Path) -> None:
    started = children()
    (tmp_path / "gpg").write_text("#!/bin/sh\ncat\nexec sleep 1000\n")
    (tmp_path / "gpg").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    def stop() -> None:
        raise Cancelled("stopped")

    part = only(GpgDecryptSpec().build(Env())(Part("a.gpg", iter([b"x"]), stop_if_asked=stop)))
    with pytest.raises(Cancelled):
        drain(part)
    assert children() <= started


def test_without_the_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for spec in (GpgDecryptSpec(), GpgEncryptSpec(recipients=(ALICE,))):
        with pytest.raises(Unsupported, match="install gnupg"):
            spec.build(Env())


def test_settings_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    for facts in ({}, {"recipients": [""]}, {"recipients": [ALICE], "arm": True}):
        with pytest.raises(ValidationError):
            GpgEncryptSpec.model_validate(facts)
    with pytest.raises(Invalid, match="no such folder"):
        GpgDecryptSpec(homedir=Path("none")).build(Env(home=tmp_path))
    with pytest.raises(Invalid, match="one line"):
        GpgDecryptSpec(passphrase=SecretStr("a\nb")).build(Env())


def test_word() -> None:
    spec = GpgEncryptSpec.model_validate(GpgEncryptSpec.from_word(f"{ALICE}, {BOB}"))
    assert spec.recipients == (ALICE, BOB)
    with pytest.raises(Invalid):
        GpgDecryptSpec.from_word("x")
