"""Places behind real servers, each reached through a toll: as the program names them and as a test does."""
from __future__ import annotations

import os
import pwd
import random
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from acceptance.toll import Toll
from haulier.testing.servers import rgw, sshd
from haulier.testing.stores import content

MIB = 1 << 20
DATA = content(MIB)
SLACK = 10 * MIB
"""What lines and pipes hold: it left one process, and the other died before it took it. Mostly five; up to nine
were seen where a machine had much else to do."""


@dataclass
class Far:
    """A far place. `connections` is for haulier.yaml; `remote` is the folder in it, '' for the top."""

    toll: Toll
    connections: str
    remote: str
    put: Callable[[str, Path], None]    # a file into it, behind the program's back
    get: Callable[[str], bytes]
    names: Callable[[], list[str]]      # of all files that can be seen
    hidden: Callable[[], list[str]]     # drafts, begun uploads
    part: int                           # bytes that may be lost, and so sent again

    def named(self, connection: str, path: str) -> str:
        """A file or folder in it as the program is told."""
        return f"{connection}:{self.remote}{'/' if self.remote else ''}{path}"

    def most(self, size: int) -> int:
        """The most that may have passed when `size` bytes were sent by a process that died once."""
        return int(size * 1.02) + self.part + SLACK


@dataclass
class SshFar(Far):
    """The folder is also on this machine."""

    local: Path


@dataclass
class S3Far(Far):
    """The bucket, as boto3 sees it."""

    client: Any
    bucket: str

    def give_up_uploads(self) -> None:
        for one in self.client.list_multipart_uploads(Bucket=self.bucket).get("Uploads", []):
            self.client.abort_multipart_upload(Bucket=self.bucket, Key=one["Key"], UploadId=one["UploadId"])

    def empty(self) -> None:
        """Give the memory back that the server keeps everything in."""
        self.give_up_uploads()
        for page in self.client.get_paginator("list_object_versions").paginate(Bucket=self.bucket):
            old = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in page.get("Versions", [])]
            if old:
                self.client.delete_objects(Bucket=self.bucket, Delete={"Objects": old, "Quiet": True})


@contextmanager
def ssh_place(server: sshd.Sshd, known_hosts: Path) -> Iterator[SshFar]:
    """A new folder at the server, as connections `sftp` and `scp`."""
    account = server.keyed
    folder = secrets.token_hex(4)
    local = account.local / folder
    local.mkdir()
    shutil.chown(local, account.name)
    with Toll(server.port) as toll:
        known_hosts.write_text("".join(f"[127.0.0.1]:{toll.port} {line.split(' ', 1)[1]}\n"
                                       for line in server.known_hosts.read_text().splitlines()))
        login = (f"host: 127.0.0.1, port: {toll.port}, username: {account.name}, "
                 f"key_file: {account.key_file}, known_hosts: {known_hosts}")

        def put(name: str, file: Path) -> None:
            target = local / name
            for above in reversed(Path(name).parents[:-1]):
                (local / above).mkdir(exist_ok=True)
                shutil.chown(local / above, account.name)
            shutil.copy(file, target)
            shutil.chown(target, account.name)

        def found(hidden: bool) -> list[str]:
            return [str(path.relative_to(local)) for path in local.rglob("*")
                    if path.is_file() and path.name.startswith(".") is hidden]

        toll.is_quiet = lambda: not sessions(server)

        # One channel: on a busy machine the line would look far, and each further one has 4 MiB on its way.
        yield SshFar(
            toll, f"  sftp: {{type: sftp, {login}, connections: 1}}\n  scp: {{type: scp, {login}}}\n",
            f"{account.folder.rstrip('/')}/{folder}", put, lambda name: (local / name).read_bytes(),
            lambda: found(False), lambda: found(True), 8 * MIB, local)
    shutil.rmtree(local, ignore_errors=True)    # a session outlives its line for a moment, and may still write


def sessions(server: sshd.Sshd) -> list[int]:
    """Processes of those who have logged in: one outlives its line for as long as it has something to do."""
    found, user = [], pwd.getpwnam(server.keyed.name).pw_uid
    for entry in Path("/proc").glob("[0-9]*") if user != os.getuid() else ():
        with suppress(OSError):
            if entry.stat().st_uid == user:
                found.append(int(entry.name))
    return found


@contextmanager
def s3_place(name: str = "s3", connections: int = 2) -> Iterator[S3Far]:
    """A new bucket, as a connection of this name: every part on its way may be lost, so few `connections`."""
    import boto3
    ceph = rgw.shared()
    bucket = ceph.bucket(f"kill-{secrets.token_hex(4)}")
    client = boto3.client("s3", endpoint_url=ceph.endpoint, aws_access_key_id=ceph.key,
                          aws_secret_access_key=ceph.secret, region_name="us-east-1")

    def keys() -> list[str]:
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        return [one["Key"] for page in pages for one in page.get("Contents", [])]

    with Toll(ceph.port) as toll:
        far = S3Far(
            toll, f"  {name}: {{type: s3, endpoint_url: 'http://127.0.0.1:{toll.port}', bucket: {bucket}, "
                  f"region: us-east-1, addressing_style: path, access_key: {ceph.key}, "
                  f"secret_key: {ceph.secret}, connections: {connections}}}\n",
            "", lambda key, file: client.upload_file(str(file), bucket, key),
            lambda key: client.get_object(Bucket=bucket, Key=key)["Body"].read(), keys,
            lambda: [one["Key"] for one in client.list_multipart_uploads(Bucket=bucket).get("Uploads", [])],
            connections * 8 * MIB, client, bucket)
        yield far
        far.empty()
    client.close()


def big_file(path: Path, size: int) -> Path:
    """A file in which no two places hold the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        for number in range(size // MIB):
            file.write(number.to_bytes(8, "big") + DATA[8:])
    return path


def many_files(folder: Path, count: int, size: int = 4000) -> dict[str, bytes]:
    """So many small files, no two the same, in folders of about a hundred: their paths and bytes."""
    files = {f"d{number % (count // 100 + 1)}/f{number}": DATA[number:number + size] for number in range(count)}
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return files


def chance() -> random.Random:
    """A new one, that says how to have it again."""
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"random.Random({seed})")
    return random.Random(seed)


def fraction(point: float | str) -> float:
    """How far to let it come: as said, or anywhere."""
    return chance().uniform(0.02, 0.98) if point == "random" else float(point)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sshd.Sshd]:
    with sshd.Sshd(tmp_path_factory.mktemp("sshd")) as running:
        yield running


@pytest.fixture
def ssh(server: sshd.Sshd, tmp_path: Path) -> Iterator[SshFar]:
    with ssh_place(server, tmp_path / "known_hosts") as far:
        yield far


@pytest.fixture
def s3() -> Iterator[S3Far]:
    with s3_place() as far:
        yield far


@pytest.fixture
def far(request: pytest.FixtureRequest, kind: str) -> Far | None:
    """For tests with a parameter `kind`: local (None), sftp, scp or s3."""
    found: Far | None = None if kind == "local" else request.getfixturevalue("s3" if kind == "s3" else "ssh")
    return found
