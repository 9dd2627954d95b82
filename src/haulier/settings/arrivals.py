"""What may be written for files that come: that they start the job, and what must have come by when."""
from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from ..model.arrival import Expectation
from .rules import Form, Pattern
from .timetable import DAYS, days_of
from .units import Duration

_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_CALENDAR = {"daily": "* *", "weekdays": "* 1-5", "month-end": "L *", "last-workday": "LW *"}
"""Day and weekday, as cron has them."""
_USUAL = {DAYS: "daily", DAYS[:5]: "weekdays"}


def _time(text: str) -> str:
    if not _TIME.fullmatch(text):
        raise ValueError('must be a time from "00:00" to "23:59"')
    return text


def _days(value: object) -> str:
    """A word of the calendar, or days of the week or of the month with commas between."""
    if isinstance(value, str) and value.strip().lower() in _CALENDAR:
        return value.strip().lower()
    listed = value if isinstance(value, list | tuple) else str(value).split(",")
    numbers = [str(one).strip() for one in listed]
    if numbers and all(number.isdecimal() and 1 <= int(number) <= 31 for number in numbers):
        return ",".join(numbers)
    try:
        days = days_of(value)
        return _USUAL.get(tuple(sorted(days, key=DAYS.index)), ",".join(days))
    except ValueError:
        raise ValueError(f"must be {', '.join(_CALENDAR)}, days of the week such as mon-fri or [mon, thu], "
                         "or days of the month such as [1, 15]") from None


def _listed(value: Any) -> Any:
    return () if value is None else [value] if isinstance(value, dict) else value


def _switched(value: Any) -> Any:
    """The usual for `true`, nothing for `false`."""
    return {} if value is True else None if value is False else value


Time: TypeAlias = Annotated[str, AfterValidator(_time), Field(examples=["06:30"])]
Calendar: TypeAlias = Annotated[str, BeforeValidator(_days), WithJsonSchema({"anyOf": [
    {"type": "string", "examples": ["weekdays", "mon-fri", "month-end"]},
    {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]}}]})]


class ArrivalForm(Form):
    """Files that come start the job."""

    every: Annotated[Duration, Field(ge=1, le=86_400)] = 60.0
    """Time between two looks at the source."""
    events: bool = True
    """Where the source is a folder of this machine: also look when something happens in it."""


class ExpectForm(Form):
    """Files that must have arrived by a time of day."""

    files: Pattern = "*"
    """Which ones: a glob, or `re:` and a regular expression, as in filters; none: any."""
    count: Annotated[int, Field(ge=1, le=100_000)] = 1
    """How many, at least."""
    by: Time
    """HH:MM, where the job's clock hangs."""
    days: Calendar = "daily"
    """On which days: daily, weekdays, month-end, last-workday, mon-fri, [mon, thu], or days of the month."""
    holidays: tuple[date, ...] = ()
    """Dates on which nothing is expected, such as 2026-12-24."""
    warn: Duration = 1800.0
    """So long before, if files are missing, somebody is warned and the source is looked at."""
    since: Time = "00:00"
    """Files count that were delivered after this time; if it is not before `by`, it is that of the day before."""

    def expectation(self, *, timezone: str) -> Expectation:
        """What core goes by."""
        return Expectation(self.files, _cron(self.by, self.days), _cron(self.since, "daily"), self.count, self.warn,
                           timezone, self.holidays)


def _cron(time: str, days: str) -> str:
    hour, _, minute = time.partition(":")
    usual = f"{days} *" if days[0].isdecimal() else f"* {days}"
    day, weekday = _CALENDAR.get(days, usual).split()
    return f"{int(minute)} {int(hour)} {day} * {weekday}"


ArrivalSetting: TypeAlias = Annotated[ArrivalForm | None, BeforeValidator(_switched)]
"""A field that says whether files start the job."""
Expected: TypeAlias = Annotated[tuple[ExpectForm, ...], BeforeValidator(_listed)]
"""A field with what must arrive."""
