"""What the program needs at most, whatever the size of a file and however many there are."""
from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.far import MIB, Far
from acceptance.toll import Haulier

MOST = 150 * MIB
TMPFS = Path("/dev/shm")
PEAK = """
import os, sys
process = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, used = os.wait4(process, 0)
print(used.ru_maxrss * 1024, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
"""
"""Started from a small process: a child's peak begins with what its parent has when it is made."""


def peak(haulier: Haulier, *words: str | Path) -> int:
    """Bytes of memory of the program or of its largest process, by the kernel's account."""
    program = Path(sys.executable).with_name("haulier")
    ended = subprocess.run([sys.executable, "-S", "-c", PEAK, program, *map(str, words)], capture_output=True,
                           text=True, stdin=subprocess.DEVNULL, env=haulier.environment, cwd=haulier.home,
                           timeout=100)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return int(ended.stderr.splitlines()[-1])


def large(path: Path, size: int) -> Path:
    """A file that is quickly made: mostly a hole, which only the local store can see."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        for at in range(0, size, 64 * MIB):
            os.pwrite(file.fileno(), os.urandom(4096), at)
        file.truncate(size)
    return path


@pytest.mark.parametrize(("kind", "size"), [("sftp", 768 * MIB), ("scp", 384 * MIB), ("s3", 384 * MIB)])
def test_one_large_file_there_and_back(far: Far, kind: str, size: int, tmp_path: Path) -> None:
    haulier = Haulier(tmp_path / "home", far.connections)
    source, back = large(tmp_path / "large", size), tmp_path / "back"
    for words in ((source, far.named(kind, "large")), (far.named(kind, "large"), back)):
        assert peak(haulier, "copy", "--workspace", haulier.workspace, *words) <= MOST
    assert back.stat().st_size == size


@pytest.mark.parametrize("more", [(), ("--bwlimit", "10GB/s"), ("--step", "compress")])
def test_one_large_file_on_this_machine(more: tuple[str, ...], tmp_path: Path) -> None:
    haulier = Haulier(tmp_path / "home")
    source = large(tmp_path / "large", 1024 * MIB)
    assert peak(haulier, "copy", *more, source, f"{tmp_path}/target/") <= MOST
    assert len(os.listdir(tmp_path / "target")) == 1


@pytest.fixture
def quick_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory, where there is one: a hundred thousand files are many for a disk."""
    with tempfile.TemporaryDirectory(dir=TMPFS if TMPFS.is_dir() else tmp_path) as folder:
        yield Path(folder)


def test_a_hundred_thousand_small_files_and_the_second_look(quick_disk: Path) -> None:
    haulier = Haulier(quick_disk / "home")
    for number in range(100):
        folder = quick_disk / "many" / str(number)
        folder.mkdir(parents=True)
        for one in range(1000):
            os.close(os.open(folder / str(one), os.O_CREAT | os.O_WRONLY))
    words = ("copy", quick_disk / "many", quick_disk / "target")
    assert peak(haulier, *words) <= MOST
    assert sum(len(names) for _, _, names in os.walk(quick_disk / "target")) == 100_000
    assert peak(haulier, *words) <= MOST
