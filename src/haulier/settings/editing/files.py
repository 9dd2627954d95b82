"""The files of a workspace while they are changed: by one process at a time, whole or not at all."""
from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ...model.errors import Invalid
from ..locking import alone, translated
from ..problems import Problem, Problems
from ..workspace import Workspace
from ..yamlfile import replace_file
from .sheet import Sheet, sheet


class Conflict(Invalid):
    """It was changed since it was looked at; `current` is what it is now."""

    def __init__(self, message: str, current: Any) -> None:
        super().__init__(message)
        self.current = current


@dataclass(frozen=True)
class File:
    """A file of the workspace as it was read; `version` names what is in it."""

    path: Path
    name: str
    content: bytes = field(repr=False)

    @property
    def version(self) -> str:
        """Another one for every other content."""
        return hashlib.sha256(self.content).hexdigest()[:16]

    @cached_property
    def sheet(self) -> Sheet:
        """Its text, with plain line ends; Problems if it cannot be read."""
        try:
            text = self.content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = error.object[:error.start].count(b"\n") + 1
            raise Problems([Problem(self.name, line, "", "this file is not UTF-8 text")]) from None
        return sheet(text.replace("\r\n", "\n"), self.name)

    def save(self, text: str) -> File:
        """Write it; the last version stays as `.bak`. Conflict if somebody changed it in the meantime."""
        if text == self.sheet.text:
            return self
        if b"\r\n" in self.content:
            text = text.replace("\n", "\r\n")
        mark = "\ufeff" if self.content.startswith(b"\xef\xbb\xbf") else ""
        with translated(self.name):
            if _content(self.path) != self.content:
                raise Conflict(f"{self.name} has just been changed by somebody else; try again", None)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(self.path, mark + text)
        return File(self.path, self.name, (mark + text).encode())


def opened(workspace: Workspace, name: str) -> File:
    """A file of the workspace; one that is not there is empty."""
    path = (workspace.path / name).resolve()
    with translated(name):
        return File(path, name, _content(path))


@contextmanager
def locked(workspace: Workspace) -> Iterator[None]:
    """Alone among all processes that change this workspace; Busy if another one does for too long."""
    with alone(workspace.path, f"{workspace.path}: another process is changing this workspace; try again"):
        yield


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
