"""The workspace as its files are now: made anew when one of them changed, by whomever."""
from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ..model.errors import Invalid
from .documents import CONNECTIONS, SETTINGS, Folders
from .options import WorkspaceForm
from .workspace import Workspace

EVERY = 0.2
"""Seconds in which the files are looked at once at most."""
_SURE = 2_000_000_000
"""Nanoseconds after which a file cannot change once more without its time changing."""


class _Look(NamedTuple):
    """What a file was like: `content` says whether it changed, `stat` whether that is worth a look."""

    stat: tuple[int, int, int] | None
    content: bytes
    is_sure: bool


class Live:
    """One folder, for as long as the process runs. Every thread may ask it."""

    def __init__(self, path: str | os.PathLike[str], environ: Mapping[str, str] | None = None,
                 folders: Folders | None = None) -> None:
        self._looking = threading.Lock()
        self._changed = threading.Condition()
        self._workspace = Workspace(path, environ, folders)
        self._version = 1
        self._standing: WorkspaceForm | None = None
        self._looks = self._looked({})
        self._took(self._workspace)
        self._next = time.monotonic() + EVERY

    @property
    def workspace(self) -> Workspace:
        """What the files say; with mistakes in them, its `loaded.problems` do."""
        self._check()
        return self._workspace

    @property
    def standing(self) -> WorkspaceForm:
        """What haulier.yaml said when it last had no mistake; Problems if it has had one from the beginning."""
        self._check()
        return self._standing or self._workspace.settings

    @property
    def version(self) -> int:
        """Rises whenever a file says something else."""
        self._check()
        return self._version

    def refresh(self) -> int:
        """Look at once, as after an edit of our own; returns the version."""
        with self._looking:
            self._look()
        return self._version

    def wait(self, after_version: int, timeout: float) -> int:
        """Return when the version is higher than that, or after `timeout` seconds; returns the version."""
        end = time.monotonic() + timeout
        while self.version <= after_version and (left := end - time.monotonic()) > 0:
            with self._changed:
                self._changed.wait_for(lambda: self._version > after_version, min(EVERY, left))
        return self._version

    def _check(self) -> None:
        """Look if it is time to; whoever comes while another one looks is given what there is."""
        if time.monotonic() < self._next or not self._looking.acquire(blocking=False):
            return
        try:
            self._look()
        finally:
            self._looking.release()

    def _look(self) -> None:
        looks = self._looked(self._looks)
        contents = [{path: look.content for path, look in one.items()} for one in (self._looks, looks)]
        self._looks = looks
        if contents[0] != contents[1]:
            self._took(self._workspace.again())
        self._next = time.monotonic() + EVERY

    def _took(self, fresh: Workspace) -> None:
        """Read it now: what is asked of it later must be of one moment."""
        fresh.loaded, fresh.flows       # noqa: B018
        with suppress(Invalid):
            self._standing = fresh.settings
        for path in fresh.secrets.files - self._looks.keys():
            self._looks[path] = _secret(path)
        for path in fresh.flows.scripts - self._looks.keys():
            self._looks[path] = _script(path)
        with self._changed:
            self._version += fresh is not self._workspace
            self._workspace = fresh
            self._changed.notify_all()

    def _looked(self, before: Mapping[Path, _Look]) -> dict[Path, _Look]:
        workspace = self._workspace
        names = (SETTINGS, ".env", CONNECTIONS, str(workspace.folders.schedules),
                 *workspace.job_files(), *workspace.flow_files())
        found = {workspace.path / name: _look(workspace.path / name, before.get(workspace.path / name))
                 for name in names}
        scripts = {path: _script(path) for path in workspace.flows.scripts} if before else {}
        return {**{path: _secret(path) for path in workspace.secrets.files}, **scripts, **found} if before else found


def _look(path: Path, before: _Look | None) -> _Look:
    try:
        found = path.stat()
        stat = (found.st_mtime_ns, found.st_size, found.st_ino)
        if before and before.is_sure and before.stat == stat:
            return before
        content = hashlib.sha256(path.read_bytes()).digest()
    except OSError as error:
        return _Look(None, repr(error.errno).encode(), is_sure=False)
    return _Look(stat, content, is_sure=time.time_ns() - stat[0] > _SURE)


def _script(path: Path) -> _Look:
    """Of a script it matters whether it can be run."""
    try:
        found = path.stat()
    except OSError:
        return _Look(None, b"", is_sure=False)
    return _Look(None, repr((found.st_mtime_ns, found.st_size, found.st_ino, found.st_mode)).encode(), is_sure=False)


def _secret(path: Path) -> _Look:
    """Of a file with a secret only the outside is looked at."""
    try:
        found = path.stat()
    except OSError:
        return _Look(None, b"", is_sure=False)
    return _Look(None, repr((found.st_mtime_ns, found.st_size, found.st_ino)).encode(), is_sure=False)
