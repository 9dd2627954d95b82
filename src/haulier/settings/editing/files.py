"""The files of a workspace while they are changed: by one process at a time, whole or not at all."""
from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ...model.errors import Busy, Denied, Invalid, NoSpace, Permanent
from ..problems import Problem, Problems
from ..workspace import Workspace
from ..yamlfile import replace_file
from .sheet import Sheet, sheet

_PATIENCE = 10.0
_PAUSE = 0.01
_FULL = (errno.ENOSPC, errno.EDQUOT)


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
        with _translated(self.name):
            if _content(self.path) != self.content:
                raise Conflict(f"{self.name} has just been changed by somebody else; try again", None)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(self.path, mark + text)
        return File(self.path, self.name, (mark + text).encode())


def opened(workspace: Workspace, name: str) -> File:
    """A file of the workspace; one that is not there is empty."""
    path = (workspace.path / name).resolve()
    with _translated(name):
        return File(path, name, _content(path))


@contextmanager
def locked(workspace: Workspace) -> Iterator[None]:
    """Alone among all processes that change this workspace; Busy if another one does for too long."""
    with _translated("the workspace"):
        folder = os.open(workspace.path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _lock(folder, workspace.path)
        yield
    finally:
        os.close(folder)


def _lock(folder: int, path: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            return fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise Busy(f"{path}: another process is changing this workspace; try again") from None
            time.sleep(_PAUSE)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


@contextmanager
def _translated(name: str) -> Iterator[None]:
    try:
        yield
    except PermissionError as error:
        raise Denied(f"{name} may not be read or written: {error.strerror}") from error
    except OSError as error:
        kind: type[Permanent] = NoSpace if error.errno in _FULL else Invalid
        raise kind(f"{name} cannot be read or written: {error.strerror}") from error
