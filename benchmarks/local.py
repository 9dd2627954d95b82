"""Cells: from folder to folder on this machine."""
from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from .files import arrived, big, fresh, tree
from .measure import Cell, Contender, Goal
from .programs import Programs


class Into:
    """Commands that each write into a folder of their own."""

    def __init__(self, root: Path, files: int, size: int) -> None:
        self.root, self.files, self.size = root, files, size
        self.path = root

    def contender(self, name: str, command: Callable[[Path], Sequence[str]],
                  **environment: str) -> Contender:
        def before() -> Sequence[str]:
            self.path = fresh(self.root)
            return command(self.path)
        return Contender(name, before, arrived(lambda: self.path, self.files, self.size), environment)


def many_small(programs: Programs, place: Path, name: str, count: int) -> Cell:
    source = tree(place / f"tree{count}", count, 4096)
    into = Into(place / "out", count, count * 4096)
    return Cell(f"local → local {count:,} × 4 KiB nested, {name}", [
        into.contender("haulier", lambda to: programs.copy(source, to)),
        into.contender("rclone", lambda to: programs.rclone("copy", source, to)),
        into.contender("cp -a", lambda to: ["cp", "-a", str(source), str(to)]),
        into.contender("rsync -a", lambda to: ["rsync", "-a", f"{source}/", str(to)]),
    ], [Goal(2, "rclone"), Goal(0.8, "cp -a")])


def one_big(programs: Programs, place: Path, name: str, mebibytes: int) -> Cell:
    source = big(place / f"big{mebibytes}" / "file", mebibytes << 20)
    into = Into(place / "out", 1, mebibytes << 20)
    return Cell(f"local → local 1 × {mebibytes} MiB, checksum, {name}", [
        into.contender("haulier", lambda to: programs.copy(source.parent, to, "--check", "checksum")),
        into.contender("haulier (in-pass digest only)", lambda to: programs.copy(source.parent, to)),
        into.contender("rclone", lambda to: programs.rclone("copy", source.parent, to)),
        into.contender("cp", lambda to: ["cp", "-r", str(source.parent), str(to)]),
        Contender("sha256sum", lambda: ["sha256sum", str(source)]),
    ], [Goal(0.9, "slower of sha256sum and cp"), Goal(1, "rclone")])


def second_pass(programs: Programs, place: Path, count: int) -> Cell:
    """Both know the target already: everything is there and unchanged."""
    source = tree(place / f"tree{count}", count, 4096)
    target = place / "second"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    return Cell(f"second pass over {count:,} unchanged local files", [
        Contender("haulier", lambda: programs.copy(source, target)),
        Contender("rclone", lambda: programs.rclone("copy", source, target)),
        Contender("rsync -a", lambda: ["rsync", "-a", f"{source}/", str(target)]),
    ], [Goal(2, "rclone")], repeats=5)


def listing(programs: Programs, place: Path, count: int) -> Cell:
    """Peak memory is what counts here: at most 150 MiB, however many there are."""
    source = tree(place / f"tree{count}", count, 16)
    return Cell(f"listing {count:,} entries, local", [
        Contender("haulier", lambda: programs.haulier("ls", "--recursive", "--json", str(source))),
        Contender("rclone lsf", lambda: programs.rclone("lsf", "-R", "--format", "pst", source)),
    ], repeats=1)


def start_up(programs: Programs, place: Path) -> Cell:
    small = place / "one-small-file"
    small.write_bytes(b"x" * 1000)
    return Cell("start-up", [
        Contender("haulier", lambda: programs.haulier("--help")),
        Contender("copy of one small file", lambda: programs.copy(small, fresh(place / "small"))),
        Contender("rclone version", lambda: programs.rclone("version")),
    ], repeats=7)
