"""kill -9 between two far places, then the same command again: what arrived is not sent again."""
from __future__ import annotations

import gzip
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.far import MIB, Far, S3Far, big_file, fraction, s3_place
from acceptance.toll import Haulier

SIZE = 64 * MIB
ROADS = [(source, target, point) for source, target in (("sftp", "s3"), ("s3", "sftp"), ("s3", "other"))
         for point in (0.55, "random")]


@pytest.fixture
def other() -> Iterator[S3Far]:
    """A bucket at another address, so that nothing can be copied inside the service."""
    with s3_place("other") as far:
        yield far


def place(request: pytest.FixtureRequest, kind: str) -> Far:
    far: Far = request.getfixturevalue("ssh" if kind == "sftp" else kind)
    return far


@pytest.mark.parametrize(("source", "target", "point"), ROADS)
def test_a_copy_between_two_far_places_goes_on(
        request: pytest.FixtureRequest, source: str, target: str, point: float | str, tmp_path: Path) -> None:
    here, there = place(request, source), place(request, target)
    haulier = Haulier(tmp_path / "home", here.connections + there.connections)
    big = big_file(tmp_path / "big", SIZE)
    here.put("big", big)
    words = (here.named(source, "big"), there.named(target, "big"))
    killed = haulier.copy_killed(there.toll, int(SIZE * fraction(point)), *words)
    code, out = haulier.copy(*words)
    assert code == 0, out
    assert killed or point == "random"
    assert there.get("big") == big.read_bytes()
    assert there.names() == ["big"] and there.hidden() == []
    assert there.toll.up <= there.most(SIZE)
    # Both are far: what had arrived is read, not sent, once more for the digest.
    assert here.toll.down <= there.most(SIZE) + SIZE


def test_what_a_step_makes_goes_on(ssh: Far, s3: Far, tmp_path: Path) -> None:
    haulier = Haulier(tmp_path / "home", ssh.connections + s3.connections)
    big = big_file(tmp_path / "big", SIZE)
    ssh.put("big", big)
    words = ("--step", "compress", ssh.named("sftp", "big"), s3.named("s3", ""))
    assert haulier.copy_killed(s3.toll, SIZE * 5 // 9, *words)
    code, out = haulier.copy(*words)
    assert code == 0, out
    assert gzip.decompress(s3.get("big.gz")) == big.read_bytes()
    assert s3.names() == ["big.gz"] and s3.hidden() == []
    assert s3.toll.up <= s3.most(SIZE)


def test_a_limited_copy_inside_one_service_goes_on(s3: S3Far, tmp_path: Path) -> None:
    haulier = Haulier(tmp_path / "home", s3.connections)
    big = big_file(tmp_path / "big", SIZE)
    s3.put("from/big", big)
    words = ("--bwlimit", "40MB/s", s3.named("s3", "from/big"), s3.named("s3", "to/big"))
    assert haulier.copy_killed(s3.toll, SIZE, *words)    # about half of it in and out
    code, out = haulier.copy(*words)
    assert code == 0, out
    assert s3.get("to/big") == big.read_bytes()
    assert sorted(s3.names()) == ["from/big", "to/big"] and s3.hidden() == []
    assert s3.toll.up <= s3.most(SIZE)


@pytest.mark.parametrize(("way", "mark"), [
    ("down", b"<InitiateMultipartUploadResult"), ("up", b"partNumber=1&"), ("up", b"<CompleteMultipartUpload")],
    ids=["it has begun", "it copies", "it is to be seen"])
def test_a_copy_that_the_service_makes_itself_goes_on(s3: S3Far, way: str, mark: bytes, tmp_path: Path) -> None:
    haulier = Haulier(tmp_path / "home", s3.connections)
    big = big_file(tmp_path / "big", SIZE)
    s3.put("from/big", big)
    words = (s3.named("s3", "from/big"), s3.named("s3", "to/big"))
    process = haulier.start("copy", "--workspace", haulier.workspace, *words)

    def kill_there(this: str, data: bytes) -> None:
        """What was asked goes on to the service; the answer to nobody."""
        if this == way and mark in data:
            process.kill()

    s3.toll.look = kill_there
    process.communicate(timeout=100)
    s3.toll.look = lambda way, data: None
    assert process.returncode == -signal.SIGKILL
    code, out = haulier.copy(*words)
    assert code == 0, out
    assert s3.get("to/big") == big.read_bytes()
    assert sorted(s3.names()) == ["from/big", "to/big"]
    if way == "down" and s3.hidden():       # killed before the answer with the upload's name was kept
        code, out = haulier.run("drafts", "--workspace", haulier.workspace, s3.named("s3", "to"), "--discard",
                                "--older", "0s")
        assert code == 0 and "1 discarded" in out, out
    assert s3.hidden() == []
    assert s3.toll.up + s3.toll.down < 2 * MIB      # no body passed through us
