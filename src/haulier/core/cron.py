"""Cron expressions: what may be written, what it means in words, which times of a clock match."""
from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from cronsim import CronSim, CronSimError

from ..model.errors import Invalid

MACROS = {"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
          "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *"}
_FIELDS = {
    "second": "0 to 59",
    "minute": "0 to 59",
    "hour": "0 to 23",
    "day": "1 to 31, L (the last one), LW (the last one from Monday to Friday)",
    "month": "1 to 12, jan to dec",
    "weekday": "0 to 7 (0 and 7 are Sunday), sun to sat, mon#2 (the second Monday), 5L (the last Friday)",
}
_LONGEST = 200
_CLOCK = re.compile(r"at (\d\d:\d\d(?::\d\d)?) (.+)")
_ORDINAL = re.compile(r"(?<=\b[2-9])([123])th\b")


class Cron(NamedTuple):
    """An expression that makes sense, as six fields."""

    text: str
    is_hourly: bool
    """It matches in every hour of a day."""
    repeats: bool
    """It is about intervals, as `*/15` is, rather than about times of day, as `30 2` is."""

    def after(self, wall: datetime) -> Iterator[datetime]:
        """The times that match after `wall`, on a clock that is never put forward or back."""
        return CronSim(self.text, wall)

    def sentence(self) -> str:
        """For people: `every day at 02:00`."""
        said = CronSim(self.text, datetime.min).explain()
        said = _ORDINAL.sub(lambda digit: digit[1] + {"1": "st", "2": "nd", "3": "rd"}[digit[1]], said)
        return _CLOCK.sub(r"\2 at \1", said[0].lower() + said[1:])


@lru_cache(4096)
def parsed(text: str) -> Cron:
    """The expression; Invalid, naming the field and what may be there, if it makes no sense."""
    fields = _fields(text)
    whole = " ".join(fields)
    try:
        found = CronSim(whole, datetime(2000, 1, 1))
    except CronSimError:
        raise _fault(fields) from None
    is_hourly = len(found.hours) == 24
    if next(found, None) is None:
        raise _never()
    return Cron(whole, is_hourly, is_hourly or any(field.startswith("*") for field in fields[:3]))


def _fields(text: str) -> list[str]:
    """Six fields as the library reads them: seconds, no macro, no `?`, Sunday at the end of a range is 7."""
    if len(text) > _LONGEST:
        raise Invalid(f"not a schedule: longer than {_LONGEST} characters")
    text = text.strip()
    if text.startswith("@") and text.lower() not in MACROS:
        raise Invalid(f"not a schedule: {text} is not one of {', '.join(MACROS)}")
    fields = MACROS.get(text.lower(), text).split()
    if len(fields) not in (5, 6):
        raise Invalid(f"not a schedule: it has {len(fields)} fields, and cron has 5 "
                      "(minute hour day month weekday), or 6 with seconds first")
    second, minute, hour, day, month, weekday = fields if len(fields) == 6 else ["0", *fields]
    return [second, minute, hour, "*" if day == "?" else day, month,
            "*" if weekday == "?" else re.sub(r"(?i)-sun\b", "-7", weekday)]


def _fault(fields: list[str]) -> Invalid:
    """The first field that makes no sense by itself; each by itself does: the day is in none of the months."""
    for at, (name, allowed) in enumerate(_FIELDS.items()):
        alone = ["*"] * 6
        alone[at] = fields[at]
        try:
            CronSim(" ".join(alone), datetime(2000, 1, 1))
        except CronSimError:
            return Invalid(f'not a schedule: {name} is "{fields[at]}"; allowed are {allowed}, any (*), '
                           "lists (1,5), ranges (1-5, the lower one first) and steps (*/5)")
    return _never()


def _never() -> Invalid:
    return Invalid("not a schedule: no date matches its day, month and weekday")
