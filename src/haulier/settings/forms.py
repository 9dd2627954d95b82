"""What may be written for a job: the keys of jobs.yaml, their types and their defaults."""
from __future__ import annotations

import glob
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationInfo, create_model
from pydantic import field_validator as validator

from ..model.flow import Action, Check, Conflict, Dedup, Rules
from .arrivals import ArrivalSetting, Expected
from .plugin import Inside, Plugin
from .rules import (
    CompleteForm,
    Days,
    FiltersForm,
    Form,
    LimitsForm,
    Pattern,
    RetryForm,
    SettleForm,
    listed,
)
from .schedules import ScheduleSetting, Timezone
from .units import Duration

_BAD_IN_ID = re.compile(r"[/\\\x00-\x1f\x7f]|^\.|^\s|\s$")


def usable(text: str) -> str:
    """The name of a job; ValueError if it cannot be one."""
    if not text or _BAD_IN_ID.search(text):
        raise ValueError("not usable as a name: no slashes, no control characters, no space at "
                         "the ends, and no dot at the beginning")
    return text


def _connection(value: Any) -> Any:
    if value is None or (isinstance(value, str) and value) or isinstance(value, dict):
        return value
    raise ValueError("must be the name of a connection, or a mapping of its settings")


def _word(key: str) -> BeforeValidator:
    """`word` for `{key: word}`."""
    return BeforeValidator(lambda value: {key: value} if isinstance(value, str) else value)


def _off(value: Any) -> Any:
    return "off" if value is False else value


class PlaceForm(Form):
    """A place that files come from or go to."""

    type: str | None = None
    """Which store; not needed with a named connection."""
    path: str | None = None
    """Folder or key prefix; below the connection's own unless it begins with a slash."""
    connection: Annotated[Any, BeforeValidator(_connection)] = Field(None, repr=False)
    """Settings of the store, or the name of a connection of the workspace."""
    bucket: str | None = None
    """The bucket, where the store has one and the connection does not say."""
    config_ref: str | None = None
    """Accepted and not used."""


class SourceForm(PlaceForm):
    """The place that files come from."""

    file_pattern: Annotated[Pattern | None, BeforeValidator(lambda text: text or None)] = None
    """Glob that the base name must match, or `re:` and a regular expression; none: every file."""


class _Place(Inside):
    def spec(self, written: Any) -> type[BaseModel] | None:
        """The form of the place, which knows the store that its connection is of."""
        inline = written.get("connection") if isinstance(written, dict) else None
        kind = (written.get("type") or inline.get("type")) if isinstance(inline, dict) else None
        return _of_store(kind) if isinstance(kind, str) else None


@dataclass(frozen=True)
class _Store(Inside):
    kind: str

    def spec(self, written: Any) -> type[BaseModel] | None:
        return Plugin("stores").spec(self.kind)


@cache
def _of_store(kind: str) -> type[BaseModel]:
    return create_model("Place", __base__=SourceForm, connection=(Annotated[Any, _Store(kind)], None))


PlaceSetting = Annotated[str | dict[str, Any], _Place(), Field(repr=False)]
"""A place in the settings of a plugin: a folder, `connection:folder`, a URL, or a mapping as `source` of a job."""


class ProcessingForm(Form):
    """What is done to each file on its way."""

    enabled: bool = False
    """Whether the steps are done."""
    steps: Annotated[list[Any], BeforeValidator(listed)] = Field([], repr=False)
    """In this order: `name`, `name:argument`, or a mapping with `type` and settings."""


class BackupForm(Form):
    """Keep what was sent: local files move to `location/job_id`, others leave a copy there."""

    enabled: bool = False
    """Whether that is done."""
    location: str | None = None
    """Folder on this machine; relative to the workspace; `backups` if not given."""
    retention_days: Days | None = None
    """Files that have been there longer are deleted; 0 or none: never."""


class Method(StrEnum):
    SIZE_MATCH = "size_match"
    FILE_EXISTS = "file_exists"
    CHECKSUM_MATCH = "checksum_match"


class VerificationForm(Form):
    """The older way to write `check`."""

    method: Method = Method.SIZE_MATCH
    """How delivery is checked."""


class JobForm(Form):
    """Files of one source on their way to one destination."""

    job_id: Annotated[str, AfterValidator(usable), Field(max_length=200)]
    """Its name, once in the workspace."""
    enabled: bool = True
    """Whether its schedule, or files that come, start it."""
    description: str | None = None
    """For people."""
    tags: Annotated[tuple[str, ...], BeforeValidator(listed)] = ()
    """To find it by."""
    schedule: ScheduleSetting | None = None
    """Cron, as `0 2 * * *`; or words, as `every 15m`, `daily at 02:00`; or a mapping; none: only when started."""
    arrival: ArrivalSetting = None
    """Files that come start it: true, or how often to look; none: they wait for the schedule."""
    expect: Expected = ()
    """What must have arrived by when; somebody is warned before, and told if it is late."""
    timezone: Timezone | None = None
    """Of the schedule and of what is expected, such as Europe/Stockholm; by default the workspace's."""
    source: SourceForm
    """Where from."""
    destination: PlaceForm
    """Where to."""
    processing: ProcessingForm | None = None
    """What is done on the way."""
    recursive: bool = False
    """Also folders below the source's path."""
    filters: FiltersForm | None = None
    """Which files."""
    complete: CompleteForm | None = None
    """When a file is ready."""
    dedup: Annotated[Dedup, BeforeValidator(_off)] = Dedup.CONTENT
    """When a file need not be sent: its content was delivered before (content), the target has it with the
    same size and time (target), its name was delivered before (name), or never (off)."""
    conflict: Conflict = Conflict.OVERWRITE
    """What to do when the destination has a file of that name."""
    verification: VerificationForm | None = None
    """The older way to write check."""
    check: Check | None = None
    """The proof of delivery; by default size."""
    backup: BackupForm | None = None
    """The older way to write settle."""
    settle: Annotated[SettleForm, _word("action")] | None = None
    """What becomes of the source file: keep, archive, delete, or a mapping."""
    group: bool = False
    """Publish all files of a run together, or none; steps must not turn one into several."""
    limits: LimitsForm | None = None
    """How much it may use."""
    retry: RetryForm | None = None
    """When to try again; for runs by schedule, a run by hand has a rule of its own."""
    timeout: Annotated[Duration, Field(gt=0)] | None = None
    """Longest time of one run; then it stops and fails, and the next one goes on."""

    @validator("filters")
    @classmethod
    def _one_pattern(cls, filters: FiltersForm | None, info: ValidationInfo) -> FiltersForm | None:
        source = info.data.get("source")
        if filters and filters.include and source and source.file_pattern:
            raise ValueError("either source.file_pattern or filters.include, not both")
        return filters

    @validator("check")
    @classmethod
    def _one_check(cls, check: Check | None, info: ValidationInfo) -> Check | None:
        if check and info.data.get("verification"):
            raise ValueError("either check or verification, not both")
        return check

    @validator("settle")
    @classmethod
    def _one_settle(cls, settle: SettleForm | None, info: ValidationInfo) -> SettleForm | None:
        backup = info.data.get("backup")
        if settle and backup and backup.enabled:
            raise ValueError("either settle or backup, not both")
        return settle

    def rules(self, *, near: bool, home: Path) -> Rules:
        """What core goes by; `near`: the source is on this machine; `home`: the workspace."""
        settle = self._settled().settle(self.job_id, near=near, home=home)
        pattern = (self.source.file_pattern,) if self.source.file_pattern else ()
        archive = (f"{glob.escape(settle.folder)}/*",) if settle.folder else ()
        return Rules(
            check=self.check or _CHECKS[self.verification.method if self.verification else None],
            dedup=self.dedup,
            conflict=self.conflict,
            settle=settle,
            filters=(self.filters or FiltersForm()).filters(include=pattern, exclude=archive),
            complete=(self.complete or CompleteForm()).completion(),
            limits=(self.limits or LimitsForm()).limits(),
            retry=(self.retry or RetryForm()).retry(),
            recursive=self.recursive,
            group=self.group,
            timeout=self.timeout)

    def _settled(self) -> SettleForm:
        if self.backup and self.backup.enabled:
            return SettleForm(location=self.backup.location,
                              retention_days=self.backup.retention_days)
        return self.settle or SettleForm(action=Action.KEEP)


_CHECKS = {None: Check.SIZE, Method.SIZE_MATCH: Check.SIZE, Method.FILE_EXISTS: Check.EXISTS,
           Method.CHECKSUM_MATCH: Check.CHECKSUM}
