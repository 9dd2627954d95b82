"""The files of a workspace: what they are called, and what each of them says."""
from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

from .problems import Problem, Problems
from .yamlfile import Document, parsed, read_text

SETTINGS = "haulier.yaml"
CONNECTIONS = "configs/connections.yaml"
JOBS = "configs/jobs.yaml"
FLOWS = "flows"
TASKS = "tasks"
SCHEDULES = "configs/schedules.json"
JOB_FILES = (JOBS, "configs/jobs.yml", "configs/jobs.json", "configs/jobs/*.yaml",
             "configs/jobs/*.yml", "configs/jobs/*.json")


class Folders(NamedTuple):
    """Where flows, their scripts and their schedules are; relative ones hang from the workspace."""

    flows: Path = Path(FLOWS)
    tasks: Path = Path(TASKS)
    schedules: Path = Path(SCHEDULES)


class Documents:
    """Those of one workspace, each read once: when it is asked for."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._read: dict[str, tuple[Document | None, list[Problem]]] = {}

    def put(self, document: Document) -> None:
        """From now on this is what the file of that name says."""
        self._read[document.file] = (document, [])

    def of(self, name: str) -> tuple[Document | None, list[Problem]]:
        """A file of the workspace, and why it cannot be read; None if that is so, or it is not there."""
        if name not in self._read:
            self._read[name] = self._opened(name)
        return self._read[name]

    def mapping(self, name: str) -> dict[Any, Any]:
        """What a file of the workspace says; nothing if it is no mapping."""
        document, _ = self.of(name)
        return document.data if document and isinstance(document.data, dict) else {}

    def _opened(self, name: str) -> tuple[Document | None, list[Problem]]:
        if not os.path.exists(self._home / name):
            return None, []
        try:
            return parsed(read_text(self._home / name, name), name), []
        except Problems as error:
            return None, [*error.problems]
