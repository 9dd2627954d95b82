"""Files to move, and fresh places to move them to."""
from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

from .measure import Command
from .programs import Programs

_numbers = count(1)


def tree(root: Path, files: int, size: int, *, per_folder: int = 100) -> Path:
    """`files` files of `size` bytes, all different, nested two deep; an hour old, so that no job waits for them."""
    block = os.urandom(size)
    then = time.time() - 3600
    for number in range(files):
        folder = root / f"d{number // per_folder // 10:03d}" / f"e{number // per_folder % 10}"
        if number % per_folder == 0:
            folder.mkdir(parents=True)
        path = f"{folder}/f{number:07d}.bin"
        with open(path, "wb") as file:
            file.write((block + number.to_bytes(8, "big"))[8:])
        os.utime(path, (then, then))
    return root


def big(path: Path, size: int) -> Path:
    """One file of random bytes (a MiB of them, varied per block)."""
    path.parent.mkdir(parents=True)
    block = os.urandom(1 << 20)
    with open(path, "wb") as file:
        for number in range(size >> 20):
            file.write(number.to_bytes(8, "big") + block[8:])
    return path


def found(root: Path) -> tuple[int, int]:
    """How many files there are below a folder, and their bytes."""
    sizes = [os.stat(f"{folder}/{name}").st_size for folder, _, names in os.walk(root) for name in names]
    return len(sizes), sum(sizes)


def fresh(root: Path) -> Path:
    """A name never used: deleting and refilling a folder makes ext4 slow for everybody."""
    root.mkdir(parents=True, exist_ok=True)
    return root / f"out{next(_numbers):04d}"


class Into:
    """Commands that each write a copy of `source` into a folder of their own."""

    def __init__(self, programs: Programs, root: Path, wanted: tuple[int, int]) -> None:
        self._programs, self._root, self._wanted = programs, root, wanted
        self._path = root

    def command(self, name: str, words: Callable[[Path], Sequence[str]], **environment: str) -> Command:
        def before() -> Sequence[str]:
            self._path = fresh(self._root)
            return words(self._path)
        return self._programs.command(name, before, lambda: arrived(self._path, self._wanted), **environment)


def arrived(path: Path, wanted: tuple[int, int]) -> None:
    """AssertionError if not so many files with so many bytes are there. Removes them."""
    there = found(path)
    shutil.rmtree(path, ignore_errors=True)
    assert there == wanted, f"{there} files and bytes arrived instead of {wanted}"
