"""Cells: from folder to folder on this machine, and the start of the program."""
from __future__ import annotations

from collections.abc import Iterator, Sequence

from .files import Into, big, found, tree
from .measure import Contender, Faster, Most
from .programs import own
from .stage import Cell, Stage


def cells(*, quick: bool) -> Iterator[Cell]:
    yield Cell("start-up: `haulier --help`", start_up, [Most(0.25, "wall")], repeats=7)
    yield Cell("start-up: copy of one small file", small_file, [Most(0.6, "wall")], repeats=7)
    count = 2_000 if quick else 100_000
    mebibytes = 64 if quick else 4096
    for on_disk in (False, True):
        where = "disk" if on_disk else "tmpfs"
        yield Cell(f"local → local {count:,} × 4 KiB nested, {where}",
                   lambda stage: many_small(stage, count), [Faster(2, "rclone"), Faster(0.8, "cp -a")], on_disk=on_disk)
    for on_disk in (False, True):
        where = "disk" if on_disk else "tmpfs"
        yield Cell(f"local → local 1 × {mebibytes:,} MiB, checksum, {where}",
                   lambda stage: one_big(stage, mebibytes << 20),
                   [Faster(0.9, "slower of sha256sum and cp"), Faster(1, "rclone")], on_disk=on_disk)


def start_up(stage: Stage) -> Sequence[Contender]:
    programs = stage.programs
    return [
        programs.command("haulier", lambda: [own("haulier"), "--help"]),
        programs.command("rclone", lambda: [own("rclone"), "--help"]),
    ]


def small_file(stage: Stage) -> Sequence[Contender]:
    programs, small = stage.programs, stage.place / "source" / "small"
    small.parent.mkdir()
    small.write_bytes(b"x" * 1000)
    into = Into(programs, stage.place / "out", (1, 1000))
    return [
        into.command("haulier", lambda to: programs.copy(small, f"{to}/")),
        into.command("rclone", lambda to: programs.rclone("copy", small, to)),
    ]


def many_small(stage: Stage, count: int) -> Sequence[Contender]:
    programs, source = stage.programs, tree(stage.place / "source", count, 4096)
    into = Into(programs, stage.place / "out", found(source))
    return [
        into.command("haulier", lambda to: programs.copy(source, to)),
        into.command("rclone", lambda to: programs.rclone("copy", source, to)),
        into.command("cp -a", lambda to: ["cp", "-a", str(source), str(to)]),
        into.command("rsync -a", lambda to: ["rsync", "-a", f"{source}/", str(to)]),
    ]


def one_big(stage: Stage, size: int) -> Sequence[Contender]:
    stage.need(size * 9 // 4)
    programs, source = stage.programs, big(stage.place / "source" / "file", size).parent
    into = Into(programs, stage.place / "out", (1, size))
    return [
        into.command("haulier", lambda to: programs.copy(source, to, "--check", "checksum")),
        into.command("haulier, check by size", lambda to: programs.copy(source, to)),
        into.command("rclone", lambda to: programs.rclone("copy", source, to)),
        into.command("cp", lambda to: ["cp", "-r", str(source), str(to)]),
        programs.command("sha256sum", lambda: ["sha256sum", str(source / "file")]),
    ]
