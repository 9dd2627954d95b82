"""The scp store against servers without SFTP: OpenSSH's scp, plain shells and busybox."""
from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from haulier.core.draft import put
from haulier.model.errors import (
    AlreadyExists,
    Busy,
    Denied,
    Invalid,
    IsFolder,
    NoSpace,
    NotFound,
    Unavailable,
    Unsupported,
)
from haulier.model.files import Cap, Draft, Entry
from haulier.ports import Store
from haulier.settings.spec import Env
from haulier.stores.scp import ScpSpec
from haulier.testing.servers.delay import Delay
from haulier.testing.servers.sshd import Account, Sshd
from haulier.testing.stores import MOMENT, StoreSuite, content, draft_for, drain, names, whole
from integration import ssh_places
from integration.ssh_places import CLIENTS, looking_for, needs_root


@contextmanager
def limited(shell: str, programs: Mapping[str, str], **settings: Any) -> Iterator[Sshd]:
    """A server whose shell finds nothing but these programs: names, and what is behind them."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        (place / "bin").mkdir()
        for program, behind in programs.items():
            file = place / "bin" / program
            if behind.startswith("#!"):
                file.write_text(behind)
                file.chmod(0o755)
            else:
                file.symlink_to(behind)
        (place / "run").write_text(f'PATH={place}/bin\nexec {shell} -c "$SSH_ORIGINAL_COMMAND"\n')
        with server_or_skip(place / "sshd", options=f"ForceCommand exec /bin/sh {place}/run") as server:
            yield server


@contextmanager
def server_or_skip(folder: Path, options: str = "") -> Iterator[Sshd]:
    """A server that has no SFTP."""
    with ssh_places.server_or_skip(folder, sftp=False, options=options) as server:
        yield server


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with server_or_skip(tmp_path_factory.mktemp("sshd")) as server:
        yield server


def spec_for(server: Sshd, account: Account | None = None, **settings: Any) -> ScpSpec:
    """Settings for a new folder of this account."""
    return ScpSpec.model_validate(ssh_places.settings_for(server, account, **settings))


def opened(server: Sshd, account: Account | None = None, **settings: Any) -> Store:
    return spec_for(server, account, **settings).build(Env())


class TestOpenSsh(StoreSuite):
    many = 1000

    @pytest.fixture
    def store(self, sshd: Sshd) -> Iterator[Store]:
        with opened(sshd) as store:
            yield store

    def test_everything_is_declared(self, store: Store) -> None:
        assert store.caps == (Cap.RESUME | Cap.RANGE | Cap.MOVE | Cap.COPY | Cap.DIGEST | Cap.MANY
                              | Cap.MTIME | Cap.MODE)


@pytest.fixture(scope="module")
def busybox() -> Iterator[Sshd]:
    program = shutil.which("busybox")
    if not program:
        pytest.skip("busybox is not installed")
    applets = subprocess.run([program, "--list"], capture_output=True, text=True, check=True).stdout.split()
    with limited(f"{program} sh", dict.fromkeys(applets, program)) as server:
        yield server


class TestBusybox(StoreSuite):
    """Every program is busybox's, and there is no scp."""

    many = 1000

    @pytest.fixture
    def store(self, busybox: Sshd) -> Iterator[Store]:
        with opened(busybox) as store:
            yield store

    def test_checksums_are_declared(self, store: Store) -> None:
        assert Cap.DIGEST in store.caps


NARROW = ("[", "cat", "chmod", "cp", "dd", "find", "head", "mkdir", "mv", "rm", "sh", "stat", "touch", "true")
OLD_DD = """#!/bin/sh
case "$*" in *fullblock*) echo "dd: unknown operand" >&2; exit 1 ;; esac
exec /bin/dd "$@"
"""


@pytest.fixture(scope="module")
def narrow() -> Iterator[Sshd]:
    programs = {name: shutil.which(name) or pytest.fail(name) for name in NARROW}
    bash = shutil.which("bash") or "/bin/sh"
    with limited(bash, programs | {"dd": OLD_DD, "sh": bash}) as server:
        yield server


class TestNarrow(StoreSuite):
    """An old dd, bash, and neither scp, nor sha256sum, nor ln."""

    many = 100

    @pytest.fixture
    def store(self, narrow: Sshd) -> Iterator[Store]:
        with opened(narrow) as store:
            yield store

    def test_no_checksums_are_declared(self, store: Store) -> None:
        assert Cap.DIGEST not in store.caps


# By the scp protocol, or without


@pytest.fixture(scope="module")
def logged() -> Iterator[tuple[Sshd, Path]]:
    """A server whose scp notes how it was called."""
    with tempfile.TemporaryDirectory() as name:
        log = Path(name, "log")
        log.touch()
        log.chmod(0o666)
        Path(name).chmod(0o755)
        programs = {name: shutil.which(name) or pytest.fail(name) for name in [*NARROW, "ln"]}
        scp = f'#!/bin/sh\nprintf "%s\\n" "$*" >>{log}\nexec {shutil.which("scp")} "$@"\n'
        with limited("/bin/sh", programs | {"scp": scp}) as server:
            yield server, log


def sent(store: Store, path: str, data: bytes, **facts: Any) -> Entry:
    """Put there as a file whose size is known before."""
    return store.publish(drain(store.write(draft_for(path, size=len(data), **facts), [data])))


@pytest.mark.parametrize("size", [0, 1, 70_000, (3 << 20) + 1])
def test_files_of_known_size_go_by_the_scp_protocol(logged: tuple[Sshd, Path], size: int) -> None:
    server, log = logged
    data = content(size)
    with opened(server) as store:
        log.write_text("")
        assert sent(store, "a/f", data, modified=MOMENT, mode=0o640) == Entry("a/f", size, MOMENT, mode=0o640)
        assert whole(store, "a/f") == data
        sent(store, "a/g", data)
        assert store.stat("a/g").mode not in (None, 0o640)
    used = [line.split()[:-1] for line in log.read_text().splitlines()]
    assert used == [["-p", "-t"], *([["-f"]] if size else []), ["-t"]]


def test_big_files_and_ranges_do_not(logged: tuple[Sshd, Path]) -> None:
    server, log = logged
    with opened(server) as store:
        log.write_text("")
        data = content(store.part + 5)
        sent(store, "f", data, modified=MOMENT)
        assert b"".join(store.read("f", start=70_000)) == data[70_000:]
        assert b"".join(store.read("f", start=65_536, end=131_072)) == data[65_536:131_072]
        assert log.read_text() == ""


@pytest.mark.parametrize("change", [-1, 1, -100_000])
def test_a_body_of_ansize_there_than_announced(sshd: Sshd, change: int) -> None:
    with opened(sshd) as store:
        put(store, "f", [b"old"])
        with pytest.raises(Busy, match="f: not the announced 300000 bytes"):
            drain(store.write(draft_for("f", size=300_000), [content(300_000 + change)]))
        assert whole(store, "f") == b"old" and names(store) == {"f"}


def test_a_broken_body_of_known_size_can_go_on(sshd: Sshd) -> None:
    data = content(3 << 20)

    def dies() -> Iterator[bytes]:
        yield data[:2 << 20]
        raise Unavailable("source went away")

    with opened(sshd) as store:
        draft = draft_for("f", size=len(data))
        with pytest.raises(Unavailable, match="went away"):
            drain(store.write(draft, dies()))
        draft = store.recover(draft)
        assert draft.offset <= 2 << 20
        assert store.publish(drain(store.write(draft, [data[draft.offset:]]))).size == len(data)
        assert whole(store, "f") == data


@pytest.mark.parametrize("client", CLIENTS)
def test_both_clients(sshd: Sshd, client: str) -> None:
    if client == "asyncssh":
        pytest.importorskip("asyncssh")
    with opened(sshd, client=client) as store:
        data = content((9 << 20) + 1)
        put(store, "f", [data])
        sent(store, "g", data[:100_000])
        assert whole(store, "f") == data and whole(store, "g") == data[:100_000]
        assert b"".join(store.read("f", start=5, end=9 << 20)) == data[5:9 << 20]


def test_many_small_files_do_not_wait_for_each_other(sshd: Sshd) -> None:
    with (Delay(sshd.port, 0.05) as delay,
          opened(sshd, port=delay.port, known_hosts=None, host_key=sshd.fingerprint()) as store):
        assert names(store) == set()
        drafts = [draft_for(f"{n % 5}/{n}", modified=MOMENT) for n in range(500)]
        start = time.monotonic()
        assert not [o.error for o in store.write_many((draft, b"x") for draft in drafts) if o.error]
        published = [o.entry for o in store.publish_many(drafts)]
        read = [o.data for o in store.read_many(entry for entry in published if entry)]
        assert read == [b"x"] * 500
        assert time.monotonic() - start < 50    # 1,500 round trips would take 150 seconds


# Names and bytes that mean something to a shell

HOSTILE = (
    "$(touch pwned)", "`touch pwned`", "; touch pwned", "| touch pwned", "a & touch pwned", "*", "$HOME",
    "'; touch pwned; '", "\"; touch pwned; \"", "a\ntouch pwned\n", "\n", "x\n", "-rf", "--help", "-", "${N}",
    "$N", "~", "#x", "!x", "\\n", "\\", "'", "''", '"', " ", " x ", "\t", "\r", "\x01\x7f", "%s%n", "{a,b}",
    "<x", ">x", "=x", "ü\u0301", "日本\u2028", "\U0001f600", "\x81\x82\x88", ": Permission denied")


def test_hostile_names(sshd: Sshd) -> None:
    spec = spec_for(sshd)
    with spec.build(Env()) as store:
        for number, name in enumerate(HOSTILE):
            data = name.encode() + b"\0 body"
            path = f"in {name}/{name}"
            assert sent(store, path, data, modified=MOMENT, mode=0o600).modified == MOMENT
            assert put(store, f"{name}.2", [data]).size == len(data)
            assert whole(store, path) == whole(store, f"{name}.2") == data
            assert b"".join(store.read(path, start=1)) == data[1:]
            outcome, = store.digests([path])
            assert outcome.data == hashlib.sha256(data).digest(), name
            assert store.copy(path, f"{name}.3").size == len(data)
            store.touch(f"{name}.3", MOMENT)
            moved = store.move(f"{name}.3", f"{number}/{name}", replace=False)
            assert [o.data for o in store.read_many([moved])] == [data]
            assert {e.path for e in store.scan(f"in {name}")} == {path}
        expected = {path for number, name in enumerate(HOSTILE)
                    for path in (f"in {name}/{name}", f"{name}.2", f"{number}/{name}")}
        assert names(store) == expected
        for path in expected:
            store.delete(path)
        assert names(store) == set()
    assert not [file for file in sshd.home.rglob("*pwned*") if file.is_file()]


@pytest.mark.parametrize("root", ["a root with 'quotes' and $(touch pwned)", "-dash", "~/new\nline", "~"])
def test_hostile_roots(sshd: Sshd, root: str) -> None:
    if os.geteuid() != 0:
        pytest.skip("would write to the home folder of whoever runs this")
    with opened(sshd, path=root) as store:
        name = f"{uuid4().hex}/f"
        sent(store, name, b"x")
        assert whole(store, name) == b"x" and name in names(store)
        store.delete(name)
    assert not list(sshd.home.rglob("pwned"))


@needs_root
def test_bytes_that_could_not_be_written_are_never_commands(sshd: Sshd) -> None:
    line = b"touch pwned; exec 3>&1\n"
    with small_disk(sshd) as store:
        with pytest.raises(NoSpace):
            put(store, "f", [line * 400_000])
        with pytest.raises(NoSpace):
            sent(store, "f", line * 300_000)
        outcomes = list(store.write_many((draft_for(f"{n}"), line * 10_000) for n in range(40)))
        assert any(isinstance(outcome.error, NoSpace) for outcome in outcomes)
        assert all(outcome.error is None or isinstance(outcome.error, NoSpace) for outcome in outcomes)
    with opened(sshd, path="/etc/haulier-no") as store, pytest.raises(Denied):
        put(store, "f", [line * 100_000])
    assert not list(sshd.home.rglob("pwned"))


# Accounts that are of no use


@needs_root
@pytest.mark.parametrize("client", CLIENTS)
def test_an_account_that_allows_only_sftp(sshd: Sshd, client: str) -> None:
    assert sshd.locked
    with (opened(sshd, sshd.locked, client=client) as store,
          pytest.raises(Unsupported, match="allows only SFTP; use type sftp") as failed):
        store.stat("f")
    assert sshd.locked.password not in str(failed.value)


@pytest.mark.parametrize(("command", "said"), [
    ("/usr/lib/openssh/sftp-server", "use type sftp"),
    ("echo This account is not available; exit 1", "it said: This account is not available"),
    ("env PATH=/nonexistent /bin/sh -c \"$SSH_ORIGINAL_COMMAND\"", "use type sftp"),
    ("exec false", "runs no shell commands")])
def test_an_account_without_a_shell(tmp_path: Path, command: str, said: str) -> None:
    with (server_or_skip(tmp_path, options=f"ForceCommand {command}") as server, opened(server) as store,
          pytest.raises(Unsupported, match=said)):
        store.stat("f")


def test_a_server_that_runs_no_commands(tmp_path: Path) -> None:
    pytest.importorskip("asyncssh")
    with (server_or_skip(tmp_path, options="MaxSessions 0") as server,
          opened(server, client="asyncssh") as store,
          pytest.raises(Unsupported, match="runs no commands; if it allows only SFTP, use type sftp")):
        store.stat("f")


def test_a_server_that_lacks_programs() -> None:
    programs = {name: shutil.which(name) or "" for name in NARROW if name not in ("dd", "stat", "find")}
    with (limited("/bin/sh", programs) as server, opened(server) as store,
          pytest.raises(Unsupported, match="no usable dd, find, stat there; coreutils or busybox is needed")):
        store.stat("f")


def test_the_oldest_dd_and_no_head() -> None:
    programs = {name: shutil.which(name) or "" for name in NARROW if name != "head"}
    with limited("/bin/sh", programs | {"dd": OLD_DD}) as server, opened(server) as store:
        data = content(300_000)
        put(store, "f", [data])
        assert whole(store, "f") == data
        drafts = [(draft_for(f"{n}"), data[:n * 1000]) for n in range(20)]
        assert not [outcome.error for outcome in store.write_many(drafts) if outcome.error]
        entries = [outcome.entry for outcome in store.publish_many(draft for draft, _ in drafts)]
        read = [outcome.data for outcome in store.read_many(entry for entry in entries if entry)]
        assert read == [body for _, body in drafts]


@needs_root
@pytest.mark.skipif(not shutil.which("dropbear"), reason="dropbear is not installed")
def test_dropbear(sshd: Sshd, tmp_path: Path) -> None:
    user = sshd.keyed
    keys = user.local / ".ssh" / "authorized_keys"
    keys.parent.mkdir(mode=0o700)
    keys.write_text((sshd.folder / "user.pub").read_text())
    for path in (keys.parent, keys):
        shutil.chown(path, user.name)
    host_key = tmp_path / "key"
    subprocess.run(["dropbearkey", "-t", "ed25519", "-f", str(host_key)], check=True, capture_output=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = ["dropbear", "-F", "-E", "-r", str(host_key), "-p", f"127.0.0.1:{port}", "-P", str(tmp_path / "pid")]
    with subprocess.Popen(words, stderr=subprocess.DEVNULL) as server:
        try:
            for _ in range(400):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            data = content((9 << 20) + 1)
            with opened(sshd, port=port, known_hosts=tmp_path / "known", unknown_hosts="accept-new") as store:
                put(store, "big", [data])
                sent(store, "a/f", data[:70_000], modified=MOMENT, mode=0o600)
                assert whole(store, "big") == data and whole(store, "a/f") == data[:70_000]
                assert {entry.path for entry in store.scan(deep=True)} == {"big", "a/f"}
        finally:
            server.kill()


def test_what_a_login_script_prints_does_no_harm(tmp_path: Path) -> None:
    noise = 'ForceCommand echo "Welcome to this server!"; exec sh -c "$SSH_ORIGINAL_COMMAND"'
    with server_or_skip(tmp_path, options=noise) as server, opened(server) as store:
        put(store, "f", [b"x"])
        assert whole(store, "f") == b"x"


@needs_root
def test_the_password_shows_nowhere(sshd: Sshd, tmp_path: Path) -> None:
    assert sshd.locked
    secret, spec = sshd.locked.password, spec_for(sshd, sshd.locked)
    with looking_for(secret, tmp_path) as seen, spec.build(Env()) as store, pytest.raises(Unsupported):
        store.stat("f")
    assert seen == []
    assert secret not in repr(spec) + repr(spec.login(Env())) + spec.location()


# Failing later


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("size", [None, 8 << 20])
def test_server_killed_in_mid_transfer(tmp_path: Path, client: str, size: int | None) -> None:
    def slow() -> Iterator[bytes]:
        for _ in range(800):
            time.sleep(0.01)
            yield bytes(10_000)

    with server_or_skip(tmp_path) as server, opened(server, client=client) as store:
        put(store, "there", [content(32 << 20)])
        killer = threading.Timer(0.5, server.signal, [signal.SIGKILL])
        killer.start()
        with pytest.raises(Unavailable):
            drain(store.write(draft_for("f", size=size), slow()))
        killer.join()
        server.restart()
        assert names(store) == {"there"}
        for begin in (0, 1):    # by scp, and as a range
            reader = store.read("there", start=begin)
            next(reader)
            server.signal(signal.SIGKILL)
            with pytest.raises(Unavailable):
                list(reader)
            server.restart()


@pytest.mark.parametrize("act", [
    lambda store: drain(store.write(draft_for("g"), [content(16 << 20)])),
    lambda store: drain(store.write(draft_for("g", size=1 << 20), [content(1 << 20)])),
    lambda store: store.stat("f"),
    lambda store: list(store.scan()),
    lambda store: list(store.write_many([(draft_for("h"), b"x")])),
], ids=["write", "scp", "stat", "scan", "many"])
def test_server_that_stops_answering(tmp_path: Path, act: Callable[[Store], object]) -> None:
    with server_or_skip(tmp_path) as server, opened(server, timeout=2.0) as store:
        put(store, "f", [b"x"])
        server.signal(signal.SIGSTOP)
        try:
            with pytest.raises(Unavailable, match="no answer for 2 seconds"):
                act(store)
        finally:
            server.signal(signal.SIGCONT)
        assert whole(store, "f") == b"x"


def test_a_restarted_server_is_found_again(tmp_path: Path) -> None:
    with server_or_skip(tmp_path) as server, opened(server) as store:
        put(store, "f", [b"x"])
        server.restart()
        assert whole(store, "f") == b"x"


def test_resume_after_the_server_died(tmp_path: Path) -> None:
    data = content(40 << 20)
    with server_or_skip(tmp_path) as server:
        spec = spec_for(server)
        draft = draft_for("f", size=len(data), modified=MOMENT)

        def dies() -> Iterator[bytes]:
            for at in range(0, len(data), 1 << 20):
                if at == 30 << 20:
                    server.restart()
                yield data[at:at + (1 << 20)]

        with spec.build(Env()) as store, pytest.raises(Unavailable):
            for safe in store.write(draft, dies()):
                draft = safe
        assert 16 << 20 <= draft.offset < len(data)
        with spec.build(Env()) as store:
            found = store.recover(draft)
            assert draft.offset <= found.offset <= 30 << 20
            assert store.publish(drain(store.write(found, [data[found.offset:]]))).modified == MOMENT
            assert whole(store, "f") == data
            again = draft_for("g")      # also from before what is there: the rest is discarded
            drain(store.write(again, [content(5 << 20)]))
            store.publish(drain(store.write(again._replace(offset=1 << 20), [b"end"])))
            assert whole(store, "g") == content(5 << 20)[:1 << 20] + b"end"


def test_two_writers_of_one_draft_do_not_mix(sshd: Sshd) -> None:
    spec = spec_for(sshd)

    def size_there() -> int:
        return sum(file.stat().st_size for file in Path(spec.path).glob("*"))   # which may not be there yet

    with spec.build(Env()) as store:
        def body() -> Iterator[bytes]:
            yield content(5 << 20)
            while size_there() < 1 << 20:
                time.sleep(0.01)
            with spec.build(Env()) as other:
                drain(other.write(draft_for("f", offset=1 << 20), [b"another"]))
            yield content(2 << 20)

        with pytest.raises(Unavailable, match="somebody else"):
            drain(store.write(draft_for("f"), body()))


@contextmanager
def small_disk(server: Sshd) -> Iterator[Store]:
    spec = spec_for(server)
    disk = Path(spec.path)
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=777", "none", str(disk)], check=True)
    try:
        with spec.build(Env()) as store:
            yield store
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


@needs_root
def test_disk_full(sshd: Sshd) -> None:
    with small_disk(sshd) as store:
        put(store, "old", [b"old"])
        for size in (None, 6 << 20):
            draft = draft_for("f", size=size)
            with pytest.raises(NoSpace, match="f: no space"):
                drain(store.write(draft, [content(6 << 20)]))
            store.discard(draft)
        with pytest.raises(NoSpace, match="half to new: no space"):
            put(store, "half", [content(3 << 20)])
            store.copy("half", "new")
        store.delete("half")
        assert names(store) == {"old"} and whole(store, "old") == b"old"


@needs_root
def test_no_permission(sshd: Sshd) -> None:
    with opened(sshd, path="/etc") as store:
        for act in (lambda: put(store, "hv-no/f", [b"x"]), lambda: sent(store, "hv-no/f", b"x"),
                    lambda: put(store, "hv-no", [b"x"]), lambda: sent(store, "hv-no", b"x"),
                    lambda: store.touch("passwd", MOMENT), lambda: store.move("passwd", "hv-no"),
                    lambda: store.move("passwd", "hv-no", replace=False),
                    lambda: store.copy("passwd", "hv-no")):
            with pytest.raises(Denied, match=r"hv-no|passwd"):
                act()
        with pytest.raises(Denied, match="passwd"):
            store.delete("passwd")
        for start in (0, 1):
            with pytest.raises(Denied, match="shadow"):
                list(store.read("shadow", start=start))
        for outcome in (*store.write_many([(draft_for("hv-no"), b"x"), (draft_for("hv-no/x"), b"x")]),
                        *store.digests(["shadow"]), *store.read_many([Entry("shadow", 1)])):
            assert isinstance(outcome.error, Denied), outcome


@needs_root
def test_folder_that_may_not_be_listed(sshd: Sshd) -> None:
    spec = spec_for(sshd)
    with spec.build(Env()) as store:
        put(store, "open/f", [b"x"])
        closed = Path(spec.path) / "closed"
        closed.mkdir(mode=0o700)
        found = {entry.path: entry for entry in store.scan(deep=True)}
        assert set(found) == {"open/f", "closed"} and isinstance(found["closed"].fault, Denied)
        for prefix in ("closed", "closed/below"):
            with pytest.raises(Denied, match="closed"):
                list(store.scan(prefix))


def test_long_name_gives_one_clear_error(sshd: Sshd) -> None:
    with opened(sshd) as store:
        with pytest.raises(Invalid, match="n" * 300):
            put(store, "n" * 300, [b"x"])
        with pytest.raises(Invalid, match="n" * 300):
            store.stat("n" * 300)
        put(store, "ok", [b"x"])
        assert names(store) == {"ok"}


# What is there


def test_links_and_odd_things(sshd: Sshd) -> None:
    spec = spec_for(sshd)
    with spec.build(Env()) as store:
        put(store, "folder/file", [b"abc"])
        put(store, "plain", [b"x"])
        place = Path(spec.path)
        (place / "to file").symlink_to("folder/file")
        (place / "to folder").symlink_to("folder")
        (place / "nowhere").symlink_to("missing")
        (place / "loop").symlink_to("loop")
        os.mkfifo(place / "pipe")
        Path(os.fsdecode(os.fsencode(place) + b"/bad\xff")).write_bytes(b"x")
        found = {entry.path: entry for entry in store.scan(deep=True)}
        good = {path for path, entry in found.items() if not entry.fault}
        assert good == {"folder/file", "plain", "to file"}
        assert found["to file"].size == 3 and whole(store, "to file") == b"abc"
        assert {path for path, entry in found.items() if entry.fault} == {
            "nowhere", "loop", "bad\\xff", "to folder"}
        assert isinstance(found["to folder"].fault, Unsupported)
        assert isinstance(found["nowhere"].fault, NotFound)
        assert isinstance(found["bad\\xff"].fault, Invalid)
        assert sorted(store.folders()) == ["folder", "to folder"] and list(store.folders("to folder")) == []
        assert list(store.drafts()) == []
        for act in (store.stat, lambda path: list(store.read(path)), lambda path: store.copy(path, "new"),
                    lambda path: store.move("plain", path)):
            with pytest.raises(IsFolder):
                act("folder")
        for outcome in (*store.digests(["pipe", "folder"]), *store.read_many([Entry("pipe", 1)])):
            assert isinstance(outcome.error, NotFound)
        with pytest.raises(NotFound):
            store.copy("pipe", "new")
        with pytest.raises(IsFolder):
            store.delete("folder")
        store.delete("nowhere")
        store.delete("to folder")
        assert (place / "folder").is_dir() and not (place / "nowhere").is_symlink()


def test_many_folders(sshd: Sshd) -> None:
    spec = spec_for(sshd)
    for n in range(100):
        folder = Path(spec.path) / f"d{n % 6}" / f"e{n}" / "f"
        folder.mkdir(parents=True)
        for m in range(n % 7):
            (folder / f"{m}").touch()
    with spec.build(Env()) as store:
        paths = [entry.path for entry in store.scan(deep=True)]
        assert len(paths) == len(set(paths)) == sum(n % 7 for n in range(100))
        walk = store.scan(deep=True)
        next(walk)
        walk.close()    # type: ignore[attr-defined]
        assert store.stat("d1/e1/f/0").size == 0


def test_two_publishers_without_replace(narrow: Sshd, sshd: Sshd) -> None:
    """Exactly one wins, with hard links and without."""
    for server in (sshd, narrow):
        with opened(server) as store:
            for n in range(5):
                drafts = [Draft(f"f{n}", f".f{n}.h{m}.part", replace=False) for m in range(4)]
                for m, draft in enumerate(drafts):
                    drain(store.write(draft, [b"%d" % m]))
                won: list[int] = []

                def publish(m: int, draft: Draft, store: Store = store, won: list[int] = won) -> None:
                    try:
                        store.publish(draft)
                        won.append(m)
                    except AlreadyExists:
                        store.discard(draft)
                threads = [threading.Thread(target=publish, args=pair) for pair in enumerate(drafts)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                assert len(won) == 1 and whole(store, f"f{n}") == b"%d" % won[0]
            assert names(store) == {f"f{n}" for n in range(5)}
