"""Cells: between this machine and S3, a real store (Ceph) and a sink that costs nothing."""
from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

from haulier.testing.servers.rgw import Rgw

from .files import big, tree
from .local import Into
from .measure import Cell, Contender, Goal
from .programs import Programs

_prefixes = count(1)


class Endpoint:
    """An S3 service that everybody reaches with the same keys."""

    def __init__(self, programs: Programs, name: str, url: str, key: str, secret: str, bucket: str) -> None:
        self.programs, self.name, self.url, self.bucket = programs, name, url, bucket
        self.environment = {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret,
                            "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
        settings = programs.workspace / "haulier.yaml"
        programs.workspace.mkdir(exist_ok=True)
        text = settings.read_text() if settings.exists() else "connections:\n"
        settings.write_text(text + f"  {name}: {{type: s3, endpoint_url: '{url}', region: us-east-1,"
                            f" bucket: {bucket}, access_key: {key}, secret_key: {secret}, addressing_style: path}}\n")
        with open(programs.rclone_config, "a") as config:
            config.write(f"[{name}]\ntype = s3\nprovider = Other\nendpoint = {url}\naccess_key_id = {key}\n"
                         f"secret_access_key = {secret}\nregion = us-east-1\nforce_path_style = true\n")

    def boto(self, verb: str, prefix: str, folder: Path) -> Sequence[str]:
        script = Path(__file__).with_name("boto.py")
        return [sys.executable, str(script), verb, self.url, self.bucket, prefix, str(folder)]

    def up(self, name: str, command: Callable[[str], Sequence[str]]) -> Contender:
        return Contender(name, lambda: command(f"p{next(_prefixes)}"), environment=self.environment)

    def upload(self, source: Path, label: str, goals: Sequence[Goal]) -> Cell:
        programs = self.programs
        return Cell(f"local → S3 {label}", [
            self.up("haulier", lambda to: programs.copy(source, f"{self.name}:{to}")),
            self.up("rclone", lambda to: programs.rclone("copy", source, f"{self.name}:{self.bucket}/{to}")),
            self.up("boto3", lambda to: self.boto("put", to, source)),
        ], goals)

    def download(self, source: Path, place: Path, label: str, goals: Sequence[Goal]) -> Cell:
        programs, prefix = self.programs, f"down-{source.name}"
        sizes = [file.stat().st_size for file in source.rglob("*") if file.is_file()]
        subprocess.run(programs.rclone("copy", source, f"{self.name}:{self.bucket}/{prefix}"), check=True)
        into = Into(place / "s3down", len(sizes), sum(sizes))
        return Cell(f"S3 → local {label}", [
            into.contender("haulier", lambda to: programs.copy(f"{self.name}:{prefix}", to), **self.environment),
            into.contender("rclone", lambda to: programs.rclone(
                "copy", f"{self.name}:{self.bucket}/{prefix}", to), **self.environment),
            into.contender("boto3", lambda to: (to.mkdir(), self.boto("get", prefix, to))[1], **self.environment),
        ], goals)


class SinkServer:
    """The sink in a process of its own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen([sys.executable, "-m", "benchmarks.sink"], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE)
        assert self._process.stdout
        self.url = f"http://127.0.0.1:{int(self._process.stdout.readline())}"

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()


def all_cells(programs: Programs, sink: SinkServer, rgw: Rgw, place: Path, *, quick: bool) -> list[Cell]:
    nothing = Endpoint(programs, "sink", sink.url, "key", "secret", "bucket")
    ceph = Endpoint(programs, "ceph", rgw.endpoint, rgw.key, rgw.secret, rgw.bucket("benchmark"))
    one = big(place / "one" / "file", (64 if quick else 1024) << 20).parent
    size = sum(file.stat().st_size for file in one.iterdir()) >> 20
    small = tree(place / "small2000", 2000, 16384)
    return [
        nothing.upload(one, f"1 × {size} MiB, sink", [Goal(2.5, "rclone"), Goal(3, "boto3")]),
        ceph.upload(one, f"1 × {size} MiB, Ceph", [Goal(1.2, "rclone")]),
        ceph.download(one, place, f"1 × {size} MiB, Ceph", [Goal(1.1, "rclone"), Goal(2.5, "boto3")]),
        nothing.upload(small, "2,000 × 16 KiB, sink", [Goal(1.2, "rclone"), Goal(8, "boto3")]),
        ceph.upload(small, "2,000 × 16 KiB, Ceph", [Goal(1.2, "rclone")]),
        ceph.download(small, place, "2,000 × 16 KiB, Ceph", [Goal(1.2, "rclone")]),
    ]
