"""kill -9 in the middle of one big file, then the same command again: little of it is sent twice."""
from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from acceptance.far import MIB, Far, S3Far, big_file, fraction
from acceptance.toll import Haulier

SIZE = 96 * MIB
POINTS = [(kind, point) for kind in ("sftp", "s3") for point in (0.1, 0.55, 0.9, "random")] + [
    ("scp", 0.55), ("scp", "random")]


@pytest.mark.parametrize(("kind", "point"), POINTS)
def test_upload_goes_on(far: Far, kind: str, point: float | str, tmp_path: Path) -> None:
    haulier = Haulier(tmp_path / "home", far.connections)
    source = big_file(tmp_path / "big", SIZE)
    words = (source, far.named(kind, "big"))
    killed = haulier.copy_killed(far.toll, int(SIZE * fraction(point)), *words)
    code, out = haulier.copy(*words)
    assert code == 0, out
    assert killed or point == "random" or point == 0.9
    assert far.get("big") == source.read_bytes()
    assert far.hidden() == []
    assert far.toll.up <= far.most(SIZE)


@pytest.mark.parametrize(("kind", "point"), POINTS)
def test_download_goes_on(far: Far, kind: str, point: float | str, tmp_path: Path) -> None:
    haulier = Haulier(tmp_path / "home", far.connections)
    source = big_file(tmp_path / "big", SIZE)
    far.put("big", source)
    target = tmp_path / "there" / "big"
    words = (far.named(kind, "big"), target)
    haulier.copy_killed(far.toll, int(SIZE * fraction(point)), *words)
    code, out = haulier.copy(*words)
    assert code == 0, out
    assert target.read_bytes() == source.read_bytes()
    assert os.listdir(target.parent) == ["big"]
    assert far.toll.down <= far.most(SIZE)


@pytest.mark.parametrize("beside", [True, False])
def test_an_upload_that_somebody_else_gave_up_is_not_taken_for_done(s3: S3Far, beside: bool, tmp_path: Path) -> None:
    """Buckets often have a rule that ends uploads after some days: that is not what publishing leaves."""
    haulier = Haulier(tmp_path / "home", s3.connections)
    source = big_file(tmp_path / "out" / "big", SIZE // 4)
    words = haulier.job("one", f"type: local, path: {source.parent}", "connection: s3, path: in")
    if beside:
        s3.put("in/other", source)
    process = haulier.start(*words)

    def kill_before_it_is_completed(way: str, data: bytes) -> None:
        if way == "up" and data.startswith(b"POST ") and b"uploadId=" in data.partition(b"\r\n")[0]:
            process.kill()
            raise ConnectionError

    s3.toll.look = kill_before_it_is_completed
    process.communicate(timeout=60)
    s3.toll.look = lambda way, data: None
    assert process.returncode == -signal.SIGKILL and s3.hidden() == ["in/big"]
    s3.give_up_uploads()
    for _ in range(2):      # one may fail, saying so
        code, out = haulier.run(*words)
    assert code == 0 and "in/big" in s3.names(), out
    assert s3.get("in/big") == source.read_bytes() and s3.hidden() == []
