"""A workspace: the folder with the settings, the jobs, the connections and the secrets."""
from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .alerts import Channels
from .alerts import read as read_alerts
from .connections import Connections
from .definitions import defined, misshapen
from .documents import CONNECTIONS, JOB_FILES, JOBS, SETTINGS, Documents, Folders
from .jobs import Loaded, described, load
from .options import LogLevel, WorkspaceForm
from .options import read as read_settings
from .problems import Problem, Problems, Where
from .secrets import Secrets, read_dotenv, readable_by_others
from .spec import Env
from .yamlfile import Document

if TYPE_CHECKING:
    from .flows.entries import Entries
    from .flows.loaded import LoadedFlows
    from .flows.schedules_file import SchedulesFile

_SQLITE = "sqlite:///"


class Workspace:
    """One folder; read when something is asked of it, and then kept: make a new one to reload."""

    def __init__(self, path: str | os.PathLike[str], environ: Mapping[str, str] | None = None,
                 folders: Folders | None = None) -> None:
        self.path = Path(path).absolute()
        self.folders = folders or Folders()
        self._environ = os.environ if environ is None else environ
        self._documents = Documents(self.path)

    def __repr__(self) -> str:
        return f"Workspace({str(self.path)!r})"

    def again(self) -> Workspace:
        """The same folder, to be read anew; what did not change is not worked through again."""
        return Workspace(self.path, self._environ, self.folders)

    def instead(self, document: Document) -> Workspace:
        """The workspace as it would be with this in place of its file of that name."""
        made = self.again()
        made._documents.put(document)
        return made

    @property
    def settings(self) -> WorkspaceForm:
        """haulier.yaml; Problems if it has mistakes."""
        form, problems = self._settings
        if problems:
            raise Problems(problems)
        return form

    @cached_property
    def secrets(self) -> Secrets:
        """What references are looked up in."""
        return Secrets(self.path, self._dotenv[0], self._environ)

    @cached_property
    def connections(self) -> Connections:
        """The named places."""
        return Connections(self.path, self.secrets, dict(defined(self._documents)))

    def is_readable(self) -> bool:
        """Whether haulier.yaml has no mistake but in connections and alerts."""
        return not self._settings[1]

    @cached_property
    def alerts(self) -> Channels:
        """Who is told when something fails."""
        document, _ = self._documents.of(SETTINGS)
        if document is None:
            return Channels({}, {})
        return read_alerts(document, self._documents.mapping(SETTINGS).get("alerts"), self.secrets)

    @cached_property
    def loaded(self) -> Loaded:
        """Every job that can run, and the mistakes of all files of the workspace."""
        problems = [*self._dotenv[1], *self._settings[1], *self._documents.of(CONNECTIONS)[1],
                    *misshapen(self._documents, self._settings[0].connections), *self.connections.problems(),
                    *(one for problems in self.alerts.broken.values() for one in problems)]
        documents = []
        for name in self.job_files():
            document, mistakes = self._documents.of(name)
            problems += mistakes
            documents += [document] if document else []
        found = load(documents, self.connections, self.secrets)
        return Loaded(found.jobs, (*problems, *found.problems), found.broken)

    @cached_property
    def flows(self) -> LoadedFlows:
        """Every flow that can run, and the mistakes in the files of flows."""
        names = self.flow_files()
        importing = [document for name in self.job_files() if (document := self._documents.of(name)[0])
                     and any("import" in one for one in _jobs(document) if isinstance(one, dict))]
        if not names and not importing:
            from .flows.loaded import LoadedFlows
            return LoadedFlows()        # nothing that reads flows is imported where there are none
        from .flows import import_jobs
        from .flows.reading import Source
        from .flows.reading import load as load_flows
        sources = [Source(name, *self._documents.of(name)) for name in names]
        sources += (source for document in importing for source in import_jobs.sources(document))
        jobs = {*(job.id for job in self.loaded.jobs), *(self.loaded.broken or ())}
        return load_flows(sources, self.path / self.folders.tasks, self.secrets, jobs, self.wrong_in_transfer)

    def wrong_in_transfer(self, document: Document, where: Where, written: Mapping[str, Any]) -> tuple[Problem, ...]:
        """The mistakes in a transfer that is written in a flow."""
        try:
            described("transfer", written, self.connections, self.secrets, (document, where))
        except Problems as error:
            return error.problems
        return ()

    def advice(self) -> list[Problem]:
        """What works but should be better: files with secrets that others may read."""
        files = sorted({self.path / ".env", *self.secrets.files})
        return [Problem(str(path.relative_to(self.path) if path.is_relative_to(self.path) else path),
                        0, "", "other users of this machine may read this secret", f"chmod 600 {path}")
                for path in files if readable_by_others(path)]

    def job_files(self) -> list[str]:
        """The files that hold jobs, relative to the workspace."""
        return [str(path.relative_to(self.path)) for pattern in JOB_FILES
                for path in sorted(self.path.glob(pattern)) if path.name[0] != "."]

    def flow_files(self) -> list[str]:
        """The files that hold flows, relative to the workspace if they are in it."""
        from .flows.found import files
        return [str(path.relative_to(self.path) if path.is_relative_to(self.path) else path)
                for path in files(self.path / self.folders.flows)]

    @cached_property
    def schedules(self) -> SchedulesFile:
        """The schedules of flows that have none of their own."""
        from .flows.schedules_file import SchedulesFile
        return SchedulesFile(self.path / self.folders.schedules, str(self.folders.schedules))

    @cached_property
    def entries(self) -> Entries:
        """What that file says."""
        return self.schedules.read()

    def ledger_url(self) -> str:
        """The database, with its password; a relative SQLite path hangs from the workspace."""
        url = self.secrets.reveal(self.settings.ledger)
        if not url.startswith(_SQLITE):
            return url
        path, mark, options = url.removeprefix(_SQLITE).partition("?")
        return f"{_SQLITE}{self.path / path}{mark}{options}"

    def log_level(self) -> str:
        """From haulier.yaml, else LOG_LEVEL, else INFO."""
        written = self.settings.log_level
        asked = (self.secrets.variable("LOG_LEVEL") or "").upper()
        return written or (asked if asked in set(LogLevel) else LogLevel.INFO)

    def env(self, flow: str = "", scratch: Path | None = None) -> Env:
        """What the specs of a job need to build."""
        return Env(self.path, flow, scratch, self.secrets.reveal, self.folders.tasks)

    @cached_property
    def _dotenv(self) -> tuple[Mapping[str, str], list[Problem]]:
        return read_dotenv(self.path / ".env", ".env")

    @cached_property
    def _settings(self) -> tuple[WorkspaceForm, list[Problem]]:
        document, problems = self._documents.of(SETTINGS)
        return read_settings(document, self.secrets) if document else (WorkspaceForm(), problems)


def find(start: str | os.PathLike[str] = ".") -> Workspace | None:
    """The workspace that `start` is in: the nearest folder with a haulier.yaml or jobs file."""
    at = Path(start).absolute()
    for folder in (at, *at.parents):
        if any((folder / name).is_file() for name in (SETTINGS, JOBS)):
            return Workspace(folder)
    return None


def _jobs(document: Document) -> list[Any]:
    """What a file lists as jobs."""
    found = document.data.get("jobs") if isinstance(document.data, dict) else None
    return found if isinstance(found, list) else []
