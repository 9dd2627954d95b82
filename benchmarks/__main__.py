"""python -m benchmarks [--quick | --full] [--only GROUPS] [--match WORD] [--list] [--place FOLDER] [--disk FOLDER]"""
from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import flows, hub, imports, jobs, kill, listing, local, s3, sftp
from .measure import Figures, measure
from .results import judged, keep, machine
from .stage import Cell, Stage
from .table import write_table

HERE = Path(__file__).parent
GROUPS = {"local": local, "jobs": jobs, "listing": listing, "sftp": sftp, "s3": s3, "kill": kill,
          "hub": hub, "flows": flows, "imports": imports}


def main() -> int:
    options = arguments()
    chosen = {group: list(cells_of(group, options)) for group in options.only.split(",")}
    about = {} if options.list else machine(Path(options.disk))
    outcome = []
    for group, cells in chosen.items():
        for cell in cells:
            if options.match not in cell.name:
                continue
            print(f"{group}: {cell.name}", flush=True)
            if options.list:
                continue
            outcome.append(measured(cell, options))
            if not options.quick:
                keep(HERE / "results" / f"{group}.json", told(group, about), outcome[-1], [one.name for one in cells])
                write_table(HERE / "results", HERE.parent / "docs" / "benchmarks.md")
    return summed(outcome, quick=options.quick)


def cells_of(group: str, options: argparse.Namespace) -> Iterator[Cell]:
    if group == "imports":
        return imports.cells(quick=options.quick, full=options.full)
    found: Iterator[Cell] = GROUPS[group].cells(quick=options.quick)
    return found


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks", description="Haulier beside its peers on this machine.")
    parser.add_argument("--quick", action="store_true", help="little work, one run, nothing kept: does it work?")
    parser.add_argument("--full", action="store_true", help="imports: a million rows instead of 200,000")
    parser.add_argument("--only", default=",".join(GROUPS), help="groups of cells: %(default)s")
    parser.add_argument("--match", default="", help="only cells with this in their name")
    parser.add_argument("--list", action="store_true", help="name the cells, and measure nothing")
    parser.add_argument("--place", default="/dev/shm", help="a tmpfs: %(default)s")
    parser.add_argument("--disk", default=tempfile.gettempdir(), help="a folder on a disk: %(default)s")
    options = parser.parse_args()
    unknown = set(options.only.split(",")) - set(GROUPS)
    if unknown:
        parser.error(f"no such group: {', '.join(sorted(unknown))}")
    return options


def told(group: str, about: dict[str, Any]) -> dict[str, Any]:
    """The same, with the versions of those who take part in that group, if it knows them."""
    versions = getattr(GROUPS[group], "versions", None)
    return {**about, "versions": versions(about["versions"])} if versions else about


def measured(cell: Cell, options: argparse.Namespace) -> dict[str, Any]:
    """The cell with its results, or with the reason why it has none."""
    begin, load = time.monotonic(), os.getloadavg()[0]
    results: dict[str, Figures] = {}
    failed: dict[str, str] = {}
    try:
        with Stage(Path(options.disk if cell.on_disk else options.place)) as stage:
            contenders = cell.prepare(stage)
            results, failed = measure(contenders, 1 if options.quick else cell.repeats, stage.log,
                                      lambda line: print(line, flush=True))
    except (RuntimeError, OSError, AssertionError) as error:
        failed = {"haulier": str(error)}
        print(f"  FAILED {error}", flush=True)
    one = {**judged(cell, results, failed, time.monotonic() - begin), "load": round(load, 1)}
    print(f"  ({one['seconds']} s in all)", flush=True)
    for goal in () if options.quick else one["goals"]:
        print(f"  {goal['goal']}: {goal['reached']} {'met' if goal['met'] else 'NOT met'}", flush=True)
    return one


def summed(outcome: list[dict[str, Any]], *, quick: bool) -> int:
    """Say what fell short (with little work that means nothing); 1 if something did not run at all."""
    short = [one["cell"] for one in outcome if not all(goal["met"] for goal in one["goals"])]
    broken = [f"{one['cell']}: {name}" for one in outcome for name in one["failed"]]
    print(f"\n{len(outcome)} cells in {sum(one['seconds'] for one in outcome)} s; "
          + ("" if quick else f"a goal not met in {len(short)}; ") + f"failed: {'; '.join(broken) or 'none'}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
