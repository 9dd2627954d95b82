"""The blocks of a job that say what is taken, when, how much at a time, and what happens after."""
from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

from ..model.errors import Invalid
from ..model.flow import TEMP_SUFFIXES, Action, Completion, Filters, Limits, Settle
from ..model.names import checked
from ..model.retry import Retry
from .described import Described
from .units import Duration, Rate, Size


def _pattern(text: str) -> str:
    try:
        re.compile(text[3:] if text.startswith("re:") else "")
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    if not text:
        raise ValueError("an empty pattern matches nothing")
    return text


def _marker(text: str) -> str:
    rest = text.replace("{name}", "").replace("{stem}", "")
    if rest in ("", text) or any(char in rest for char in "{}/"):
        raise ValueError('must be a file name with {name} or {stem} in it, like "{name}.done"')
    return text


def _folder(text: str) -> str:
    try:
        return checked(text.strip("/")) if text else text
    except Invalid as error:
        raise ValueError(f"must be a folder inside the source: {error}") from error


def listed(value: Any) -> Any:
    """One where a list may be; nothing where it may be empty."""
    return [] if value is None else [value] if isinstance(value, str) else value


Pattern: TypeAlias = Annotated[str, AfterValidator(_pattern)]
Patterns: TypeAlias = Annotated[tuple[Pattern, ...], BeforeValidator(listed)]
Days: TypeAlias = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Form(Described):
    """A mapping in a file: unknown keys are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, hide_input_in_errors=True)


class SettleForm(Form):
    """What becomes of the source file after the check; files keep their relative paths."""

    action: Action = Action.ARCHIVE
    """keep, archive or delete."""
    location: str | None = None
    """Archive: folder on this machine; `job_id` is added; relative to the workspace."""
    folder: Annotated[str, AfterValidator(_folder)] | None = None
    """Archive: folder inside the source instead, such as `done`."""
    retention_days: Days | None = None
    """Archived files are deleted after so many days; 0 or none: never."""
    keep_original: bool | None = None
    """Archive a copy and leave the source file; by default for every store but local."""

    @field_validator("folder")
    @classmethod
    def _one_place(cls, folder: str | None, info: ValidationInfo) -> str | None:
        if folder and info.data.get("location"):
            raise ValueError("either location or folder, not both")
        return folder

    def settle(self, job: str, *, near: bool, home: Path) -> Settle:
        """The rule; `near`: the source is on this machine."""
        if self.action is not Action.ARCHIVE:
            return Settle(self.action)
        keep = not near if self.keep_original is None else self.keep_original
        days = self.retention_days or None
        if self.folder:
            return Settle(self.action, folder=self.folder, retention_days=days,
                          keep_original=bool(self.keep_original))
        location = str(home / Path(self.location or "backups").expanduser() / job)
        return Settle(self.action, location, retention_days=days, keep_original=keep)


class FiltersForm(Form):
    """Which files are taken. Patterns with a `/` are compared with the relative path."""

    include: Patterns = ()
    """Globs, or `re:` and a regular expression; any of them; none: every file."""
    exclude: Patterns = ()
    """None of these; wins over include."""
    min_size: Size | None = None
    """Smallest size."""
    max_size: Size | None = None
    """Largest size."""
    min_age: Duration | None = None
    """Least time since it was modified."""
    max_age: Duration | None = None
    """Most time since it was modified."""
    hidden: bool = False
    """Also names that begin with a dot."""
    temp_suffixes: Annotated[tuple[str, ...], BeforeValidator(listed)] = TEMP_SUFFIXES
    """Ends of names that somebody is still writing; an empty list: take them too."""

    @field_validator("max_size", "max_age")
    @classmethod
    def _in_order(cls, most: float | None, info: ValidationInfo) -> float | None:
        least = info.data.get(f"min_{str(info.field_name)[4:]}")
        if most is not None and least is not None and most < least:
            raise ValueError(f"less than min_{str(info.field_name)[4:]}: no file can match")
        return most

    def filters(self, *, include: tuple[str, ...], exclude: tuple[str, ...]) -> Filters:
        """The rule, with what other blocks include and exclude."""
        return Filters(self.include or include, self.exclude + exclude, self.min_size,
                       self.max_size, self.min_age, self.max_age, self.hidden, self.temp_suffixes)


class CompleteForm(Form):
    """When a source file counts as wholly written."""

    settle_seconds: Duration = 2.0
    """Size and time must be unchanged for so long; 0: do not ask."""
    marker: Annotated[str, AfterValidator(_marker)] | None = None
    """A file beside it that says so, such as `{name}.done` or `{stem}.ok`; it must not be older."""
    exclusive: bool = False
    """Nobody has it open; local stores only."""

    def completion(self) -> Completion:
        """The rule."""
        return Completion(self.settle_seconds, self.marker or "", self.exclusive)


class LimitsForm(Form):
    """How much a job may use."""

    lanes: Annotated[int, Field(ge=1, le=256)] | None = None
    """Batches at a time."""
    bandwidth: Rate | None = None
    """All lanes together, such as 10MB/s."""

    def limits(self) -> Limits:
        """The rule."""
        return Limits(self.lanes, self.bandwidth)


class RetryForm(Form):
    """When to try again after an error that may pass; tries or window, whichever ends first."""

    tries: Annotated[int, Field(ge=1)] = 500
    """How often in all; 1: never again."""
    base: Duration = 2.0
    """The first pause."""
    factor: Annotated[float, Field(ge=1, le=100)] = 2.0
    """Each pause is so many times the last."""
    cap: Duration = 60.0
    """The longest pause."""
    window: Duration = 7 * 86400.0
    """Time since the first try."""
    jitter: Annotated[float, Field(ge=0, le=1)] = 0.1
    """Chance takes away up to so large a part of each pause: what failed together comes back apart; 0: nothing."""

    def retry(self) -> Retry:
        """The rule."""
        return Retry(self.base, self.factor, self.cap, self.window, self.tries, self.jitter)
