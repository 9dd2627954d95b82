"""Which slots a schedule has, and which of them are due: calendar and clock, nothing else.

Where clocks are put forward and back, a time of day that does not exist fires once, at the first
moment that does; one that comes twice fires the first time. Patterns in which second, minute or hour
begin with `*`, or that name every hour, go by real time where it comes twice: `*/15` is every quarter
of an hour. Those that match in every hour lose nothing when a clock skips one, so nothing is made up.
"""
from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from difflib import get_close_matches
from itertools import islice
from zoneinfo import ZoneInfo, available_timezones

from ..model.errors import Invalid
from ..model.schedule import Misfire, Schedule
from .cron import Cron, parsed

GRACE = timedelta(minutes=1)
"""A slot that is looked at later than this was missed."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND, _MINUTE = timedelta(seconds=1), timedelta(minutes=1)
_UNITS = {"week": 604_800, "day": 86_400, "hour": 3_600, "minute": 60, "second": 1}


def check(schedule: Schedule) -> None:
    """Invalid if it cannot be followed."""
    zone(schedule.timezone)
    if schedule.cron:
        parsed(schedule.cron)
    elif schedule.every < 1:
        raise Invalid("not a schedule: it needs a cron expression or an interval of at least a second")


def zone(name: str) -> tzinfo:
    """The time zone; Invalid, with the nearest one there is, if nothing is called so."""
    if name == "UTC":       # also where no database of time zones is installed
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Invalid(f'no such time zone: "{name}"; {_hint(name)}') from None


def _hint(name: str) -> str:
    """Never an abbreviation: `EST` is a zone too, and is far from `CEST`."""
    known = {one.lower(): one for one in available_timezones() if "/" in one or one == "UTC"}
    near = get_close_matches(name.lower(), known, 1)
    if near:
        return f'did you mean "{known[near[0]]}"?'
    return ("names are like Europe/Stockholm or UTC" if known else
            "this machine has no database of time zones: install tzdata")


def moment(at: int) -> datetime:
    """Nanoseconds since the epoch as UTC."""
    return _EPOCH + timedelta(microseconds=at // 1000)


def nanoseconds(at: datetime) -> int:
    """The same the other way, exactly."""
    return (at - _EPOCH) // timedelta(microseconds=1) * 1000


def next_after(schedule: Schedule, moment: datetime) -> datetime | None:
    """The first slot after `moment`; None if there is none in 50 years."""
    moment = moment.astimezone(UTC)
    if schedule.cron:
        return _on_the_clock(parsed(schedule.cron), zone(schedule.timezone), moment)
    step = timedelta(seconds=schedule.every)
    return _EPOCH + ((moment - _EPOCH) // step + 1) * step


def upcoming(schedule: Schedule, moment: datetime, count: int) -> list[datetime]:
    """The next slots, `count` of them at most; of a disabled schedule those that it would have."""
    return list(islice(_slots(schedule, moment), count))


def due(schedule: Schedule, last_slot: datetime, now: datetime) -> list[datetime]:
    """The slots after `last_slot` that fire now, oldest first.

    `last_slot` is the last one that fired, or the moment when the schedule was made, changed or
    enabled. What is due is after it: so nothing fires twice, whatever happened to the clock.
    """
    if not schedule.enabled or next(_slots(schedule, last_slot, now), None) is None:
        return []
    edge = now - GRACE
    recent = list(_slots(schedule, max(last_slot, edge), now))
    missed = {Misfire.SKIP: 0, Misfire.ONCE: 0 if recent else 1, Misfire.ALL: schedule.misfire_max}
    return _latest(schedule, last_slot, edge, missed[schedule.misfire]) + recent


def sentence(schedule: Schedule) -> str:
    """For people: `every day at 02:00, Europe/Stockholm`."""
    if schedule.cron:
        return f"{parsed(schedule.cron).sentence()}, {schedule.timezone}"
    unit = next(unit for unit, seconds in _UNITS.items() if schedule.every % seconds == 0)
    count = schedule.every // _UNITS[unit]
    return f"every {unit}, UTC" if count == 1 else f"every {count} {unit}s, UTC"


def _slots(schedule: Schedule, after: datetime, until: datetime | None = None) -> Iterator[datetime]:
    slot = next_after(schedule, after)
    while slot and (until is None or slot <= until):
        yield slot
        slot = next_after(schedule, slot)


def _latest(schedule: Schedule, after: datetime, until: datetime, count: int) -> list[datetime]:
    """The last `count` slots, oldest first, without a look at each of the millions there may be."""
    if not count:
        return []
    found = list(islice(_slots(schedule, after, until), count + 1))
    if len(found) <= count:
        return found
    found = []
    for _ in range(count):
        found.append(_last(schedule, after, until))
        until = found[-1] - _SECOND
    return found[::-1]


def _last(schedule: Schedule, after: datetime, until: datetime) -> datetime:
    """The last slot after `after` and not after `until`; there is one."""
    low, high = after, until        # the last slot is after `low` or at it, and not after `high`
    while high - low >= _SECOND:
        middle = low + (high - low) / 2
        slot = next_after(schedule, middle)
        if slot and slot <= until:
            low = slot
        else:
            high = middle
    return low


def _on_the_clock(cron: Cron, zone: tzinfo, moment: datetime) -> datetime | None:
    wall = moment.astimezone(zone).replace(tzinfo=None)
    first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    found = [_first(cron, zone, moment, wall, fold=0)]
    back = (first.utcoffset() or timedelta()) - (second.utcoffset() or timedelta())
    if back and cron.repeats:       # `wall` is read twice that day: so are the times up to `back` before it
        found.append(_first(cron, zone, moment, wall - back, fold=1))
    return min(filter(None, found), default=None)


def _first(cron: Cron, zone: tzinfo, moment: datetime, wall: datetime, *, fold: int) -> datetime | None:
    """The first slot after `moment` among the times that match after `wall`."""
    for match in cron.after(wall):
        slot = match.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        if not _reads(zone, slot, match):
            if cron.is_hourly:
                continue
            slot = _resumed(zone, match)
        if slot > moment:
            return slot
    return None


def _reads(zone: tzinfo, slot: datetime, wall: datetime) -> bool:
    return slot.astimezone(zone).replace(tzinfo=None) == wall


def _resumed(zone: tzinfo, wall: datetime) -> datetime:
    """The first moment after a time that a clock skipped."""
    wall = wall.replace(second=0)
    while not _reads(zone, slot := wall.replace(tzinfo=zone).astimezone(UTC), wall):
        wall += _MINUTE
    return slot
