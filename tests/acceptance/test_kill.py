"""kill -9 in the middle, then the same command again: all there, and little of it sent twice."""
from __future__ import annotations

import os
import random
import secrets
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from acceptance.toll import Haulier, Toll
from haulier.testing.servers import rgw, sshd
from haulier.testing.stores import content

MIB = 1 << 20
SIZE = 96 * MIB
DATA = content(MIB)


@dataclass
class Far:
    """A far place as the program names it, as this test reaches it, and what may be lost there."""

    toll: Toll
    connections: str
    remote: str                         # `connection:folder`
    put: Callable[[str, Path], None]    # a file into it, behind the program's back
    get: Callable[[str], bytes]
    hidden: Callable[[], list[str]]
    part: int


def big_file(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        for number in range(SIZE // MIB):
            file.write(number.to_bytes(8, "big") + DATA[8:])
    return path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sshd.Sshd]:
    with sshd.Sshd(tmp_path_factory.mktemp("sshd")) as running:
        yield running


@pytest.fixture
def ssh(server: sshd.Sshd, tmp_path: Path) -> Iterator[Far]:
    account = server.keyed
    folder = secrets.token_hex(4)
    local = account.local / folder
    local.mkdir()
    shutil.chown(local, account.name)
    with Toll(server.port) as toll:
        known = tmp_path / "known_hosts"
        known.write_text("".join(f"[127.0.0.1]:{toll.port} {line.split(' ', 1)[1]}\n"
                                 for line in server.known_hosts.read_text().splitlines()))
        login = (f"host: 127.0.0.1, port: {toll.port}, username: {account.name}, "
                 f"key_file: {account.key_file}, known_hosts: {known}")

        def put(name: str, file: Path) -> None:
            shutil.copy(file, local / name)
            shutil.chown(local / name, account.name)

        yield Far(toll, f"  sftp: {{type: sftp, {login}}}\n  scp: {{type: scp, {login}}}\n",
                  f"{account.folder.rstrip('/')}/{folder}", put, lambda name: (local / name).read_bytes(),
                  lambda: [name for name in os.listdir(local) if name.startswith(".")], 8 * MIB)
    shutil.rmtree(local)


@pytest.fixture
def s3(tmp_path: Path) -> Iterator[Far]:
    import boto3
    ceph = rgw.shared()
    bucket = ceph.bucket(f"kill-{secrets.token_hex(4)}")
    client = boto3.client("s3", endpoint_url=ceph.endpoint, aws_access_key_id=ceph.key,
                          aws_secret_access_key=ceph.secret, region_name="us-east-1")
    with Toll(ceph.port) as toll:
        connections = (f"  s3: {{type: s3, endpoint_url: 'http://127.0.0.1:{toll.port}', bucket: {bucket}, "
                       f"region: us-east-1, addressing_style: path, access_key: {ceph.key}, "
                       f"secret_key: {ceph.secret}}}\n")
        yield Far(toll, connections, "", lambda name, file: client.upload_file(str(file), bucket, name),
                  lambda name: client.get_object(Bucket=bucket, Key=name)["Body"].read(),
                  lambda: [upload["Key"] for upload in client.list_multipart_uploads(Bucket=bucket).get("Uploads", [])],
                  16 * MIB)
    client.close()


POINTS = [(kind, point) for kind in ("sftp", "s3") for point in (0.1, 0.5, 0.9, "random")] + [
    ("scp", 0.5), ("scp", "random")]


def fraction(point: float | str) -> float:
    return random.SystemRandom().uniform(0.02, 0.98) if point == "random" else float(point)


@pytest.mark.parametrize(("kind", "point"), POINTS)
def test_upload_goes_on(request: pytest.FixtureRequest, kind: str, point: float | str, tmp_path: Path) -> None:
    far: Far = request.getfixturevalue("s3" if kind == "s3" else "ssh")
    haulier = Haulier(tmp_path / "home", far.connections)
    source = big_file(tmp_path / "big")
    words = (source, f"{kind}:{far.remote}/big".replace(":/big", ":big"))
    killed = haulier.copy_killed(far.toll, int(SIZE * fraction(point)), *words)
    code, out = haulier.copy(*words)
    assert code == 0, out
    assert killed or point == "random" or point == 0.9
    assert far.get("big") == source.read_bytes()
    assert far.hidden() == []
    # What was under way when the process died is lost: at most a part, and what lines and pipes held.
    assert far.toll.up <= SIZE * 1.02 + far.part + 6 * MIB


@pytest.mark.parametrize(("kind", "point"), POINTS)
def test_download_goes_on(request: pytest.FixtureRequest, kind: str, point: float | str, tmp_path: Path) -> None:
    far: Far = request.getfixturevalue("s3" if kind == "s3" else "ssh")
    haulier = Haulier(tmp_path / "home", far.connections)
    source = big_file(tmp_path / "big")
    far.put("big", source)
    target = tmp_path / "there" / "big"
    words = (f"{kind}:{far.remote}/big".replace(":/big", ":big"), target)
    haulier.copy_killed(far.toll, int(SIZE * fraction(point)), *words)
    code, out = haulier.copy(*words)
    assert code == 0, out
    assert target.read_bytes() == source.read_bytes()
    assert os.listdir(target.parent) == ["big"]
    assert far.toll.down <= SIZE * 1.02 + far.part + 6 * MIB


def test_local_copy_goes_on(tmp_path: Path) -> None:
    haulier = Haulier(tmp_path / "home")
    source = big_file(tmp_path / "big")
    with open(source, "r+b") as file:
        file.truncate(2 << 30)      # mostly a hole: what is copied first is data
    target = tmp_path / "there" / "big"
    process = haulier.start("copy", "--bwlimit", "40MB/s", source, target)
    deadline = time.monotonic() + 30
    while not any(path.stat().st_blocks > 40_000 for path in target.parent.glob(".big*")):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    temp, = target.parent.glob(".big*")
    inode, done = temp.stat().st_ino, temp.stat().st_size
    assert done >= 16 * MIB and not target.exists()
    code, out = haulier.run("copy", source, target)
    assert code == 0, out
    assert target.stat().st_ino == inode, "the file that was half there was gone on with"
    assert os.listdir(target.parent) == ["big"]
    assert os.system(f"cmp -s {source} {target}") == 0


@pytest.mark.parametrize("kind", ["local", "sftp", "s3"])
def test_many_small_files_all_arrive(request: pytest.FixtureRequest, kind: str, tmp_path: Path) -> None:
    far: Far | None = None if kind == "local" else request.getfixturevalue("s3" if kind == "s3" else "ssh")
    haulier = Haulier(tmp_path / "home", far.connections if far else "")
    source = tmp_path / "many"
    for number in range(2000):
        (source / f"d{number % 30}").mkdir(parents=True, exist_ok=True)
        (source / f"d{number % 30}" / f"f{number}").write_bytes(DATA[number:number + 4000])
    target = tmp_path / "there" if far is None else f"{kind}:{far.remote}"
    kills = 0
    for _ in range(3):
        if far:
            kills += haulier.copy_killed(far.toll, random.SystemRandom().randrange(200_000, 3 * MIB), source, target)
        else:
            process = haulier.start("copy", "--workspace", haulier.workspace, source, target)
            time.sleep(random.SystemRandom().uniform(0.3, 0.9))
            process.kill()
            process.communicate()
            kills += 1
    code, out = haulier.copy(source, target)
    assert code == 0, out
    assert kills
    get = far.get if far else lambda name: (tmp_path / "there" / name).read_bytes()
    files = [path for path in source.rglob("f*") if path.is_file()]
    with ThreadPoolExecutor(8) as pool:
        arrived = pool.map(get, [str(path.relative_to(source)) for path in files])
        assert all(data == path.read_bytes() for path, data in zip(files, arrived, strict=True))
    left = far.hidden() if far else [*(tmp_path / "there").rglob(".*")]
    assert left == []
