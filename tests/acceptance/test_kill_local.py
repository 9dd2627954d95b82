"""kill -9 in the middle of a copy on this machine, then again: how much was written, as the kernel counts."""
from __future__ import annotations

import filecmp
import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from acceptance.far import MIB, big_file, fraction
from acceptance.toll import Haulier

PART = 16 * MIB
LEDGER = 4 * MIB
"""More than the ledger of two runs takes."""


def written(process: subprocess.Popen[bytes]) -> int:
    """Bytes that an ended process wrote, in whichever way: asked before it is waited for, proc(5)."""
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    lines = Path(f"/proc/{process.pid}/io").read_text().splitlines()
    count = next(int(line.split()[1]) for line in lines if line.startswith("wchar:"))
    process.communicate()
    return count


def there(target: Path) -> int:
    """Bytes that the draft of a file holds."""
    with suppress(FileNotFoundError):   # it has just got its name
        return max((path.stat().st_blocks * 512 for path in target.parent.glob(f".{target.name}.*")), default=0)
    return 0


def has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Without waiting for it: the kernel would forget its account."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None


@pytest.mark.parametrize("point", [0.5, "random"])
@pytest.mark.parametrize(("way", "size"), [((), 512 * MIB), (("--bwlimit", "400MB/s"), 256 * MIB)],
                         ids=["kernel", "program"])
def test_one_big_file_is_gone_on_with(way: tuple[str, ...], size: int, point: float | str, tmp_path: Path) -> None:
    haulier = Haulier(tmp_path / "home")
    source, target = big_file(tmp_path / "big", size), tmp_path / "there" / "big"
    words, until = ("copy", *way, source, target), int(size * fraction(point))
    process = haulier.start(*words)
    while there(target) < until and not has_ended(process):
        time.sleep(0.001)
    os.kill(process.pid, signal.SIGKILL)    # Popen.kill would wait for one that has ended
    first = written(process)
    left = [path.stat() for path in target.parent.glob(".big*")]
    assert left or target.exists()
    process = haulier.start(*words)
    second = written(process)
    assert process.returncode == 0
    assert filecmp.cmp(source, target, shallow=False) and os.listdir(target.parent) == ["big"]
    assert not left or target.stat().st_ino == left[0].st_ino, "what was half there was gone on with"
    assert size <= first + second <= size + PART + LEDGER
    assert not left or second <= size - left[0].st_size + PART + LEDGER
