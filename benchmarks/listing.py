"""Cells: a million entries listed. Memory is what counts: it must not grow with them."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from .files import tree
from .made import Made
from .measure import Command, Contender, Flat
from .programs import Programs, own
from .s3 import sink
from .stage import Cell, Stage


def cells(*, quick: bool) -> Iterator[Cell]:
    few, many = (2_000, 20_000) if quick else (100_000, 1_000_000)
    flat = Flat(1.1, smaller(few))
    yield Cell(f"listing {many:,} entries, local, tmpfs", lambda stage: local(stage, few, many), [flat], repeats=1)
    yield Cell(f"listing {many:,} entries, S3, sink", lambda stage: remote(stage, few, many), [flat], repeats=1)


def smaller(count: int) -> str:
    return f"that of {count:,} entries"


def local(stage: Stage, few: int, many: int) -> Sequence[Contender]:
    """Files without content: a list does not look into them."""
    programs = stage.programs
    trees = {count: tree(stage.place / f"tree{count}", count, 0) for count in (few, many)}
    return [
        lines(stage, "haulier", many, lambda: ls(programs, str(trees[many]))),
        lines(stage, smaller(few), few, lambda: ls(programs, str(trees[few]))),
        lines(stage, "rclone lsf", many, lambda: lsf(programs, str(trees[many]))),
    ]


def remote(stage: Stage, few: int, many: int) -> Sequence[Contender]:
    """The sink makes up each page when it is asked for."""
    programs, bucket = stage.programs, Made(many, 16384).name
    far = sink(stage, bucket)
    programs.connection("few", **(far.settings | {"bucket": Made(few, 16384).name}))
    return [
        lines(stage, "haulier", many, lambda: ls(programs, "far:")),
        lines(stage, smaller(few), few, lambda: ls(programs, "few:")),
        lines(stage, "rclone lsf", many, lambda: lsf(programs, f"far:{bucket}")),
        programs.command("boto3", lambda: far.boto("list", "", Path()), lambda: counted(stage.log, str(many)),
                         **far.environment),
    ]


def ls(programs: Programs, place: str) -> Sequence[str]:
    return [own("haulier"), "ls", "--recursive", "--json", "--workspace", str(programs.workspace), place]


def lsf(programs: Programs, place: str) -> Sequence[str]:
    """With the time that S3 lists, as Haulier has it; by default rclone asks for each object's own."""
    return programs.rclone("lsf", "--recursive", "--files-only", "--format", "pst", "--use-server-modtime", place)


def lines(stage: Stage, name: str, count: int, words: Callable[[], Sequence[str]]) -> Command:
    """A command that prints one line for each entry."""
    def check() -> None:
        with open(stage.log, "rb") as log:
            said = sum(1 for _ in log)
        assert said == count, f"{said} lines instead of {count}"
    return stage.programs.command(name, words, check)


def counted(log: Path, wanted: str) -> None:
    assert log.read_text().strip() == wanted, f"{log.read_text()[-100:]} instead of {wanted}"
