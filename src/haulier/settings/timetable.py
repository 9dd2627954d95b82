"""What may be written for the hours in which another bandwidth holds."""
from __future__ import annotations

import re
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from ..model.timetable import Hours
from .rules import Form
from .units import Rate

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00", re.ASCII)
_NAME = re.compile(r"(mon|tue(s)?|wed(nes)?|thu(rs)?|fri|sat(ur)?|sun)(day)?")


def _time(text: str) -> str:
    if not _TIME.fullmatch(text):
        raise ValueError('must be a time from "00:00" to "24:00"')
    return text


def days_of(value: object) -> tuple[str, ...]:
    """Names of days, from a list or from words with commas between; `mon-fri` is five of them."""
    listed = value if isinstance(value, list | tuple) else value.split(",") if isinstance(value, str) else None
    if not listed or not all(isinstance(one, str) for one in listed):
        raise ValueError('must be days, such as "mon-fri" or [sat, sun]')
    return tuple(dict.fromkeys(day for one in listed for day in _span(one.strip().lower())))


def _span(text: str) -> list[str]:
    ends = [_NAME.fullmatch(one.strip()) for one in text.split("-")]
    found = [DAYS.index(one[0][:3]) for one in ends if one]
    if not found or len(found) != len(ends) or len(found) > 2:
        raise ValueError(f'"{text[:20]}" is not a day or a span of days; they are {", ".join(DAYS)}')
    first, last = found[0], found[-1]
    return [DAYS[at % 7] for at in range(first, last + 1 + 7 * (last < first))]


Clock: TypeAlias = Annotated[str, AfterValidator(_time), Field(examples=["08:00"])]
Days: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(days_of), WithJsonSchema({"anyOf": [
    {"type": "string", "examples": ["mon-fri"]}, {"type": "array", "items": {"enum": [*DAYS]}}]})]


class HoursForm(Form):
    """Hours in which another bandwidth holds."""

    model_config = ConfigDict(populate_by_name=False)

    days: Days = DAYS
    """When they begin: `mon-fri`, or a list such as [sat, sun]; by default every day."""
    start: Clock = Field("00:00", alias="from")
    """HH:MM, of the workspace's time zone."""
    end: Clock = Field("24:00", alias="to")
    """HH:MM; before `from`: of the next day."""
    bandwidth: Rate | None
    """Such as 10MB/s; null: no limit."""

    @model_validator(mode="after")
    def _some_time(self) -> HoursForm:
        if self.start == self.end or self.start == "24:00":
            raise ValueError("no time is between these; a whole day is from 00:00 to 24:00")
        return self

    def hours(self) -> Hours:
        """What core goes by."""
        return Hours(frozenset(map(DAYS.index, self.days)), _minutes(self.start), _minutes(self.end), self.bandwidth)


def _minutes(clock: str) -> int:
    hour, _, minute = clock.partition(":")
    return int(hour) * 60 + int(minute)
