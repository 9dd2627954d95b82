"""The SFTP store against OpenSSH's server: every client, and every way a server can fail."""
from __future__ import annotations

import hashlib
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr

from haulier.core.draft import put
from haulier.model.errors import Denied, HaulierError, Invalid, NoSpace, NotFound, Unavailable, Unsupported
from haulier.model.files import Cap
from haulier.ports import Store
from haulier.settings.spec import Env
from haulier.stores.sftp import SftpSpec
from haulier.testing.servers.delay import Delay
from haulier.testing.servers.sshd import PASSPHRASE, Account, Sshd
from haulier.testing.stores import MOMENT, StoreSuite, content, draft_for, drain, names, whole
from haulier.testing.tasks import waited
from integration.ssh_places import CLIENTS, looking_for, needs_root, server_or_skip, settings_for


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with server_or_skip(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture(scope="module")
def delay(sshd: Sshd) -> Iterator[Delay]:
    with Delay(sshd.port, 0.004) as delay:
        yield delay


def spec_for(server: Sshd, account: Account | None = None, **settings: Any) -> SftpSpec:
    """Settings for a new folder of this account."""
    return SftpSpec.model_validate(settings_for(server, account, **settings))


def opened(server: Sshd, account: Account | None = None, **settings: Any) -> Store:
    return spec_for(server, account, **settings).build(Env())


def local(server: Sshd, spec: SftpSpec) -> Path:
    """Where the folder of a keyed user's store is on this machine."""
    return Path(spec.path)


def seconds(start: float) -> float:
    return time.monotonic() - start


class TestKey(StoreSuite):
    @pytest.fixture
    def store(self, sshd: Sshd) -> Iterator[Store]:
        with opened(sshd) as store:
            yield store

    def test_everything_is_declared(self, store: Store) -> None:
        assert store.caps == (Cap.RESUME | Cap.RANGE | Cap.MOVE | Cap.COPY | Cap.DIGEST | Cap.MANY
                              | Cap.MTIME | Cap.MODE)


@needs_root
class TestPassword(StoreSuite):
    many = 1000

    @pytest.fixture
    def store(self, sshd: Sshd) -> Iterator[Store]:
        with opened(sshd, sshd.locked) as store:
            yield store

    def test_checksums_without_a_shell_are_read_back(self, store: Store) -> None:
        assert Cap.COPY in store.caps
        put(store, "f", [b"abc"])
        outcome, = store.digests(["f"])
        assert outcome.data == hashlib.sha256(b"abc").digest()


class TestLibrary(StoreSuite):
    many = 1000

    @pytest.fixture
    def store(self, sshd: Sshd) -> Iterator[Store]:
        pytest.importorskip("asyncssh")
        with opened(sshd, client="asyncssh") as store:
            yield store


class TestFar(StoreSuite):
    many = 500

    @pytest.fixture
    def store(self, sshd: Sshd, delay: Delay) -> Iterator[Store]:
        with opened(sshd, port=delay.port, host_key=sshd.fingerprint()) as store:
            yield store

    def test_several_lanes(self, store: Store) -> None:
        assert store.lanes == 4

    def test_big_files_go_over_several_connections(self, sshd: Sshd, delay: Delay) -> None:
        data = content(40 << 20)

        def told(what: str) -> list[str]:
            lines = sshd.sftp_log.read_text().splitlines()
            return [line for line in lines if line.startswith(what) and "/.big.h" in line]

        def body() -> Iterator[bytes]:
            for at in range(0, len(data), 100_000):
                if at == 10_000_000:
                    waited(lambda: len(told("open")) == 3)
                    time.sleep(0.5)     # for the answers
                yield data[at:at + 100_000]

        with opened(sshd, port=delay.port, host_key=sshd.fingerprint(), connections=3) as store:
            put(store, "big", body())
            assert whole(store, "big") == data
            assert b"".join(store.read("big", start=5, end=30 << 20)) == data[5:30 << 20]
        assert len(told("close")) == 3 and all(" written 0" not in line for line in told("close"))


# Logging in


@needs_root
@pytest.mark.parametrize("client", CLIENTS)
def test_wrong_password_fails_at_once(sshd: Sshd, client: str) -> None:
    assert sshd.locked
    with opened(sshd, sshd.locked, password="not this", client=client) as store:
        start = time.monotonic()
        with pytest.raises(Denied, match="login refused") as failed:
            store.stat("f")
        assert seconds(start) < 25
    assert "not this" not in str(failed.value)
    log = sshd.log.read_text()
    assert log.count(f"Failed password for {sshd.locked.name}") <= 2 * len(CLIENTS)


@pytest.mark.parametrize("client", CLIENTS)
def test_wrong_key(sshd: Sshd, tmp_path: Path, client: str) -> None:
    key = tmp_path / "other"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    with opened(sshd, key_file=key, client=client) as store, pytest.raises(Denied, match="login refused"):
        store.stat("f")


@pytest.mark.parametrize("client", CLIENTS)
def test_missing_key_file(sshd: Sshd, tmp_path: Path, client: str) -> None:
    with (opened(sshd, key_file=tmp_path / "none", client=client) as store,
          pytest.raises(Invalid, match="none")):
        store.stat("f")


@pytest.mark.parametrize("client", CLIENTS)
def test_unknown_host_is_refused(sshd: Sshd, tmp_path: Path, client: str) -> None:
    with (opened(sshd, known_hosts=tmp_path / "empty", client=client) as store,
          pytest.raises(Denied, match="is not known")):
        store.stat("f")
    assert not (tmp_path / "empty").exists()


@pytest.mark.parametrize("client", CLIENTS)
def test_unknown_host_is_remembered_on_request(sshd: Sshd, tmp_path: Path, client: str) -> None:
    file = tmp_path / "known hosts"
    for unknown in ("accept-new", "refuse"):
        with opened(sshd, known_hosts=file, client=client, unknown_hosts=unknown) as store:
            assert names(store) == set()
    assert " ssh-" in file.read_text()


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("unknown", ["refuse", "accept-new"])
def test_changed_host_key_is_refused(sshd: Sshd, tmp_path: Path, client: str, unknown: str) -> None:
    known = tmp_path / "known_hosts"
    wrong = (sshd.folder / "user.pub").read_text().split()[1]
    known.write_text(f"[{sshd.host}]:{sshd.port} ssh-ed25519 {wrong}\n")
    with (opened(sshd, known_hosts=known, client=client, unknown_hosts=unknown) as store,
          pytest.raises(Denied, match="has CHANGED")):
        store.stat("f")


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_pinned_host_key(sshd: Sshd, tmp_path: Path, client: str, kind: str) -> None:
    with opened(sshd, known_hosts=None, host_key=sshd.fingerprint(kind), client=client) as store:
        assert names(store) == set()


@pytest.mark.parametrize("client", CLIENTS)
def test_wrong_pinned_host_key(sshd: Sshd, client: str) -> None:
    with (opened(sshd, host_key="SHA256:" + "A" * 43, client=client) as store,
          pytest.raises(Denied, match="is not the pinned SHA256:AAA") as failed):
        store.stat("f")
    assert any(sshd.fingerprint(kind) in str(failed.value) for kind in ("ed25519", "rsa"))


@pytest.mark.parametrize(("client", "name"), [("ssh", "user_phrase"), ("ssh", "user_phrase_pem"),
                                              ("asyncssh", "user_phrase_pem")])
def test_passphrase(sshd: Sshd, client: str, name: str) -> None:
    key = sshd.folder / name
    with opened(sshd, key_file=key, passphrase=PASSPHRASE, client=client) as store:
        assert names(store) == set()
    for wrong in ("another", None):
        with opened(sshd, key_file=key, passphrase=wrong, client=client) as store, pytest.raises(Denied):
            store.stat("f")


@pytest.mark.parametrize("client", CLIENTS)
def test_agent(sshd: Sshd, client: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place = sshd.folder / "agent"
    with subprocess.Popen(["ssh-agent", "-D", "-a", str(place)], stdout=subprocess.DEVNULL) as agent:
        try:
            monkeypatch.setenv("SSH_AUTH_SOCK", str(place))
            for _ in range(1000):
                if place.exists():
                    break
                time.sleep(0.02)
            subprocess.run(["ssh-add", "-q", str(sshd.keyed.key_file)], check=True, stderr=subprocess.DEVNULL)
            with opened(sshd, key_file=None, client=client) as store:
                assert names(store) == set()
        finally:
            agent.terminate()


@pytest.mark.parametrize("client", CLIENTS)
def test_jump_host_from_ssh_config(sshd: Sshd, tmp_path: Path, client: str) -> None:
    config = tmp_path / "ssh config"
    config.write_text(f"""
        Host jump behind
          HostName {sshd.host}
          Port {sshd.port}
          User {sshd.keyed.name}
          IdentityFile {sshd.keyed.key_file}
          UserKnownHostsFile {sshd.known_hosts}
        Host behind
          ProxyJump jump
        """)
    config.chmod(0o600)
    before = sshd.log.read_text().count("Accepted publickey")
    with opened(sshd, host="behind", port=None, username=None, key_file=None, known_hosts=None,
                ssh_config=config, client=client) as store:
        put(store, "f", [b"x"])
        assert whole(store, "f") == b"x"
    assert sshd.log.read_text().count("Accepted publickey") >= before + 2


@needs_root
def test_a_jump_host_never_gets_the_password(sshd: Sshd, tmp_path: Path) -> None:
    assert sshd.locked
    config = tmp_path / "config"
    config.write_text(f"""
        Host jump
          HostName {sshd.host}
          Port {sshd.port}
          User {sshd.locked.name}
          UserKnownHostsFile {sshd.known_hosts}
        Host behind
          HostName {sshd.host}
          ProxyJump jump
        """)
    config.chmod(0o600)
    before = sshd.log.read_text().count("Accepted password")
    with (opened(sshd, sshd.locked, host="behind", ssh_config=config, client="ssh") as store,
          pytest.raises(HaulierError)):
        store.stat("f")
    log = sshd.log.read_text()
    assert log.count("Accepted password") == before
    assert f"Connection from {sshd.host}" in log


@pytest.mark.parametrize("client", CLIENTS)
def test_ciphers_of_ssh_config_win_over_ours(tmp_path: Path, client: str) -> None:
    config = tmp_path / "config"
    config.write_text("Ciphers aes128-gcm@openssh.com\n")
    config.chmod(0o600)
    with server_or_skip(tmp_path / "sshd", options="Ciphers aes256-ctr") as server:
        with opened(server, client=client) as store:
            assert names(store) == set()
        with opened(server, client=client, ssh_config=config) as store, pytest.raises(HaulierError) as failed:
            store.stat("f")
        assert isinstance(failed.value, Unsupported) or client == "asyncssh"


@pytest.mark.parametrize("client", CLIENTS)
def test_server_without_sftp(tmp_path: Path, client: str) -> None:
    with (server_or_skip(tmp_path, sftp=False) as server, opened(server, client=client) as store,
          pytest.raises(Unsupported, match="scp")):
        store.stat("f")


@pytest.mark.parametrize("client", CLIENTS)
def test_nobody_listens(client: str, tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        spec = SftpSpec(host="127.0.0.1", port=unused.getsockname()[1], client=client)  # type: ignore[arg-type]
        with spec.build(Env()) as store, pytest.raises(Unavailable, match="refused"):
            store.stat("f")


@pytest.mark.parametrize("client", CLIENTS)
def test_a_server_that_says_nothing(client: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        spec = SftpSpec(host="127.0.0.1", port=mute.getsockname()[1], connect_timeout=1,
                        client=client)  # type: ignore[arg-type]
        start = time.monotonic()
        with spec.build(Env()) as store, pytest.raises(Unavailable):
            store.stat("f")
        assert seconds(start) < 20


@pytest.mark.parametrize("client", CLIENTS)
def test_name_that_cannot_be_resolved(client: str) -> None:
    spec = SftpSpec(host="nowhere.invalid", client=client)  # type: ignore[arg-type]
    with spec.build(Env()) as store, pytest.raises(Unavailable, match="resolved"):
        store.stat("f")


def test_no_client_at_all(sshd: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with opened(sshd, client="ssh") as store, pytest.raises(Unsupported, match="ssh program"):
        store.stat("f")


def test_without_the_program_the_library_serves(sshd: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("asyncssh")
    monkeypatch.setenv("PATH", "/nonexistent")
    with opened(sshd) as store:
        put(store, "f", [b"x"])
        assert whole(store, "f") == b"x"


@needs_root
def test_secrets_show_nowhere(sshd: Sshd, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """While ssh logs in, no command line, environment or file holds the password."""
    assert sshd.locked
    secret = sshd.locked.password
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    spec = spec_for(sshd, sshd.locked)
    with looking_for(secret, tmp_path) as seen, spec.build(Env()) as store:
        assert names(store) == set()
        assert list(tmp_path.iterdir()) == []
    assert seen == []
    assert secret not in repr(spec) + repr(spec.login(Env())) + spec.location()


# Failing later


def slow_body(count: int = 200) -> Iterator[bytes]:
    for _ in range(count):
        time.sleep(0.02)
        yield bytes(1 << 20)


@pytest.mark.parametrize("client", CLIENTS)
def test_server_killed_in_mid_transfer(tmp_path: Path, client: str) -> None:
    with server_or_skip(tmp_path) as server, opened(server, client=client) as store:
        put(store, "there", [content(64 << 20)])
        killer = threading.Timer(0.5, server.signal, [signal.SIGKILL])
        killer.start()
        with pytest.raises(Unavailable):
            drain(store.write(draft_for("f"), slow_body()))
        killer.join()
        server.restart()
        assert names(store) == {"there"}
        reader = store.read("there")
        next(reader)
        server.signal(signal.SIGKILL)
        with pytest.raises(Unavailable):
            list(reader)


@pytest.mark.parametrize("client", CLIENTS)
def test_server_that_stops_answering(tmp_path: Path, client: str) -> None:
    with (server_or_skip(tmp_path) as server,
          opened(server, client=client, timeout=3, connect_timeout=3) as store):
        put(store, "f", [content(64 << 20)])
        reader = store.read("f")
        next(reader)
        server.signal(signal.SIGSTOP)
        try:
            for act in (lambda: list(reader), lambda: put(store, "g", [content(32 << 20)])):
                with pytest.raises(Unavailable):
                    act()
        finally:
            server.signal(signal.SIGCONT)
        assert names(store) == {"f"}


def test_a_restarted_server_is_found_again(tmp_path: Path) -> None:
    with server_or_skip(tmp_path) as server, opened(server) as store:
        put(store, "f", [b"x"])
        server.restart()
        assert whole(store, "f") == b"x"


def test_resume_in_a_new_process(tmp_path: Path) -> None:
    """What was yielded is there after the server died, and only the rest is sent again."""
    data = content(40 << 20)
    with server_or_skip(tmp_path) as server:
        spec = spec_for(server)
        draft = draft_for("f", size=len(data))

        def dies() -> Iterator[bytes]:
            for at in range(0, len(data), 1 << 20):
                if at == 30 << 20:
                    server.restart()
                yield data[at:at + (1 << 20)]

        with spec.build(Env()) as store, pytest.raises(Unavailable):
            for safe in store.write(draft, dies()):
                draft = safe
        assert 8 << 20 <= draft.offset < len(data)
        server.sftp_log.write_text("")
        with spec.build(Env()) as store:
            store.publish(drain(store.write(draft, [data[draft.offset:]])))
            assert whole(store, "f") == data
        assert server.received("f") == len(data) - draft.offset


@needs_root
def test_a_shell_that_sees_other_files_is_not_trusted(tmp_path: Path) -> None:
    """As where SFTP is locked into a folder and commands are not: digests are then read back."""
    forced = ("ForceCommand case \"$SSH_ORIGINAL_COMMAND\" in "
              "xargs*) sed -z 's,^/,/elsewhere/,' | xargs -0 sha256sum ;; "
              "*) exec sh -c \"$SSH_ORIGINAL_COMMAND\" ;; esac")
    with server_or_skip(tmp_path, options=forced) as server, opened(server) as store:
        assert Cap.DIGEST in store.caps
        put(store, "f", [b"abc"])
        found = {outcome.path: outcome for outcome in store.digests(["f", "g"])}
        assert found["f"].data == hashlib.sha256(b"abc").digest()
        assert isinstance(found["g"].error, NotFound)
        assert names(store) == {"f"}


@needs_root
def test_no_permission(sshd: Sshd) -> None:
    with opened(sshd, path="/etc") as store:
        with pytest.raises(Denied, match="hv-no"):
            put(store, "hv-no/f", [b"x"])
        with pytest.raises(Denied, match="passwd"):
            store.delete("passwd")
        with pytest.raises(Denied, match="shadow"):
            whole(store, "shadow")
        outcome, = store.write_many([(draft_for("hv-no"), b"x")])
        assert isinstance(outcome.error, Denied)


@needs_root
def test_folder_that_may_not_be_listed(sshd: Sshd) -> None:
    spec = spec_for(sshd)
    with spec.build(Env()) as store:
        put(store, "open/f", [b"x"])
        closed = local(sshd, spec) / "closed"
        closed.mkdir(mode=0o700)
        found = {entry.path: entry for entry in store.scan(deep=True)}
        assert set(found) == {"open/f", "closed"} and isinstance(found["closed"].fault, Denied)
        with pytest.raises(Denied, match="closed"):
            list(store.scan("closed"))


@needs_root
def test_disk_full(sshd: Sshd) -> None:
    spec = spec_for(sshd)
    disk = Path(spec.path)
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=777", "none", str(disk)], check=True)
    try:
        with spec.build(Env()) as store:
            put(store, "old", [b"old"])
            with pytest.raises(NoSpace, match="f"):
                put(store, "f", [content(32 << 20)])
            assert names(store) == {"old"} and whole(store, "old") == b"old"
            drafts = [(draft_for(f"n{n}"), content(200_000)) for n in range(40)]
            errors = [outcome.error for outcome in store.write_many(drafts) if outcome.error]
            assert errors and all(isinstance(error, NoSpace) for error in errors)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_long_name_gives_one_clear_error(sshd: Sshd) -> None:
    with opened(sshd) as store:
        with pytest.raises(Invalid, match="n" * 300):
            put(store, "n" * 300, [b"x"])
        put(store, "ok", [b"x"])
        assert names(store) == {"ok"}


# What is there


def test_links_and_odd_things(sshd: Sshd) -> None:
    spec = spec_for(sshd)
    with spec.build(Env()) as store:
        put(store, "folder/file", [b"abc"])
        put(store, "plain", [b"x"])
        place = local(sshd, spec)
        (place / "to file").symlink_to("folder/file")
        (place / "to folder").symlink_to("folder")
        (place / "nowhere").symlink_to("missing")
        (place / "loop").symlink_to("loop")
        os.mkfifo(place / "pipe")
        Path(os.fsdecode(os.fsencode(place) + b"/bad\xff")).write_bytes(b"x")
        found = {entry.path: entry for entry in store.scan(deep=True)}
        good = {path for path, entry in found.items() if not entry.fault}
        assert good == {"folder/file", "plain", "to file", "to folder/file"}
        assert found["to file"].size == 3 and whole(store, "to file") == b"abc"
        assert {path for path, entry in found.items() if entry.fault} == {"nowhere", "loop", "bad\\xff"}
        assert isinstance(found["nowhere"].fault, NotFound)
        assert isinstance(found["bad\\xff"].fault, Invalid)
        assert sorted(store.folders()) == ["folder", "to folder"] and list(store.folders("to folder")) == []
        assert list(store.drafts()) == []


def test_links_to_folders_are_followed_but_not_in_circles(sshd: Sshd) -> None:
    spec = spec_for(sshd)
    with spec.build(Env()) as store:
        for name in ("a/b/deep", "beside/one"):
            put(store, name, [b"x"])
        place = local(sshd, spec)
        (place / "a/b/up").symlink_to("../..")      # a folder above it
        (place / "a/b/here").symlink_to(".")        # the one it is in
        (place / "a/over").symlink_to("../beside")
        (place / "beside/back").symlink_to("../a")  # a circle, closed only by the second link
        found = {entry.path: entry.fault for entry in store.scan(deep=True)}
        assert {path for path, fault in found.items() if not fault} == {
            "a/b/deep", "beside/one", "a/over/one", "beside/back/b/deep"}
        assert {path for path, fault in found.items() if isinstance(fault, Invalid)} == {
            "a/b/up", "a/b/here", "a/over/back", "beside/back/over", "beside/back/b/up", "beside/back/b/here"}
        assert {entry.path for entry in store.scan("a/over")} == {"a/over/one"}


def test_many_folders_in_order(sshd: Sshd) -> None:
    spec = spec_for(sshd)
    place = local(sshd, spec)
    for n in range(60):
        for m in range(n):
            file = place / f"d{n % 6}" / f"e{n}" / f"{m:03}"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
    place.chmod(0o777)
    with spec.build(Env()) as store:
        paths = [entry.path for entry in store.scan(deep=True)]
        assert len(paths) == len(set(paths)) == sum(range(60))
        folders = [path.rpartition("/")[0] for path in paths]
        changes = sum(1 for a, b in pairwise(folders) if a != b)
        assert changes == len(set(folders)) - 1     # one after the other
        walk = store.scan(deep=True)
        next(walk)
        walk.close()    # type: ignore[attr-defined]
        assert store.stat("d1/e1/000").size == 0


def test_a_folder_removed_behind_our_back_is_made_again(sshd: Sshd) -> None:
    spec = spec_for(sshd)
    with spec.build(Env()) as store:
        put(store, "a/b/f", [b"x"])
        store.delete("a/b/f")
        (local(sshd, spec) / "a" / "b").rmdir()
        (local(sshd, spec) / "a").rmdir()
        put(store, "a/b/f", [b"y"])
        assert whole(store, "a/b/f") == b"y"


def test_fsync_is_asked_for(sshd: Sshd) -> None:
    with opened(sshd, fsync=True) as store:
        put(store, "f", [b"x"], modified=MOMENT)
        assert not [o.error for o in store.write_many([(draft_for("g"), b"x")]) if o.error]
        assert store.stat("f").modified == MOMENT


def test_relative_folder_hangs_from_the_login_folder(sshd: Sshd) -> None:
    name = uuid4().hex
    with opened(sshd, path=f"~/{name}") as store, opened(sshd, path=name) as same:
        put(store, "f", [b"abc"])
        assert names(same) == {"f"}
        if Cap.DIGEST in store.caps:
            outcome, = store.digests(["f"])
            assert outcome.error is None and len(outcome.data) == 32


def test_a_store_is_shared_by_threads(sshd: Sshd) -> None:
    with opened(sshd) as store:
        errors: list[Exception] = []

        def work(n: int) -> None:
            try:
                drafts = [draft_for(f"{n}/{m}") for m in range(100)]
                assert not [o.error for o in store.write_many((d, b"%d" % n) for d in drafts) if o.error]
                assert not [o.error for o in store.publish_many(drafts) if o.error]
            except Exception as error:
                errors.append(error)
        threads = [threading.Thread(target=work, args=(n,)) for n in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == [] and len(names(store)) == 500


# Settings


def test_url_round_trip() -> None:
    for url in ("sftp://me@host:2222/a%20folder/x", "sftp://host/~/below", "sftp://host/", "sftp://[::1]/x",
                "sftp://a%40b@host/x"):
        assert SftpSpec.model_validate(SftpSpec.from_url(url)).location() == url
    spec = SftpSpec.model_validate(SftpSpec.from_url("sftp://me:secret@host/x"))
    assert spec.password == SecretStr("secret") and "secret" not in spec.location()


@pytest.mark.parametrize("url", ["sftp://", "http://host/x", "sftp://host:x/", "sftp://host/x?y=1"])
def test_bad_urls(url: str) -> None:
    with pytest.raises(Invalid):
        SftpSpec.from_url(url)


@pytest.mark.parametrize("settings", [{"host": "-oProxyCommand=x"}, {"host": "a b"}, {"host_key": "abc"},
                                      {"port": 0}, {"password": "a\nb"}])
def test_bad_settings(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        SftpSpec.model_validate(settings)
