"""What was measured, kept as JSON: a file for each group of cells."""
from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import time
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from .measure import Figures
from .programs import own
from .stage import Cell


def machine(disk: Path) -> dict[str, Any]:
    """Where it was measured, and with which versions."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return {
        "machine": f"{os.cpu_count()} virtual processors{f' ({model[1]})' if model else ''}, {memory:.0f} GiB memory, "
                   f"disk {file_system(disk)}, Linux {platform.release().split('-')[0]}",
        "versions": {"Haulier": version("haulier"), "Python": platform.python_version(), **peers()}}


def file_system(place: Path) -> str:
    """The type of what a folder is on."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    above = {str(folder) for folder in (place, *place.parents)}
    return max(((at, kind) for _, at, kind, *_ in mounts if at in above), key=lambda one: len(one[0]))[1]


def peers() -> dict[str, str]:
    asked = {"rclone": [own("rclone"), "version"], "OpenSSH": ["ssh", "-V"], "cp": ["cp", "--version"],
             "rsync": ["rsync", "--version"], "Ceph": ["radosgw", "--version"]}
    said = {name: number(words) for name, words in asked.items()}
    return {name: text for name, text in said.items() if text} | {"boto3": version("boto3")}


def number(words: list[str]) -> str:
    """The first version number that a program says, or nothing."""
    try:
        done = subprocess.run(words, capture_output=True, text=True)
    except OSError:
        return ""
    match = re.search(r"\d+(\.\d+)+\w*", done.stdout + done.stderr)
    return match[0] if match else ""


def judged(cell: Cell, results: Mapping[str, Figures], failed: Mapping[str, str], seconds: float) -> dict[str, Any]:
    """One cell as it is kept."""
    return {"cell": cell.name, "results": results, "known": cell.known, "failed": failed, "seconds": round(seconds),
            "goals": [asdict(goal.judged(results)) for goal in (*cell.goals, cell.memory)]}


def keep(file: Path, about: Mapping[str, Any], cell: Mapping[str, Any], order: list[str]) -> None:
    """Put a cell into a group's file. Figures of another machine, or other versions, go."""
    stored = json.loads(file.read_text()) if file.exists() else {}
    same = all(stored.get(name) == value for name, value in about.items())
    cells = {one["cell"]: one for one in (stored["cells"] if same else [])} | {cell["cell"]: cell}
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({
        "at": time.strftime("%Y-%m-%d"), **about,
        "cells": [cells[name] for name in order if name in cells]}, indent=1, ensure_ascii=False) + "\n")
