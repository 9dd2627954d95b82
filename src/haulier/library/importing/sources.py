"""Where files come from: folders, SFTP servers, and every other store."""
from __future__ import annotations

import asyncio
import os
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError

from ...core.importing.fetching import fetched
from ...model.files import go_on
from ...model.flow import Completion, Filters, Rules
from ...settings import registry
from ...settings.places import place as place_of
from ...settings.problems import Problem, Problems, translated
from ...settings.rules import listed
from ...settings.spec import Env, StoreSpec
from ...settings.workspace import Workspace, find
from ...steps.scratch import scratch
from .calls import Line, aside
from .files import SourceFile
from .listing import ready
from .place import Place, at_top, inside
from .reading import AnyPath

SETTLE = 1.0
"""Seconds that size and time of a file have to be the same before it is read."""


class Source(ABC):
    """Files of one folder. Those that were modified in the last `settle` seconds are looked at twice.

    file_pattern: a glob, or several. archive_dir: where files go once all their rows are where they belong; without
    one they stay, and are not taken again while they are the same. error_dir: where files go that are no good, each
    with a report beside it; without one they stay, and are not read again while they are the same.
    """

    def __init__(self, file_pattern: str | list[str] = "*", *, settle: float = SETTLE, recursive: bool = False) -> None:
        self.patterns = tuple(listed(file_pattern))
        self.settle, self.recursive = settle, recursive

    @property
    @abstractmethod
    def place(self) -> Place:
        """The folders; Invalid if they make no sense."""

    def env(self) -> Env:
        """What stores are opened with."""
        return Env()

    def rules(self) -> Rules:
        """Which files are taken."""
        return Rules(filters=Filters(include=self.patterns, exclude=self.place.beside),
                     complete=Completion(self.settle), recursive=self.recursive)

    async def files(self) -> AsyncIterator[SourceFile]:
        """The files that are there now, fetched one after the other; nothing is moved or remembered."""
        line = Line(asyncio.get_running_loop())
        place = self.place
        with scratch() as room, closing(await aside(line, lambda: place.opened(self.env()))) as source:
            entries = await aside(line, lambda: ready(source.store, self.rules(), line.check))
            for number, entry in enumerate(entries):
                folder = room / str(number)
                folder.mkdir()
                for one in await aside(line, lambda entry=entry, folder=folder: fetched(  # type: ignore[misc]
                        source.store, entry, steps(), folder, go_on)):
                    yield SourceFile(one.name, None, one.size, f"{place.shown}/{entry.path}", path=one.path)


class WatchedDirectorySource(Source):
    """A folder of this machine, or one that is mounted."""

    def __init__(self, watch_dir: AnyPath, file_pattern: str | list[str] = "*", archive_dir: AnyPath | None = None, *,
                 error_dir: AnyPath | None = None, settle: float = SETTLE, recursive: bool = False) -> None:
        super().__init__(file_pattern, settle=settle, recursive=recursive)
        own, kept, bad = (None if one is None else os.path.abspath(Path(one).expanduser())
                          for one in (watch_dir, archive_dir, error_dir))
        assert own is not None
        self._place = at_top(_made(registry.store("local"), {"path": own}), "/", own, kept, bad)

    @property
    def place(self) -> Place:
        return self._place


class SFTPSource(Source):
    """A folder on an SFTP server.

    It logs in with `key_path` or `password`, else as the ssh program would. The server's host key must be known: in
    the user's known_hosts, in the file `known_hosts`, or by its fingerprint `host_key` (SHA256:…);
    `unknown_hosts="accept-new"` remembers the key of a server that was never seen. More settings of the SFTP store can
    be given by their names.
    """

    def __init__(  # noqa: PLR0913 - options
            self, host: str, port: int = 22, username: str | None = None, key_path: AnyPath | None = None,
            password: str | None = None, remote_dir: str = "", file_pattern: str | list[str] = "*",
            archive_dir: str | None = None, *, error_dir: str | None = None, settle: float = SETTLE,
            recursive: bool = False, **settings: Any) -> None:
        super().__init__(file_pattern, settle=settle, recursive=recursive)
        given = {"host": host, "port": port, "username": username, "key_file": key_path and str(key_path),
                 "password": SecretStr(password) if password else None, **settings}
        spec = _made(registry.store("sftp"), given)
        self._place = at_top(spec, "/" if remote_dir.startswith("/") else "", remote_dir, archive_dir, error_dir)

    @property
    def place(self) -> Place:
        return self._place


class StoreSource(Source):
    """A folder of any store: a URL such as `s3://bucket/in`, `connection:folder` of the workspace around the current
    folder, a path, or settings such as `{"type": "s3", "bucket": …}`. archive_dir and error_dir are folders in it, or
    of its store if they begin with a slash."""

    def __init__(self, place: str | Mapping[str, Any], file_pattern: str | list[str] = "*",
                 archive_dir: str | None = None, *, error_dir: str | None = None, settle: float = SETTLE,
                 recursive: bool = False, workspace: AnyPath | None = None) -> None:
        super().__init__(file_pattern, settle=settle, recursive=recursive)
        around = Workspace(workspace) if workspace else find() or Workspace(".")
        self._env = around.env()
        spec = (place_of(place, around.connections, around.secrets, Path.cwd()).spec if isinstance(place, str)
                else around.connections.described(place))
        self._place = inside(spec, archive_dir, error_dir)

    @property
    def place(self) -> Place:
        return self._place

    def env(self) -> Env:
        """With the secrets of the workspace."""
        return self._env


def steps() -> list[Any]:
    """What packed a file is taken off."""
    return [registry.step("decompress")().build(Env())]


def _made(kind: type[StoreSpec], settings: Mapping[str, Any]) -> StoreSpec:
    try:
        return kind.model_validate({name: value for name, value in settings.items() if value is not None})
    except ValidationError as error:
        raise Problems(translated(error, settings, kind, lambda where, text, hint: Problem(
            kind.__name__, 0, ".".join(map(str, where)), text, hint))) from None
