"""A workspace: the folder with the settings, the jobs, the connections and the secrets."""
from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError

from ..model.errors import Invalid
from ..model.history import DAY, Keep
from ..model.timetable import Timetable
from .alerts import Channels
from .alerts import read as read_alerts
from .connections import Connections, Definition
from .jobs import Loaded, described, load
from .oidc import OidcForm
from .problems import Problem, Problems, Where, translated
from .rules import Form
from .schedules import Timezone
from .secrets import Secrets, read_dotenv, readable_by_others
from .spec import Env
from .timetable import HoursForm
from .units import Age, Rate
from .yamlfile import Document, parsed, read_text

if TYPE_CHECKING:
    from .flows.entries import Entries
    from .flows.loaded import LoadedFlows
    from .flows.schedules_file import SchedulesFile

SETTINGS = "haulier.yaml"
CONNECTIONS = "configs/connections.yaml"
JOBS = "configs/jobs.yaml"
FLOWS = "flows"
TASKS = "tasks"
SCHEDULES = "configs/schedules.json"
_JOB_FILES = (JOBS, "configs/jobs.yml", "configs/jobs.json", "configs/jobs/*.yaml",
              "configs/jobs/*.yml", "configs/jobs/*.json")
_SQLITE = "sqlite:///"


class LogLevel(StrEnum):
    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


HostName: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,255}$"), AfterValidator(str.lower)]


def _address(text: str) -> str:
    parts = urlsplit(text)
    if text and not (parts.scheme in ("http", "https") and parts.hostname and text.isprintable() and " " not in text):
        raise ValueError("not an address like https://haulier.example.com")
    return text


class GlobalLimitsForm(Form):
    """How much all jobs together may use."""

    lanes: Annotated[int, Field(ge=1, le=1024)] = 4
    """Batches at a time."""
    per_connection: Annotated[int, Field(ge=1, le=1024)] = 2
    """Batches at a time at one connection."""
    tasks: Annotated[int, Field(ge=1, le=1024)] = 32
    """Tasks of flows at a time in one process; transfers that are tasks have the limits of batches."""
    bandwidth: Rate | None = None
    """Such as 100MB/s; none: no limit."""
    timetable: tuple[HoursForm, ...] = ()
    """Hours in which another bandwidth holds; of those that match, the first."""


class HistoryForm(Form):
    """How long the past is kept, counted from the end of a run. 0, or forever: nothing is forgotten."""

    runs: Age = 90 * DAY
    """Runs and their files. The last run of a job stays, its last that ended well, and files that failed for good."""
    events: Age = 30 * DAY
    """What happened to each file, step by step."""

    def keep(self) -> Keep:
        """In seconds."""
        return Keep(self.runs or None, self.events or None)


class TlsForm(Form):
    """What the hub needs to be reached by https."""

    certificate: Annotated[str, Field(min_length=1)]
    """PEM file with the certificate, and those between it and its root; relative to the workspace."""
    key: Annotated[str, Field(min_length=1)]
    """PEM file with its private key, without a password."""


class WorkspaceForm(Form):
    """What may be written in haulier.yaml."""

    ledger: SecretStr = SecretStr("sqlite:///state/ledger.db")
    """Database of everything that happened: sqlite:/// and a path, or postgresql://…"""
    timezone: Timezone = "UTC"
    """Of the schedules of jobs that give none."""
    log_level: Annotated[LogLevel | None, BeforeValidator(
        lambda text: text.upper() if isinstance(text, str) else text)] = None
    """DEBUG, INFO, WARNING or ERROR."""
    limits: GlobalLimitsForm = GlobalLimitsForm()
    """All jobs together."""
    history: HistoryForm = HistoryForm()
    """How long the past is kept."""
    hosts: tuple[HostName, ...] = ()
    """Names of the hub beside localhost, as behind a proxy: haulier.example.com."""
    tls: TlsForm | None = None
    """Certificate and key, for https without a proxy. They are read anew when they are renewed."""
    public_url: Annotated[str, AfterValidator(_address)] = ""
    """Where people reach the hub, as https://haulier.example.com: for links in alerts, and for `oidc`."""
    oidc: OidcForm | None = None
    """The company's own login (OpenID Connect), beside passwords or in their place."""
    alerts: dict[str, Any] = Field({}, repr=False)
    """Who is told when something fails, by name: a type and the settings of that channel."""
    connections: dict[str, dict[str, Any]] = Field({}, repr=False)
    """Named places: a type and the settings of that store."""

    def names(self) -> set[str]:
        """What the hub is called, beside localhost."""
        return {*self.hosts, urlsplit(self.public_url).hostname or "localhost"}

    def timetable(self) -> Timetable:
        """The bandwidth of all jobs together, at every hour."""
        rows = tuple(row.hours() for row in self.limits.timetable)
        return Timetable(self.limits.bandwidth, rows, self.timezone)


class Folders(NamedTuple):
    """Where flows, their scripts and their schedules are; relative ones hang from the workspace."""

    flows: Path = Path(FLOWS)
    tasks: Path = Path(TASKS)
    schedules: Path = Path(SCHEDULES)


class Workspace:
    """One folder; read when something is asked of it, and then kept: make a new one to reload."""

    def __init__(self, path: str | os.PathLike[str], environ: Mapping[str, str] | None = None,
                 folders: Folders | None = None) -> None:
        self.path = Path(path).absolute()
        self.folders = folders or Folders()
        self._environ = os.environ if environ is None else environ

    def __repr__(self) -> str:
        return f"Workspace({str(self.path)!r})"

    def again(self) -> Workspace:
        """The same folder, to be read anew; what did not change is not worked through again."""
        return Workspace(self.path, self._environ, self.folders)

    def instead(self, document: Document) -> Workspace:
        """The workspace as it would be with this in place of its file of that name."""
        made = self.again()
        made._documents[document.file] = (document, [])
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
        return Connections(self.path, self.secrets, dict(self._definitions()))

    def is_readable(self) -> bool:
        """Whether haulier.yaml has no mistake but in connections and alerts."""
        return not self._settings[1]

    @cached_property
    def alerts(self) -> Channels:
        """Who is told when something fails."""
        document, _ = self._document(SETTINGS)
        if document is None:
            return Channels({}, {})
        return read_alerts(document, self._mapping(SETTINGS).get("alerts"), self.secrets)

    @cached_property
    def loaded(self) -> Loaded:
        """Every job that can run, and the mistakes of all files of the workspace."""
        problems = [*self._dotenv[1], *self._settings[1], *self._document(CONNECTIONS)[1],
                    *self._shape_of_connections(), *self.connections.problems(),
                    *(one for problems in self.alerts.broken.values() for one in problems)]
        documents = []
        for name in self.job_files():
            document, mistakes = self._document(name)
            problems += mistakes
            documents += [document] if document else []
        found = load(documents, self.connections, self.secrets)
        return Loaded(found.jobs, (*problems, *found.problems), found.broken)

    @cached_property
    def flows(self) -> LoadedFlows:
        """Every flow that can run, and the mistakes in the files of flows."""
        names = self.flow_files()
        importing = [document for name in self.job_files() if (document := self._document(name)[0])
                     and any("import" in one for one in _jobs(document) if isinstance(one, dict))]
        if not names and not importing:
            from .flows.loaded import LoadedFlows
            return LoadedFlows()        # nothing that reads flows is imported where there are none
        from .flows import import_jobs
        from .flows.reading import Source
        from .flows.reading import load as load_flows
        sources = [Source(name, *self._document(name)) for name in names]
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
        return [str(path.relative_to(self.path)) for pattern in _JOB_FILES
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
    def _documents(self) -> dict[str, tuple[Document | None, list[Problem]]]:
        return {}

    def _document(self, name: str) -> tuple[Document | None, list[Problem]]:
        """A file of the workspace; None if it is not there or cannot be read."""
        if name not in self._documents:
            self._documents[name] = self._opened(name)
        return self._documents[name]

    def _opened(self, name: str) -> tuple[Document | None, list[Problem]]:
        if not os.path.exists(self.path / name):
            return None, []
        try:
            return parsed(read_text(self.path / name, name), name), []
        except Problems as error:
            return None, [*error.problems]

    def _mapping(self, name: str) -> dict[Any, Any]:
        """What a file of the workspace says; nothing if it is no mapping."""
        document, _ = self._document(name)
        return document.data if document and isinstance(document.data, dict) else {}

    @cached_property
    def _settings(self) -> tuple[WorkspaceForm, list[Problem]]:
        document, problems = self._document(SETTINGS)
        if document is None or document.data is None:
            return WorkspaceForm(), problems
        if not isinstance(document.data, dict):
            return WorkspaceForm(), [document.problem((), "must be a mapping of keys to values")]
        written = {key: value for key, value in document.data.items() if value is not None}
        try:
            form = WorkspaceForm.model_validate(written)
        except ValidationError as error:
            return WorkspaceForm(), [*translated(error, written, WorkspaceForm, document.problem)]
        problems = [*self._secrets_of(form, document)]
        return (WorkspaceForm() if problems else form), problems

    def _secrets_of(self, form: WorkspaceForm, document: Document) -> Iterator[Problem]:
        """What is wrong with the secrets of haulier.yaml itself."""
        written = {("ledger",): form.ledger, ("oidc", "client_secret"): form.oidc and form.oidc.client_secret}
        for where, secret in written.items():
            try:
                self.secrets.check(secret.get_secret_value() if secret else "")
            except Invalid as error:
                yield document.problem(where, str(error))

    def _definitions(self) -> Iterator[tuple[str, Definition]]:
        for name in (CONNECTIONS, SETTINGS):
            document, _ = self._document(name)
            written = self._mapping(name).get("connections")
            for key, one in (written.items() if isinstance(written, dict) else ()):
                if document and isinstance(one, dict):
                    yield str(key), Definition(document, ("connections", key), one)

    def _shape_of_connections(self) -> Iterator[Problem]:
        """What is wrong with configs/connections.yaml as a whole."""
        document, _ = self._document(CONNECTIONS)
        if document is None or document.data is None:
            return
        written = self._mapping(CONNECTIONS).get("connections")
        if not isinstance(written, dict):
            yield document.problem((), 'must be a mapping with the key "connections"')
            return
        for key in document.data:
            if key != "connections" and not str(key).startswith("x-"):
                yield document.problem((key,), "unknown key", 'did you mean "connections"?')
        for key, one in written.items():
            if not isinstance(one, dict):
                yield document.problem(("connections", key), "must be a mapping of keys to values")
            elif key in self._settings[0].connections:
                yield document.problem(("connections", key), f"{SETTINGS} has a connection "
                                       "of this name too", "every connection needs its own name")


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
