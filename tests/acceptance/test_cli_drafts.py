"""haulier drafts: what interrupted transfers left is found, and thrown away when that does no harm."""
from __future__ import annotations

import os
import secrets
import shutil
import time
from pathlib import Path

import pytest

from acceptance.conftest import Program
from acceptance.toll import Haulier, Toll, size_of
from haulier.testing.servers import rgw, sshd

MIB = 1 << 20
DAY = 86400


def leave(folder: Path, name: str, *, days: float, size: int = 5) -> Path:
    """A draft that somebody left so long ago."""
    path = folder / f".{name}.h{secrets.token_hex(4)}1.part"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    then = time.time() - days * DAY
    os.utime(path, (then, then))
    return path


def test_all_are_listed_and_the_old_ones_thrown_away(haulier: Program) -> None:
    begin = time.time()
    old = leave(haulier.at / "out/sub", "old", days=0)
    asked = time.monotonic()
    assert haulier("drafts", "out").out.splitlines()[-1] == "1 draft, 5 B"
    time.sleep(max(5, 4 * (time.monotonic() - asked)))      # further apart than a start takes, however busy it is here

    def before() -> tuple[str, str]:
        """Older than the young one by now."""
        return "--older", f"{time.time() - begin - 0.5:.1f}s"

    young = leave(haulier.at / "out", "young", days=900, size=7)     # as a complete one, which bears its source's time
    (haulier.at / "out/file").write_text("whole")
    lines = haulier("drafts", "out").out.splitlines()
    assert [line.split()[-1] for line in lines[:2]] == [young.name, f"sub/{old.name}"]
    assert lines[2:] == ["2 drafts, 12 B"]
    assert haulier("drafts", "out", *before()).out.splitlines()[-1] == "1 draft, 5 B"
    assert haulier("drafts", "out", "--discard").out == "no drafts\n"       # none is 7 days old
    assert old.exists() and young.exists()
    found = haulier("drafts", "out", "--discard", *before(), "--json")
    assert [(one["path"], one["bytes"], one["discarded"]) for one in found.of("draft")] == [
        (f"sub/{old.name}", 5, True)]
    assert found.of("summary") == [
        {"type": "summary", "drafts": 1, "bytes": 5, "discarded": 1, "freed": 5, "failed": 0}]
    assert not old.exists() and young.exists()
    assert haulier("drafts", "out", "--discard", "--older", "0s").out.splitlines()[-1] == (
        "1 draft, 7 B; 1 discarded, 7 B")
    assert haulier.files("out") == {"file": b"whole"} and haulier("drafts", "out").out == "no drafts\n"


def test_places_and_ages_that_are_wrong_are_refused(haulier: Program) -> None:
    assert "out: no such folder" in haulier("drafts", "out", code=2).err
    assert haulier("drafts", "--older", "old", code=2).err.startswith("--older: not a duration")


def test_what_an_interrupted_copy_goes_on_with_is_kept(haulier: Program, wait_until) -> None:
    (haulier.at / "big").write_bytes(os.urandom(160 * MIB))
    process = haulier.start("copy", "big", "out/big", "--bwlimit", "32MB/s")
    wait_until(lambda: any(size_of(path) > 33 * MIB for path in haulier.at.glob("out/.big*.part")))
    process.kill()
    process.wait()
    for place in ("out", "."):
        assert "an unfinished transfer goes on with it" in haulier("drafts", place).out
        kept = haulier("drafts", place, "--discard", "--older", "0s", "--json").of("draft")[0]
        assert kept["needed"] and not kept["discarded"]
    assert haulier("copy", "big", "out/big", "--json").of("summary")[0]["bytes"] < 152 * MIB
    assert haulier("drafts", "out").out == "no drafts\n"


def test_even_those_go_if_all_shall_and_the_copy_begins_anew(haulier: Program, wait_until) -> None:
    (haulier.at / "big").write_bytes(os.urandom(160 * MIB))
    process = haulier.start("copy", "big", "out/big", "--bwlimit", "32MB/s")
    wait_until(lambda: any(size_of(path) > 33 * MIB for path in haulier.at.glob("out/.big*.part")))
    process.kill()
    process.wait()
    assert "1 discarded" in haulier("drafts", "out", "--discard", "--older", "0s", "--all").out
    assert haulier.files("out") == {}
    haulier("copy", "big", "out/big")
    assert (haulier.at / "out/big").read_bytes() == (haulier.at / "big").read_bytes()


@pytest.mark.parametrize("kind", ["sftp", "scp"])
def test_on_a_server(server: sshd.Sshd, tmp_path: Path, kind: str) -> None:
    haulier, account, name = Haulier(tmp_path / "home"), server.keyed, secrets.token_hex(4)
    place = account.local / name / "in"
    (haulier.workspace / "haulier.yaml").write_text(
        f"connections:\n  office: {{type: {kind}, host: 127.0.0.1, port: {server.port}, username: {account.name},"
        f" key_file: {account.key_file}, known_hosts: {server.known_hosts}, path: '{account.folder}/{name}'}}\n")
    left = leave(place, "old", days=8)
    leave(place, "young", days=1)
    where = ("--workspace", haulier.workspace)
    (code, out), (wrong, said) = haulier.each(("drafts", "office:", *where), ("drafts", "office:typo", *where))
    assert code == 0 and f"in/{left.name}" in out and out.endswith("2 drafts, 10 B\n")
    assert wrong == 2 and "typo: no such folder" in said
    if os.geteuid() == 0:   # then the account is another user, and the folder not yet theirs
        code, out = haulier.run("drafts", "office:", *where, "--discard")
        assert code == 1 and f"in/{left.name}: permission denied" in out and "0 discarded" in out
        shutil.chown(place, account.name)
    code, out = haulier.run("drafts", "office:", *where, "--discard")
    assert code == 0 and out.endswith("1 draft, 5 B; 1 discarded, 5 B\n")
    assert not left.exists() and len(list(place.iterdir())) == 1


def test_in_s3(tmp_path: Path) -> None:
    ceph = rgw.shared()
    bucket = ceph.bucket(f"drafts-{secrets.token_hex(4)}")
    (tmp_path / "big").write_bytes(os.urandom(64 * MIB))
    with Toll(int(ceph.endpoint.rpartition(":")[2])) as toll:
        haulier = Haulier(tmp_path / "home", (
            f"  cloud: {{type: s3, endpoint_url: 'http://127.0.0.1:{toll.port}', bucket: {bucket}, region: us-east-1,"
            f" addressing_style: path, access_key: '{ceph.key}', secret_key: '{ceph.secret}', connections: 2}}\n"))
        assert haulier.copy_killed(toll, 40 * MIB, "--lanes", "1", tmp_path / "big", "cloud:new/big")
        where = ("--workspace", haulier.workspace)
        code, out = haulier.run("drafts", "cloud:new", *where)
        assert code == 0 and "an unfinished transfer goes on with it" in out
        size = int(out.split()[0])
        assert 8 * MIB <= size <= 48 * MIB
        code, out = haulier.run("drafts", "cloud:", *where, "--discard", "--older", "0s")
        assert code == 0 and "new/big (an unf" in out and "; 0 discarded" in out
        code, out = haulier.run("drafts", "cloud:", *where, "--discard", "--older", "0s", "--all")
        assert code == 0 and "1 draft" in out and "; 1 discarded" in out
        assert haulier.run("drafts", "cloud:", *where) == (0, "no drafts\n")
        assert haulier.copy(tmp_path / "big", "cloud:new/big")[0] == 0
