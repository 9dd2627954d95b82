"""Cells: kill -9 at half of a big file, then the same command again. What of it is sent a second time?"""
from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

from tests.acceptance.toll import Toll

from .files import big
from .measure import Contender, Figures, Most, Running
from .s3 import ceph
from .sftp import Ssh
from .stage import Cell, Stage

MIB = 1 << 20
SETTLED = 0.3       # seconds: what was on its way when a process died has arrived by then


def cells(*, quick: bool) -> Iterator[Cell]:
    """The part of a local target is 16 MiB, of all others 8 MiB."""
    size = (64 if quick else 1024) * MIB
    places: dict[str, Callable[..., Sequence[Contender]]] = {
        "SFTP": partial(over_ssh, "far"), "SCP": partial(over_ssh, "far_scp"), "S3 (Ceph)": over_http}
    ways: dict[str, tuple[Callable[..., Sequence[Contender]], int]] = {"local → local": (local, 16)}
    for name, place in places.items():
        ways |= {f"local → {name}": (partial(place, "up"), 8), f"{name} → local": (partial(place, "down"), 16)}
    for name, (prepare, part) in ways.items():
        load = Load(size, size // 2 + part * MIB * 7 // 8)
        yield Cell(f"{name} 1 × {size // MIB:,} MiB, kill -9 at half, then again", partial(prepare, load),
                   [Most(round(part * MIB / 1e6, 1), "again", note=", a part")], repeats=1)


class Load(NamedTuple):
    """A file of so many bytes, and how many are carried when the kill comes: at half, with a part nearly done."""

    size: int
    half: int


class Meter(Protocol):
    """Counts what is carried, and kills in the middle."""

    def kill(self, running: Running, after: int) -> None:
        """See to it that the process is killed when it carried so many bytes."""

    def begin(self) -> None:
        """Count from here."""

    def carried(self, figures: Figures) -> float:
        """Bytes so far; the figures are of the process that has ended."""


class AtToll:
    """Bytes that pass a proxy, one way."""

    def __init__(self, stage: Stage, way: str) -> None:
        self._stage, self._way = stage, way
        self._before = 0

    def __call__(self, port: int) -> int:
        """Put the proxy in the way."""
        self._toll = self._stage.enter_context(Toll(port))
        return self._toll.port

    def kill(self, running: Running, after: int) -> None:
        self._toll.when(after, running.kill)

    def begin(self) -> None:
        self._before = self._passed()

    def carried(self, figures: Figures) -> float:
        time.sleep(SETTLED)
        return self._passed() - self._before

    def _passed(self) -> int:
        return self._toll.up if self._way == "up" else self._toll.down


class Written:
    """Bytes given to the system."""

    def kill(self, running: Running, after: int) -> None:
        while running.written < after and not running.has_ended:
            time.sleep(0.0005)
        running.kill()

    def begin(self) -> None:
        pass

    def carried(self, figures: Figures) -> float:
        return figures["written"]


class Copy(Protocol):
    def __call__(self, source: str | Path, target: str | Path, /) -> Sequence[str]: ...


@dataclass(frozen=True)
class Killed:
    """A contender that copies a file once undisturbed, then to another name, killed at half and started again.

    Its time is that of the last start. What the two took more than the first is what was sent again.
    """

    name: str
    half: int
    words: Callable[[str], Sequence[str]]   # a copy of the file to a name
    check: Callable[[str], None]            # that it is there
    meter: Meter
    environment: Mapping[str, str]

    def run(self, log: Path) -> Figures:
        whole = self._start(log, "whole")
        self.check(f"{self.name}-whole")
        killed = self._start(log, "killed", after=self.half)
        again = self._start(log, "killed")
        self.check(f"{self.name}-killed")
        sent = killed["carried"] + again["carried"] - whole["carried"]
        return {"wall": again["wall"], "cpu": again["cpu"], "rss": max(one["rss"] for one in (whole, killed, again)),
                "whole": whole["wall"], "again": max(sent, 0) / 1e6}

    def _start(self, log: Path, name: str, after: int = 0) -> Figures:
        self.meter.begin()
        running = Running(self.words(f"{self.name}-{name}"), self.environment, log)
        if after:
            self.meter.kill(running, after)
        code, figures = running.end()
        if code != (-signal.SIGKILL if after else 0):
            raise RuntimeError(f"ended with {code}: {running.said()}")
        return figures | {"carried": self.meter.carried(figures)}


def same(one: Path, other: Path) -> None:
    """AssertionError if they differ. Removes the other."""
    assert subprocess.run(["cmp", str(one), str(other)]).returncode == 0, "what arrived is not what was sent"
    other.unlink()


class Pair:
    """Haulier and rclone, between one file and places whose names begin with `far`."""

    def __init__(self, stage: Stage, load: Load, meter: Meter) -> None:
        self.programs, self._half, self._meter = stage.programs, load.half, meter
        self.source, self.out = big(stage.place / "source" / "file", load.size), stage.place / "out"
        self.out.mkdir()

    def haulier(self, way: str, far: str, check: Callable[[str], None]) -> Killed:
        return self._killed("haulier", self.programs.copy, way, far, check)

    def rclone(self, way: str, far: str, check: Callable[[str], None]) -> Killed:
        return self._killed("rclone", partial(self.programs.rclone, "copyto"), way, far, check)

    def _killed(self, name: str, copy: Copy, way: str, far: str, check: Callable[[str], None]) -> Killed:
        def words(to: str) -> Sequence[str]:
            return copy(self.source, f"{far}{to}") if way == "up" else copy(f"{far}file", self.out / to)
        return Killed(name, self._half, words, check, self._meter, self.programs.environment)


def local(load: Load, stage: Stage) -> Sequence[Contender]:
    pair = Pair(stage, load, Written())
    far = f"{pair.out}/"

    def check(to: str) -> None:
        same(pair.source, pair.out / to)
    return [pair.haulier("up", far, check), pair.rclone("up", far, check)]


def over_ssh(kind: str, way: str, load: Load, stage: Stage) -> Sequence[Contender]:
    """rclone takes part where it can: it has no SCP."""
    meter = AtToll(stage, way)
    ssh, pair = Ssh(stage, meter), Pair(stage, load, meter)
    remote, folder = ssh.folder()
    if way == "down":
        shutil.copy(pair.source, folder / "file")
    there = folder if way == "up" else pair.out

    def check(to: str) -> None:
        same(pair.source, there / to)
    ours = pair.haulier(way, f"{kind}:{remote}/", check)
    return [ours, pair.rclone(way, f"far:{remote}/", check)] if kind == "far" else [ours]


def over_http(way: str, load: Load, stage: Stage) -> Sequence[Contender]:
    meter = AtToll(stage, way)
    far, pair = ceph(stage, "killed", meter), Pair(stage, load, meter)

    def check(to: str) -> None:
        if way == "up":
            far.rclone("copyto", f"far:{far.bucket}/{to}", pair.out / to)
            far.remove(to)
        same(pair.source, pair.out / to)

    if way == "down":
        far.rclone("copyto", pair.source, f"far:{far.bucket}/file")
    return [pair.haulier(way, "far:", check), pair.rclone(way, f"far:{far.bucket}/", check)]
