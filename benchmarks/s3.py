"""Cells: between this machine and S3, a real store (Ceph) and a sink that costs nothing."""
from __future__ import annotations

import atexit
import functools
import itertools
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from haulier.testing.servers.rgw import Rgw

from .files import Into, big, found, tree
from .made import Made
from .measure import Command, Contender, Faster
from .stage import Cell, Stage

ROOT = Path(__file__).parents[1]
DEVICE = 8 << 30    # bytes that Ceph may keep, in memory
_numbers = itertools.count(1)


def cells(*, quick: bool) -> Iterator[Cell]:
    mebibytes, count = (64, 200) if quick else (1024, 2000)
    one, many = Made(1, mebibytes << 20), Made(count, 16384)
    big_one, small = f"1 × {mebibytes:,} MiB", f"{count:,} × 16 KiB"
    yield Cell(f"local → S3 {big_one}, sink", uploads(sink, one), [Faster(2.5, "rclone"), Faster(3, "boto3")])
    yield Cell(f"local → S3 {big_one}, Ceph", uploads(ceph, one), [Faster(1.2, "rclone")])
    for name, server, bucket in (("sink", sink, one.name), ("Ceph", ceph, "benchmark")):
        yield Cell(f"S3 → local {big_one}, {name}", downloads(server, one, bucket),
                   [Faster(1.1, "rclone"), Faster(2.5, "boto3")])
    goals = [Faster(1.2, "rclone"), Faster(8, "boto3")]
    for name, server, bucket in (("sink", sink, many.name), ("Ceph", ceph, "benchmark")):
        yield Cell(f"local → S3 {small}, {name}", uploads(server, many), goals)
        yield Cell(f"S3 → local {small}, {name}", downloads(server, many, bucket), goals)


class Endpoint:
    """An S3 service, and `far`: a bucket in it that haulier and rclone have settings for."""

    def __init__(self, stage: Stage, url: str, keys: tuple[str, str], bucket: str,
                 collect: Callable[[], object] = lambda: None) -> None:
        self.programs, self.bucket = stage.programs, bucket
        self._url, self._collect, (key, secret) = url, collect, keys
        self.environment = {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret,
                            "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
        self.settings = {"type": "s3", "endpoint_url": url, "region": "us-east-1", "bucket": bucket,
                         "access_key": key, "secret_key": secret, "addressing_style": "path"}
        self.programs.connection("far", **self.settings)
        self.programs.remote("far", type="s3", provider="Other", endpoint=url, access_key_id=key,
                             secret_access_key=secret, region="us-east-1", force_path_style="true", list_version=2)

    def rclone(self, *words: str | Path) -> bytes:
        """Run it, untimed, and give its output."""
        return subprocess.run(self.programs.rclone(*words), check=True, capture_output=True,
                              env=self.programs.environment).stdout

    def remove(self, prefix: str) -> None:
        """Objects whose names begin so, and what the store still keeps of them."""
        self.rclone("delete", f"far:{self.bucket}", "--include", f"/{prefix}**")
        self._collect()

    def boto(self, verb: str, prefix: str, folder: Path) -> Sequence[str]:
        return [sys.executable, str(Path(__file__).with_name("boto.py")), verb, self._url, self.bucket, prefix,
                str(folder)]


Server = Callable[[Stage, str], Endpoint]


def sink(stage: Stage, bucket: str) -> Endpoint:
    """In a process of its own."""
    process = stage.enter_context(subprocess.Popen([sys.executable, "-m", "benchmarks.sink"], cwd=ROOT,
                                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE))
    stage.callback(process.kill)
    assert process.stdout
    return Endpoint(stage, f"http://127.0.0.1:{int(process.stdout.readline())}", ("key", "secret"), bucket)


def ceph(stage: Stage, bucket: str, way: Callable[[int], int] = lambda port: port) -> Endpoint:
    """A bucket of its own, that is empty again at the end. `way` may lead through a proxy."""
    rgw = gateway()

    def collect() -> None:
        """Else what was deleted stays in memory for hours."""
        rgw._run("radosgw-admin", "-n", "client.rgw.a", "gc", "process", "--include-all")
    name = rgw.bucket(f"{bucket}-{next(_numbers)}")
    far = Endpoint(stage, f"http://127.0.0.1:{way(rgw.port)}", (rgw.key, rgw.secret), name, collect)
    stage.callback(far.remove, "")
    # The first upload, and the first in parts, make it set up its pools for seconds.
    first = big(stage.place / "first" / "file", 12 << 20)
    far.rclone("copyto", first, f"far:{name}/first", "--s3-upload-cutoff", "6M")
    far.remove("first")
    return far


@functools.cache
def gateway() -> Rgw:
    """One for all cells: it takes long to start."""
    rgw = Rgw(memory=DEVICE)
    atexit.register(rgw.stop)
    return rgw


def files(root: Path, made: Made) -> Path:
    return big(root / "file", made.size).parent if made.objects == 1 else tree(root, made.objects, made.size)


def uploads(server: Server, made: Made) -> Callable[[Stage], Sequence[Contender]]:
    def prepare(stage: Stage) -> Sequence[Contender]:
        programs, far = stage.programs, server(stage, "benchmark")
        source = files(stage.place / "source", made)
        wanted = found(source) if server is ceph else None

        def upload(name: str, words: Callable[[str], Sequence[str]], **environment: str) -> Command:
            at = [""]

            def before() -> Sequence[str]:
                at[0] = f"p{next(_numbers)}"
                return words(at[0])
            return programs.command(name, before, lambda: stored(far, at[0], wanted), **environment)

        return [
            upload("haulier", lambda to: programs.copy(source, f"far:{to}")),
            upload("rclone", lambda to: programs.rclone("copy", source, f"far:{far.bucket}/{to}")),
            upload("boto3", lambda to: far.boto("put", to, source), **far.environment),
        ]
    return prepare


def stored(far: Endpoint, prefix: str, wanted: tuple[int, int] | None) -> None:
    """AssertionError if not so many objects with so many bytes are there; removes them. A sink has nothing."""
    if wanted:
        there = json.loads(far.rclone("size", "--json", f"far:{far.bucket}/{prefix}"))
        far.remove(f"{prefix}/")
        assert (there["count"], there["bytes"]) == wanted, f"{there} instead of {wanted}"


def downloads(server: Server, made: Made, bucket: str) -> Callable[[Stage], Sequence[Contender]]:
    def prepare(stage: Stage) -> Sequence[Contender]:
        programs, far = stage.programs, server(stage, bucket)
        if server is ceph:
            source = files(stage.place / "source", made)
            far.rclone("copy", source, f"far:{far.bucket}")
        into = Into(programs, stage.place / "out", (made.objects, made.objects * made.size))
        return [
            into.command("haulier", lambda to: programs.copy("far:", to)),
            into.command("rclone", lambda to: programs.rclone("copy", f"far:{far.bucket}", to)),
            into.command("boto3", lambda to: far.boto("get", "", to), **far.environment),
        ]
    return prepare
