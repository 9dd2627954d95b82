"""python -m benchmarks [--quick] [--only WORD] [--place FOLDER] [--disk FOLDER]"""
from __future__ import annotations

import argparse
import json
import platform
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from . import local, s3, sftp
from .measure import Cell, measure
from .programs import Programs
from .table import write_table

HERE = Path(__file__).parent


def cells(programs: Programs, place: Path, disk: Path, *, quick: bool, groups: set[str]) -> Iterator[Cell]:
    """All cells, lazily, with their servers running only while they are needed."""
    many = 2_000 if quick else 100_000
    if "local" in groups:
        yield local.start_up(programs, place)
        yield local.many_small(programs, place, "tmpfs", many)
        yield local.many_small(programs, disk, "disk", many)
        yield local.one_big(programs, place, "tmpfs", 64 if quick else 4096)
        yield local.one_big(programs, disk, "disk", 64 if quick else 4096)
        yield local.second_pass(programs, place, many)
        yield local.listing(programs, place, 20_000 if quick else 1_000_000)
    with ExitStack() as stack:
        if "sftp" in groups:
            lines = sftp.Lines(programs, place)
            stack.callback(lines.stop)
            lines.add("ms50", 0.05)
            lines.add("ms20", 0.02)
            lines.configure()
            yield from sftp.all_cells(lines, place, quick=quick)
    with ExitStack() as stack:
        if "s3" in groups:
            sink, rgw = s3.SinkServer(), s3.Rgw(memory=16 << 30)  # deleted objects stay for a while
            stack.callback(sink.stop)
            stack.callback(rgw.stop)
            yield from s3.all_cells(programs, sink, rgw, place, quick=quick)


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks")
    parser.add_argument("--quick", action="store_true", help="small files, one run: does it work?")
    parser.add_argument("--only", default="local,sftp,s3", help="groups: local,sftp,s3")
    parser.add_argument("--match", default="", help="only cells with this in their name")
    parser.add_argument("--place", default="/dev/shm", help="a tmpfs")
    parser.add_argument("--disk", default=tempfile.gettempdir())
    options = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="haulier-bench-", dir=options.place))
    disk = Path(tempfile.mkdtemp(prefix="haulier-bench-", dir=options.disk))
    place.chmod(0o755)
    results = []
    try:
        for cell in cells(Programs(place / "home"), place, disk, quick=options.quick,
                          groups=set(options.only.split(","))):
            if options.match and options.match not in cell.name:
                continue
            print(cell.name, flush=True)
            results.append(measure(cell, place / "log", lambda line: print(line, flush=True)))
            keep(results, options)
    finally:
        shutil.rmtree(place, ignore_errors=True)
        shutil.rmtree(disk, ignore_errors=True)


def keep(results: list[dict[str, object]], options: argparse.Namespace) -> None:
    """Write what is known so far: a run that is ended early is not lost."""
    about = {"at": time.strftime("%Y-%m-%d"), "python": platform.python_version(),
             "system": platform.release(), "cells": results}
    if options.quick:
        print(json.dumps(results[-1], indent=1))
        return
    file = HERE / "results" / f"{'-'.join(sorted(options.only.split(',')))}.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n")
    write_table(HERE / "results", HERE.parent / "docs" / "benchmarks.md")


if __name__ == "__main__":
    main()
