"""What may be written for the schedule of a job or a flow: a cron expression, an interval, or a mapping."""
from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum, auto
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from ..core.cron import parsed
from ..core.schedule import zone
from ..model.errors import Invalid
from ..model.schedule import Misfire, Overlap, Schedule
from .rules import Form
from .units import duration


class Period(StrEnum):
    """An hour, day, week or month as a clock and a calendar have it."""

    HOURLY = auto()
    DAILY = auto()
    WEEKLY = auto()
    MONTHLY = auto()


_CRON = {Period.HOURLY: "{minute} * * * *", Period.DAILY: "{minute} {hour} * * *",
         Period.WEEKLY: "{minute} {hour} * * {day}", Period.MONTHLY: "{minute} {hour} {day} * *"}
_FIRST = {Period.WEEKLY: "sun", Period.MONTHLY: "1"}
_DAYS = {"last": "L", **{f"{day}day": day[:3] for day in
                         ("sun", "mon", "tues", "wednes", "thurs", "fri", "satur")}}
_TIME = re.compile(r"([01]?\d|2[0-3])?:([0-5]\d)", re.ASCII)
_WORDS = re.compile(r"(?:every\s+|(?=(?:hour|dai|week|month)ly\b))(?P<every>.+?)"
                    r"(?:\s+on\s+(?P<on>\S+))?(?:\s+at\s+(?P<at>\S+))?", re.IGNORECASE)
_LONGEST = 366 * 86_400


def _checked(check: Callable[[str], object]) -> AfterValidator:
    """`check`, which raises Invalid, for pydantic, which wants a ValueError."""
    def passed(text: str) -> str:
        try:
            check(text)
        except Invalid as error:
            raise ValueError(str(error)) from error
        return text
    return AfterValidator(passed)


def _every(value: object) -> Period | int:
    if isinstance(value, str) and value.strip().lower() in set(Period):
        return Period(value.strip().lower())
    try:
        seconds = duration(value)
    except Invalid:
        raise ValueError(f"must be {', '.join(Period)}, or an interval such as 15m or 6h") from None
    if not 1 <= seconds <= _LONGEST or seconds != int(seconds):
        raise ValueError("an interval is whole seconds, at least one and at most 366d")
    return int(seconds)


def _days(value: object) -> object:
    """Words of cron, from a list or from words with commas between."""
    if value is None:
        return value
    listed = value if isinstance(value, list | tuple) else str(value).split(",")
    return tuple(re.sub("[a-z]+", lambda word: _DAYS.get(word[0], word[0]), str(day).strip().lower())
                 for day in listed)


def _mapping(value: Any) -> Any:
    """The mapping for a text: `0 2 * * *`, `every 15m`, `weekly on mon,thu at 06:30`."""
    if not isinstance(value, str):
        return value
    words = _WORDS.fullmatch(value.strip())
    return {key: word for key, word in words.groupdict().items() if word} if words else {"cron": value}


Timezone: TypeAlias = Annotated[str, _checked(zone)]
"""A field with the IANA name of a time zone."""
Every: TypeAlias = Annotated[Period | int, BeforeValidator(_every), WithJsonSchema({"anyOf": [
    {"enum": list(_CRON)}, {"type": ["string", "number"], "format": "duration", "examples": ["15m", "6h"]}]})]


class FlowScheduleForm(Form):
    """When the flow starts by itself: `cron` or `every`."""

    cron: Annotated[str, _checked(parsed)] | None = None
    """5 fields, 0 and 7 are Sunday; 6 fields: seconds first; or @hourly, @daily and the like."""
    every: Every | None = None
    """A period of clock and calendar, or an interval, which is counted from midnight UTC, 1 January 1970."""
    at: Annotated[str, Field(examples=["02:00"])] | None = None
    """HH:MM, by default midnight; with hourly :MM."""
    on: Annotated[tuple[str, ...], BeforeValidator(_days)] | None = None
    """Weekly: days such as mon, by default sun. Monthly: 1 to 31, which not every month has, or last; by default 1."""
    timezone: Timezone | None = None
    """Of the clock, such as Europe/Stockholm; by default that of the job or flow."""
    misfire: Misfire = Misfire.ONCE
    """When starts were missed: make up for none (skip), start once for all (once), or for each (all)."""
    misfire_max: Annotated[int, Field(ge=1, le=100)] = 10
    """With all: for so many at most, the latest."""
    overlap: Overlap = Overlap.SKIP
    """While the last run goes on: start none (skip), start it afterwards (queue), or beside it (parallel)."""
    enabled: bool = True
    """Whether it starts anything."""

    @field_validator("every")
    @classmethod
    def _one_way(cls, every: Period | int | None, info: ValidationInfo) -> Period | int | None:
        if every and info.data.get("cron"):
            raise ValueError("either cron or every, not both")
        return every

    @field_validator("at")
    @classmethod
    def _time(cls, at: str | None, info: ValidationInfo) -> str | None:
        every = info.data.get("every")
        if at is None or "every" not in info.data:
            return at
        if not isinstance(every, Period):
            raise ValueError(f"goes with every: {', '.join(Period)}")
        time = _TIME.fullmatch(at)
        if time is None or (time[1] is None and every is not Period.HOURLY):
            raise ValueError('must be a time from "00:00" to "23:59"')
        if every is Period.HOURLY and int(time[1] or 0):
            raise ValueError(f'hourly is in every hour: write it like ":{time[2]}"')
        return at

    @field_validator("on")
    @classmethod
    def _day(cls, on: tuple[str, ...] | None, info: ValidationInfo) -> tuple[str, ...] | None:
        every = info.data.get("every")
        if on is None or "every" not in info.data:
            return on
        if every not in _FIRST:
            raise ValueError(f"goes with every: {', '.join(_FIRST)}")
        if not on or any(day.split() != [day] for day in on):
            raise ValueError("must be days, such as mon,thu or 1,15")
        try:
            parsed(_CRON[every].format(minute=0, hour=0, day=",".join(on)))
        except Invalid as error:
            raise ValueError(str(error)) from error
        return on

    @model_validator(mode="after")
    def _some_way(self) -> Self:
        if self.cron is None and self.every is None:
            raise ValueError("needs cron or every")
        return self

    def schedule(self, *, timezone: str, enabled: bool = True) -> Schedule:
        """What core goes by; `timezone` and `enabled` are what the job or flow says."""
        interval = self.every if isinstance(self.every, int) else 0
        pattern = self._of_period(self.every) if isinstance(self.every, Period) else self.cron
        return Schedule(pattern or "", interval, self.timezone or timezone, self.misfire,
                        self.misfire_max, self.overlap, self.enabled and enabled)

    def _of_period(self, period: Period) -> str:
        hour, _, minute = (self.at or "0:0").partition(":")
        day = ",".join(self.on) if self.on else _FIRST.get(period, "")
        return _CRON[period].format(minute=int(minute), hour=int(hour or 0), day=day)


def _not_beside(overlap: object) -> object:
    if overlap == Overlap.PARALLEL:
        raise ValueError("two runs of one job would move the same files; use queue")
    return overlap


class ScheduleForm(FlowScheduleForm):
    """When the job starts by itself: `cron` or `every`."""

    overlap: Annotated[Literal[Overlap.SKIP, Overlap.QUEUE], BeforeValidator(_not_beside)] = Overlap.SKIP
    """While the last run goes on: start none (skip), or start it afterwards (queue)."""


FlowScheduleSetting: TypeAlias = Annotated[FlowScheduleForm, BeforeValidator(_mapping)]
"""A field with the schedule of a flow."""
ScheduleSetting: TypeAlias = Annotated[ScheduleForm, BeforeValidator(_mapping)]
"""A field with the schedule of a job."""
