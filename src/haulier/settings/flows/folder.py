"""The files of a folder with flows."""
from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from ..problems import Problem, Problems
from ..secrets import Secrets
from ..yamlfile import parsed, read_text
from .found import files as files
from .loaded import LoadedFlows
from .reading import Source, load


def source(path: Path, shown: str) -> Source:
    """One file, as it is called in messages."""
    try:
        return Source(shown, parsed(read_text(path, shown), shown))
    except Problems as error:
        return Source(shown, None, error.problems)


def read(folder: Path, tasks: Path, secrets: Secrets, jobs: Collection[str] = (), shown: str = "") -> LoadedFlows:
    """Every flow of a folder. `shown` is how the folder is called in messages."""
    name, tasks = shown or str(folder), tasks.absolute()
    if folder.exists() and not os.access(folder, os.R_OK | os.X_OK):
        return LoadedFlows(problems=(Problem(name, 0, "", "this folder may not be read"),))
    return load([source(path, f"{name}/{path.name}") for path in files(folder)], tasks, secrets, jobs)
