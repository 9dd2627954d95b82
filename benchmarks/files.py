"""Trees of files to move, made once, and fresh places to move them to."""
from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path

_numbers = count(1)


def tree(root: Path, files: int, size: int, *, per_folder: int = 100) -> Path:
    """`files` files of `size` bytes, all different, nested two deep."""
    if root.exists():
        return root
    block = os.urandom(size)
    for number in range(files):
        folder = root / f"d{number // per_folder // 10:03d}" / f"e{number // per_folder % 10}"
        if number % per_folder == 0:
            folder.mkdir(parents=True)
        (folder / f"f{number:06d}.bin").write_bytes(block[:-8] + number.to_bytes(8, "big"))
    return root


def big(path: Path, size: int) -> Path:
    """One file of random bytes (a MiB of them, varied per block)."""
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    block = os.urandom(1 << 20)
    with open(path, "wb") as file:
        for number in range(size >> 20):
            file.write(number.to_bytes(8, "big") + block[8:])
    return path


def fresh(root: Path) -> Path:
    """A folder that was never used: deleting and refilling makes ext4 slow for everybody."""
    path = root / f"out{next(_numbers):04d}"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def arrived(path: Callable[[], Path], files: int, size: int) -> Callable[[], None]:
    """A check that `files` files with `size` bytes in all are there, which then removes them."""
    def check() -> None:
        found = [Path(folder, name) for folder, _, names in os.walk(path()) for name in names]
        assert len(found) == files, f"{len(found)} of {files} files arrived"
        assert sum(file.stat().st_size for file in found) == size, "the sizes differ"
        shutil.rmtree(path())
    return check
