"""What goes wrong for users: one clear line for each file, the others go on, the exit code is true."""
from __future__ import annotations

import gzip
import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from acceptance.toll import Haulier
from haulier.ledger import books as ledger_at
from haulier.testing.servers import rgw, sshd

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small file system")


@pytest.fixture
def haulier(tmp_path: Path) -> Haulier:
    return Haulier(tmp_path / "home")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    for name in ("a.txt", "b.txt", "c.txt"):
        (folder / name).write_text(name)
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sshd.Sshd]:
    with sshd.Sshd(tmp_path_factory.mktemp("sshd")) as running:
        yield running


def connect(haulier: Haulier, server: sshd.Sshd, **changes: object) -> None:
    account = server.keyed
    settings = {"type": "sftp", "host": "127.0.0.1", "port": server.port, "username": account.name,
                "key_file": account.key_file, "known_hosts": server.known_hosts, **changes}
    words = ", ".join(f"{key}: '{value}'" if isinstance(value, str | Path) else f"{key}: {value}"
                      for key, value in settings.items() if value is not None)
    (haulier.workspace / "haulier.yaml").write_text(f"connections:\n  office: {{{words}}}\n")


def tidy(out: str) -> None:
    assert "Traceback" not in out


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[Path]:
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def test_a_folder_is_in_the_way(haulier: Haulier, source: Path, tmp_path: Path) -> None:
    (tmp_path / "target" / "b.txt").mkdir(parents=True)
    code, out = haulier.run("copy", source, tmp_path / "target")
    tidy(out)
    assert code == 1 and "b.txt: there is a folder with this name" in out
    assert sorted(os.listdir(tmp_path / "target")) == ["a.txt", "b.txt", "c.txt"]


def test_a_name_that_is_not_text(haulier: Haulier, source: Path, tmp_path: Path) -> None:
    with open(os.fsencode(source) + b"/caf\xe9", "wb") as file:
        file.write(b"x")
    code, out = haulier.run("copy", source, tmp_path / "target")
    tidy(out)
    assert code == 1 and "caf\\xe9: the name is not valid UTF-8; rename the file" in out
    assert sorted(os.listdir(tmp_path / "target")) == ["a.txt", "b.txt", "c.txt"]


def test_links_in_a_circle(haulier: Haulier, source: Path, tmp_path: Path) -> None:
    (source / "self").symlink_to("self")
    (source / "up").symlink_to("..", target_is_directory=True)
    (source / "nowhere").symlink_to("not there")
    code, out = haulier.run("copy", source, tmp_path / "target")
    tidy(out)
    assert code == 1
    assert "self: symbolic links lead in a circle" in out
    assert "up: symbolic link that leads back to a folder above it" in out
    assert "nowhere: symbolic link to a file that is not there" in out
    assert sorted(os.listdir(tmp_path / "target")) == ["a.txt", "b.txt", "c.txt"]


@needs_root
@pytest.mark.parametrize("size", [3000, 3_000_000])
def test_a_full_disk(haulier: Haulier, source: Path, tmp_path: Path, size: int) -> None:
    (source / "large").write_bytes(os.urandom(size))
    with mounted(tmp_path / "small", "size=1m" if size > 4096 else "size=16k") as target:
        for n in range(0 if size > 4096 else 6):
            (source / f"more{n}").write_bytes(os.urandom(size))
        code, out = haulier.run("copy", source, target)
        tidy(out)
        assert code == 1 and "no space left on the disk; free some and run again" in out
        assert not [name for name in os.listdir(target) if name.startswith(".")], "what was half there is gone"
        for name in os.listdir(target):
            assert (target / name).read_bytes() == (source / name).read_bytes()


@needs_root
def test_a_full_state_folder(haulier: Haulier, source: Path, tmp_path: Path) -> None:
    with mounted(tmp_path / "state", "size=64k"):
        haulier.environment["XDG_STATE_HOME"] = str(tmp_path / "state")
        code, out = haulier.run("copy", source, tmp_path / "target")
        tidy(out)
        assert code == 2 and "the disk is full" in out
        assert not (tmp_path / "target").exists()


@needs_root
def test_a_read_only_target(haulier: Haulier, source: Path, tmp_path: Path) -> None:
    with mounted(tmp_path / "ro", "size=1m") as target:
        subprocess.run(["mount", "-o", "remount,ro", target], check=True)
        code, out = haulier.run("copy", source, target)
        tidy(out)
        assert code == 1 and "a.txt: the file system is read-only" in out


def test_corrupt_archives_and_failing_scripts(haulier: Haulier, source: Path, tmp_path: Path) -> None:
    whole = gzip.compress(b"content" * 1000)
    (source / "cut.gz").write_bytes(whole[:-10])
    (source / "good.gz").write_bytes(whole)
    code, out = haulier.run("copy", "--step", "decompress", source, tmp_path / "target")
    tidy(out)
    assert code == 1 and "cut.gz" in out
    assert sorted(os.listdir(tmp_path / "target")) == ["a.txt", "b.txt", "c.txt", "good"]
    script = tmp_path / "check.sh"
    script.write_text('case "$1" in *b.txt) echo "b is not wanted" >&2; exit 3;; esac\n')
    code, out = haulier.run("copy", "--step", f"bash_script:{script}", "--include", "*.txt", source, tmp_path / "two")
    tidy(out)
    assert code == 1 and "b is not wanted" in out and "3" in out
    assert sorted(os.listdir(tmp_path / "two")) == ["a.txt", "c.txt"]


def test_a_file_that_may_not_be_read_there(haulier: Haulier, server: sshd.Sshd, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make a file of somebody else")
    connect(haulier, server)
    account = server.keyed
    folder = account.local / secrets.token_hex(4)
    folder.mkdir()
    for name in ("mine", "theirs"):
        (folder / name).write_text(name)
    shutil.chown(folder / "mine", account.name)
    (folder / "theirs").chmod(0o600)
    where = f"office:{account.folder.rstrip('/')}/{folder.name}"
    code, out = haulier.copy(where, tmp_path / "target")
    tidy(out)
    assert code == 1 and "theirs" in out and "permission" in out.lower()
    assert os.listdir(tmp_path / "target") == ["mine"]
    folder.chmod(0o755)
    code, out = haulier.copy(tmp_path / "target", where + "/new")     # and where nothing may be made
    tidy(out)
    assert code == 1 and "mine" in out and "permission" in out.lower()


def fails_once(haulier: Haulier, source: Path, target: str, code: int, said: str) -> None:
    """The whole run fails, before any file is claimed; the history says why. Nothing to send: it does not matter."""
    (source.parent / "nothing").mkdir()
    (haulier.workspace / "configs").mkdir(exist_ok=True)
    (haulier.workspace / "configs" / "jobs.yaml").write_text("jobs:\n" + "".join(
        f"  - job_id: {name}\n    source: {{type: local, path: '{place}'}}\n"
        f"    destination: {{connection: {target}, path: x}}\n    complete: {{settle_seconds: 0}}\n"
        for name, place in (("send", source), ("nothing", source.parent / "nothing"))))
    here = ("--workspace", haulier.workspace)
    (found, out), (_, told), nothing = haulier.each(
        ("run", "send", "--retries", "1", *here), ("history", "--json", *here),
        ("run", "nothing", "--retries", "1", *here))
    tidy(out)
    assert found == code and out.count("\n") == 1 and said in out.lower()
    run = json.loads(told)
    assert run["state"] == "failed" and said in run["error"].lower() and run["failed"] == 0
    with closing(ledger_at(f"sqlite:///{haulier.workspace}/state/ledger.db")) as books:
        assert not books.ledger.transfers(run=run["id"])
    assert nothing == (0, "nothing: nothing moved\n")


def fails_both_ways(haulier: Haulier, source: Path, target: str, code: int, said: str, secret: str = "") -> None:
    orders = (source, f"{target}:x"), (source / "a.txt", f"{target}:x"), (f"{target}:x", source / "new")
    for found, out in haulier.each(*(("copy", "--workspace", haulier.workspace, "--retries", "1", *order)
                                     for order in orders)):
        tidy(out)
        assert found == code and said in out.lower() and out.count("\n") == 1
        assert not secret or secret not in out


KINDS = pytest.mark.parametrize("kind", ["sftp", "scp"])


@KINDS
def test_a_server_nobody_knows(haulier: Haulier, server: sshd.Sshd, source: Path, tmp_path: Path, kind: str) -> None:
    (tmp_path / "empty").touch()
    connect(haulier, server, type=kind, known_hosts=tmp_path / "empty")
    fails_once(haulier, source, "office", 2, "its host key is not known")
    fails_both_ways(haulier, source, "office", 2, "unknown_hosts: accept-new")


@KINDS
def test_a_server_with_another_key(haulier: Haulier, server: sshd.Sshd, source: Path, tmp_path: Path,
                                   kind: str) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "other"], check=True)
    words = (tmp_path / "other.pub").read_text().split()
    (tmp_path / "changed").write_text(f"[127.0.0.1]:{server.port} {words[0]} {words[1]}\n")
    connect(haulier, server, type=kind, known_hosts=tmp_path / "changed")
    fails_once(haulier, source, "office", 2, "changed")
    fails_both_ways(haulier, source, "office", 2, "changed")


@KINDS
def test_a_wrong_password(haulier: Haulier, server: sshd.Sshd, source: Path, kind: str) -> None:
    if server.locked is None:
        pytest.skip("only root can make a user with a password")
    connect(haulier, server, type=kind, username=server.locked.name, key_file=None, password="wrong-secret-77")
    fails_once(haulier, source, "office", 2, "login refused: check username, password")
    fails_both_ways(haulier, source, "office", 2, "password", "wrong-secret-77")


@KINDS
def test_nobody_listens(haulier: Haulier, server: sshd.Sshd, source: Path, kind: str) -> None:
    connect(haulier, server, type=kind, port=1)
    fails_once(haulier, source, "office", 1, "127.0.0.1:1: connection refused")
    fails_both_ways(haulier, source, "office", 1, "refused")


@KINDS
def test_a_far_source_folder_that_is_missing(haulier: Haulier, server: sshd.Sshd, tmp_path: Path, kind: str) -> None:
    """It is not taken for an empty one."""
    connect(haulier, server, type=kind)
    folder = f"{server.keyed.folder.rstrip('/')}/{secrets.token_hex(4)}"
    (haulier.workspace / "configs").mkdir()
    (haulier.workspace / "configs" / "jobs.yaml").write_text(
        f"jobs:\n  - job_id: fetch\n    source: {{connection: office, path: {folder}/daily}}\n"
        f"    destination: {{type: local, path: '{tmp_path / 'in'}'}}\n")
    where = ("fetch", "--workspace", haulier.workspace)
    there = f"office:{folder}/daily"
    told = haulier.each(("run", *where), ("plan", *where), ("ls", there, *where[1:]), ("drafts", there, *where[1:]),
                        ("copy", there, tmp_path / "new", *where[1:]))
    assert all(f"{folder}/daily: no such folder" in out for _, out in told[:2])
    assert all(code == 2 and "no such f" in out and "daily" in out and out.count("\n") == 1 for code, out in told)
    (server.keyed.local / folder.rpartition("/")[2] / "daily").mkdir(parents=True)
    assert haulier.run("run", *where) == (0, "fetch: nothing moved\n")


@pytest.mark.parametrize(("change", "code", "said"), [
    ({"bucket": "no-such-bucket"}, 2, "no-such-bucket"), ({"secret_key": "wrong"}, 2, "look at secret_key"),
    ({"access_key": "nobody"}, 2, "does not know this access_key"),
    ({"endpoint_url": "http://127.0.0.1:1"}, 1, "http://127.0.0.1:1")])
def test_s3_settings_that_are_wrong(haulier: Haulier, source: Path, change: dict[str, str], code: int,
                                    said: str) -> None:
    ceph = rgw.shared()
    settings = {"type": "s3", "endpoint_url": ceph.endpoint, "bucket": ceph.bucket(f"bad-{secrets.token_hex(4)}"),
                "region": "us-east-1", "addressing_style": "path", "access_key": ceph.key,
                "secret_key": ceph.secret, **change}
    words = ", ".join(f"{key}: '{value}'" for key, value in settings.items())
    (haulier.workspace / "haulier.yaml").write_text(f"connections:\n  cloud: {{{words}}}\n")
    fails_once(haulier, source, "cloud", code, said)
    fails_both_ways(haulier, source, "cloud", code, said, ceph.secret)
