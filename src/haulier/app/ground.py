"""Where flows are, and where goes what their runs leave: in a workspace, or in any folder."""
from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..ledger import books
from ..ledger.books import Books
from ..model.errors import Invalid
from ..settings.documents import Folders
from ..settings.workspace import Workspace, find
from .flows import RUNS, Flows
from .works import ONE_SHOT

OUTPUT, CONFIG = "haulier_output", ".haulier"


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody said about folders; None: as it is where they are."""

    workspace: str | None = None
    flows: Path | None = None
    tasks: Path | None = None
    output: Path | None = None
    logs: Path | None = None
    config: Path | None = None


@dataclass(frozen=True)
class Ground:
    """A workspace, or a folder that is used as one. For one command: its files are read once."""

    home: Path
    folders: Folders
    output: Path
    """Generated scripts go there."""
    runs: Path
    logs: Path
    ledger: str | None
    """The database; None: the workspace's."""

    @cached_property
    def workspace(self) -> Workspace:
        """As its files were when it was first asked for."""
        return Workspace(self.home, folders=self.folders)

    def url(self) -> str:
        """The database. Its folder is made, if it is ours to make."""
        if self.ledger is None:
            return self.workspace.ledger_url()
        self.output.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.ledger

    @contextmanager
    def opened(self) -> Iterator[tuple[Books, Flows]]:
        """The memory, and the flows as they are when this begins."""
        workspace = self.workspace
        with closing(books(self.url())) as found:
            yield found, Flows(lambda: workspace, found.tasks, lambda: found.imports, self.runs, ONE_SHOT)

    def has_memory(self) -> bool:
        """Whether anything may have happened yet; a ledger elsewhere is asked in any case."""
        path = (self.ledger or self.workspace.ledger_url()).removeprefix("sqlite:///").partition("?")[0]
        return "://" in path or os.path.exists(path)


def ground(given: Given) -> Ground:
    """The workspace that is meant or is around us, with other folders if some were given; else the current folder.

    Invalid if a workspace is named and is none.
    """
    home = find(given.workspace or ".")
    if given.workspace is not None and home is None:
        raise Invalid(f"{given.workspace}: not a workspace; make one with: haulier init {given.workspace}")
    here, own = Path.cwd(), Folders()
    if home is not None:
        folders = Folders(_at(given.flows, own.flows), _at(given.tasks, own.tasks),
                          given.config.absolute() / own.schedules.name if given.config else own.schedules)
        output = given.output.absolute() if given.output else home.path / "state" / "scripts"
        return Ground(home.path, folders, output, home.path / RUNS, _at(given.logs, home.path / "logs"), None)
    output = _at(given.output, here / OUTPUT)
    config = _at(given.config, here / CONFIG)
    folders = Folders(_at(given.flows, here / own.flows), _at(given.tasks, here / own.tasks),
                      config / own.schedules.name)
    return Ground(here, folders, output, output / "runs", _at(given.logs, output / "logs"),
                  f"sqlite:///{output / 'ledger.db'}")


def _at(given: Path | None, else_: Path) -> Path:
    return given.expanduser().absolute() if given else else_
