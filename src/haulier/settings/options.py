"""What may be written in haulier.yaml, beside connections and channels of alerts."""
from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError

from ..model.errors import Invalid
from ..model.history import DAY, Keep
from ..model.timetable import Timetable
from .oidc import OidcForm
from .problems import Problem, translated
from .rules import Form
from .schedules import Timezone
from .secrets import Secrets
from .timetable import HoursForm
from .units import Age, Rate
from .yamlfile import Document


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


def read(document: Document, secrets: Secrets) -> tuple[WorkspaceForm, list[Problem]]:
    """What haulier.yaml says, and its mistakes; with any of them, what holds if it says nothing."""
    if document.data is None:
        return WorkspaceForm(), []
    if not isinstance(document.data, dict):
        return WorkspaceForm(), [document.problem((), "must be a mapping of keys to values")]
    written = {key: value for key, value in document.data.items() if value is not None}
    try:
        form = WorkspaceForm.model_validate(written)
    except ValidationError as error:
        return WorkspaceForm(), [*translated(error, written, WorkspaceForm, document.problem)]
    problems = [*_wrong_secrets(form, document, secrets)]
    return (WorkspaceForm() if problems else form), problems


def _wrong_secrets(form: WorkspaceForm, document: Document, secrets: Secrets) -> Iterator[Problem]:
    """What is wrong with the secrets of haulier.yaml itself."""
    written = {("ledger",): form.ledger, ("oidc", "client_secret"): form.oidc and form.oidc.client_secret}
    for where, secret in written.items():
        try:
            secrets.check(secret.get_secret_value() if secret else "")
        except Invalid as error:
            yield document.problem(where, str(error))
