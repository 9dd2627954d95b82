"""Schedules: which moments they mean, which of them are due, and what is refused."""
from __future__ import annotations

import random
import sys
import zoneinfo
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haulier.core.schedule import GRACE, check, due, next_after, sentence, upcoming, zone
from haulier.model.errors import Invalid
from haulier.model.schedule import Misfire, Schedule

# What it is, the expression, the time zone, the moment that is asked for, and the slots that follow it.
CASES = [
    # A clock is put forward: 02:00 to 03:00 does not exist in Stockholm on 29 March 2026.
    ("gap: fixed time that does not exist", "30 2 * * *", "Europe/Stockholm", "2026-03-28T03:00+01:00",
     ["2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00"]),
    ("gap: first minute of it", "0 2 * * *", "Europe/Stockholm", "2026-03-28T03:00+01:00",
     ["2026-03-29T03:00+02:00", "2026-03-30T02:00+02:00"]),
    ("gap: right after it", "0 3 * * *", "Europe/Stockholm", "2026-03-28T04:00+01:00",
     ["2026-03-29T03:00+02:00", "2026-03-30T03:00+02:00"]),
    ("gap: several lost times are one", "0,20,40 2,3 * * *", "Europe/Stockholm", "2026-03-29T01:00+01:00",
     ["2026-03-29T03:00+02:00", "2026-03-29T03:20+02:00", "2026-03-29T03:40+02:00",
      "2026-03-30T02:00+02:00"]),
    ("gap: quarter hours", "*/15 * * * *", "Europe/Stockholm", "2026-03-29T01:30+01:00",
     ["2026-03-29T01:45+01:00", "2026-03-29T03:00+02:00", "2026-03-29T03:15+02:00"]),
    ("gap: every hour at 30", "30 * * * *", "Europe/Stockholm", "2026-03-29T00:30+01:00",
     ["2026-03-29T01:30+01:00", "2026-03-29T03:30+02:00", "2026-03-29T04:30+02:00"]),
    ("gap: quarter hours of the lost hour only", "*/15 2 * * *", "Europe/Stockholm", "2026-03-28T02:45+01:00",
     ["2026-03-29T03:00+02:00", "2026-03-30T02:00+02:00"]),
    ("gap: every 2nd hour", "0 */2 * * *", "Europe/Stockholm", "2026-03-28T23:00+01:00",
     ["2026-03-29T00:00+01:00", "2026-03-29T03:00+02:00", "2026-03-29T04:00+02:00"]),
    ("gap: with seconds", "15 30 2 * * *", "Europe/Stockholm", "2026-03-28T03:00+01:00",
     ["2026-03-29T03:00+02:00", "2026-03-30T02:30:15+02:00"]),
    ("gap: weekly on the day", "30 2 * * sun", "Europe/Stockholm", "2026-03-23T00:00+01:00",
     ["2026-03-29T03:00+02:00", "2026-04-05T02:30+02:00"]),
    ("gap: New York", "30 2 * * *", "America/New_York", "2026-03-07T12:00-05:00",
     ["2026-03-08T03:00-04:00", "2026-03-09T02:30-04:00"]),
    ("gap: half an hour, Lord Howe", "15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00+10:30",
     ["2026-10-04T02:30+11:00", "2026-10-05T02:15+11:00"]),
    ("gap: at midnight, Beirut", "0 0 * * *", "Asia/Beirut", "2026-03-28T12:00+02:00",
     ["2026-03-29T01:00+03:00", "2026-03-30T00:00+03:00"]),
    ("gap: at midnight, Santiago", "30 0 * * *", "America/Santiago", "2026-09-05T12:00-04:00",
     ["2026-09-06T01:00-03:00", "2026-09-07T00:30-03:00"]),
    ("gap: every 6th hour at midnight", "0 */6 * * *", "Asia/Beirut", "2026-03-28T12:00+02:00",
     ["2026-03-28T18:00+02:00", "2026-03-29T01:00+03:00", "2026-03-29T06:00+03:00"]),
    ("gap: a whole day, Apia", "0 2 * * *", "Pacific/Apia", "2011-12-29T03:00-10:00",
     ["2011-12-31T00:00+14:00", "2011-12-31T02:00+14:00"]),
    ("gap: quarter hours of one date, from midnight", "*/15 * 29 3 *", "Asia/Beirut", "2026-03-28T12:00+02:00",
     ["2026-03-29T01:00+03:00", "2026-03-29T01:15+03:00"]),
    ("gap: half an hour, every hour", "0 * * * *", "Australia/Lord_Howe", "2026-10-04T01:00+10:30",
     ["2026-10-04T03:00+11:00"]),
    # A clock is put back: 02:00 to 03:00 comes twice in Stockholm on 25 October 2026.
    ("fold: fixed time once", "30 2 * * *", "Europe/Stockholm", "2026-10-24T12:00+02:00",
     ["2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"]),
    ("fold: asked in between", "30 2 * * *", "Europe/Stockholm", "2026-10-25T02:15+01:00",
     ["2026-10-26T02:30+01:00"]),
    ("fold: asked at its second time", "30 2 * * *", "Europe/Stockholm", "2026-10-25T02:30+01:00",
     ["2026-10-26T02:30+01:00"]),
    ("fold: first moment after it", "0 3 * * *", "Europe/Stockholm", "2026-10-25T02:59+01:00",
     ["2026-10-25T03:00+01:00"]),
    ("fold: quarter hours", "*/15 * * * *", "Europe/Stockholm", "2026-10-25T02:30+02:00",
     ["2026-10-25T02:45+02:00", "2026-10-25T02:00+01:00", "2026-10-25T02:15+01:00", "2026-10-25T02:30+01:00",
      "2026-10-25T02:45+01:00", "2026-10-25T03:00+01:00"]),
    ("fold: listed quarter hours", "0,15,30,45 * * * *", "Europe/Stockholm", "2026-10-25T02:30+02:00",
     ["2026-10-25T02:45+02:00", "2026-10-25T02:00+01:00", "2026-10-25T02:15+01:00"]),
    ("fold: quarter hours of that hour only", "*/15 2 * * *", "Europe/Stockholm", "2026-10-25T02:30+02:00",
     ["2026-10-25T02:45+02:00", "2026-10-25T02:00+01:00"]),
    ("fold: every hour at 30", "30 * * * *", "Europe/Stockholm", "2026-10-25T01:30+02:00",
     ["2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00", "2026-10-25T03:30+01:00"]),
    ("fold: with seconds, once", "15 30 2 * * *", "Europe/Stockholm", "2026-10-24T12:00+02:00",
     ["2026-10-25T02:30:15+02:00", "2026-10-26T02:30:15+01:00"]),
    ("fold: half an hour, Lord Howe", "45 1 * * *", "Australia/Lord_Howe", "2026-04-04T12:00+11:00",
     ["2026-04-05T01:45+11:00", "2026-04-06T01:45+10:30"]),
    ("fold: half an hour, quarter hours", "*/15 * * * *", "Australia/Lord_Howe", "2026-04-05T01:30+11:00",
     ["2026-04-05T01:45+11:00", "2026-04-05T01:30+10:30", "2026-04-05T01:45+10:30",
      "2026-04-05T02:00+10:30"]),
    ("fold: at midnight, Havana", "30 0 * * *", "America/Havana", "2026-10-31T12:00-04:00",
     ["2026-11-01T00:30-04:00", "2026-11-02T00:30-05:00"]),
    ("fold: before midnight, Beirut", "30 23 * * *", "Asia/Beirut", "2026-10-24T12:00+03:00",
     ["2026-10-24T23:30+03:00", "2026-10-25T23:30+02:00"]),
    ("fold: before midnight, not the next day", "0 0 25 10 *", "Asia/Beirut", "2026-10-24T23:30+02:00",
     ["2026-10-25T00:00+02:00"]),
    ("fold: half an hour, every hour at 45", "45 * * * *", "Australia/Lord_Howe", "2026-04-05T01:45+11:00",
     ["2026-04-05T01:45+10:30", "2026-04-05T02:45+10:30"]),
    ("fold: half an hour, some hours", "*/15 2-5 * * *", "Australia/Lord_Howe", "2026-04-05T01:45+10:30",
     ["2026-04-05T02:00+10:30"]),
    ("fold: every hour by name", "30 0-23 * * *", "Europe/Stockholm", "2026-10-25T01:30+02:00",
     ["2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00", "2026-10-25T03:30+01:00"]),
    ("fold: every 6th hour at midnight, Havana", "0 */6 * * *", "America/Havana", "2026-10-31T18:00-04:00",
     ["2026-11-01T00:00-04:00", "2026-11-01T00:00-05:00", "2026-11-01T06:00-05:00"]),
    # Zones.
    ("zone: half hour, Kolkata", "0 2 * * *", "Asia/Kolkata", "2026-01-01T00:00+05:30",
     ["2026-01-01T02:00+05:30", "2026-01-02T02:00+05:30"]),
    ("zone: 45 minutes, Kathmandu", "*/15 * * * *", "Asia/Kathmandu", "2026-01-01T00:07+05:45",
     ["2026-01-01T00:15+05:45", "2026-01-01T00:30+05:45"]),
    ("zone: no daylight saving, UTC", "30 2 29 3 *", "UTC", "2026-03-29T00:00+00:00",
     ["2026-03-29T02:30+00:00", "2027-03-29T02:30+00:00"]),
    # Days and weekdays.
    ("calendar: monthly on the 31st", "0 2 31 * *", "UTC", "2026-01-31T02:00+00:00",
     ["2026-03-31T02:00+00:00", "2026-05-31T02:00+00:00"]),
    ("calendar: last day", "0 2 L * *", "UTC", "2026-01-31T02:00+00:00",
     ["2026-02-28T02:00+00:00", "2026-03-31T02:00+00:00"]),
    ("calendar: 29 February", "0 0 29 2 *", "UTC", "2024-02-29T00:00+00:00",
     ["2028-02-29T00:00+00:00", "2032-02-29T00:00+00:00"]),
    ("calendar: 29 February over 2100", "0 0 29 2 *", "UTC", "2096-02-29T00:00+00:00",
     ["2104-02-29T00:00+00:00"]),
    ("calendar: Sunday is 0", "0 0 * * 0", "UTC", "2026-01-01T00:00+00:00",
     ["2026-01-04T00:00+00:00"]),
    ("calendar: Sunday is 7", "0 0 * * 7", "UTC", "2026-01-01T00:00+00:00",
     ["2026-01-04T00:00+00:00"]),
    ("calendar: 5-7 is Friday to Sunday", "0 0 * * 5-7", "UTC", "2026-01-01T00:00+00:00",
     ["2026-01-02T00:00+00:00", "2026-01-03T00:00+00:00", "2026-01-04T00:00+00:00",
      "2026-01-09T00:00+00:00"]),
    ("calendar: names", "0 6 * feb mon-wed", "UTC", "2026-01-01T00:00+00:00",
     ["2026-02-02T06:00+00:00", "2026-02-03T06:00+00:00", "2026-02-04T06:00+00:00",
      "2026-02-09T06:00+00:00"]),
    ("calendar: fri-sun", "0 0 * * fri-sun", "UTC", "2026-01-01T00:00+00:00",
     ["2026-01-02T00:00+00:00", "2026-01-03T00:00+00:00", "2026-01-04T00:00+00:00"]),
    ("calendar: day or weekday", "0 0 13 * 5", "UTC", "2026-01-03T00:00+00:00",
     ["2026-01-09T00:00+00:00", "2026-01-13T00:00+00:00", "2026-01-16T00:00+00:00"]),
    ("calendar: steps from a start", "5/20 0 * * *", "UTC", "2026-01-01T00:00+00:00",
     ["2026-01-01T00:05+00:00", "2026-01-01T00:25+00:00", "2026-01-01T00:45+00:00",
      "2026-01-02T00:05+00:00"]),
    ("calendar: stepped range and list", "10-50/20,55 0 * * *", "UTC", "2026-01-01T00:00+00:00",
     ["2026-01-01T00:10+00:00", "2026-01-01T00:30+00:00", "2026-01-01T00:50+00:00",
      "2026-01-01T00:55+00:00"]),
    # Six fields.
    ("seconds: first of six fields", "30 0 2 * * *", "UTC", "2026-01-01T00:00+00:00",
     ["2026-01-01T02:00:30+00:00", "2026-01-02T02:00:30+00:00"]),
    ("seconds: every tenth", "*/10 * * * * *", "UTC", "2026-01-01T00:00:05+00:00",
     ["2026-01-01T00:00:10+00:00", "2026-01-01T00:00:20+00:00"]),
    # Macros and other dialects.
    ("macro: @daily", "@daily", "Europe/Stockholm", "2026-01-01T00:00+01:00",
     ["2026-01-02T00:00+01:00"]),
    ("macro: @hourly", "@hourly", "UTC", "2026-01-01T00:00+00:00",
     ["2026-01-01T01:00+00:00"]),
    ("macro: ? for any day", "0 0 2 ? * mon", "UTC", "2026-01-01T00:00+00:00",
     ["2026-01-05T02:00+00:00"]),
    # Strictly after.
    ("strict: after part of a second", "0 2 * * *", "UTC", "2026-01-01T01:59:59.5+00:00",
     ["2026-01-01T02:00+00:00", "2026-01-02T02:00+00:00"]),
]


@pytest.mark.parametrize(("cron", "timezone", "after", "expected"), [case[1:] for case in CASES],
                         ids=[case[0] for case in CASES])
def test_the_table_of_cases(cron: str, timezone: str, after: str, expected: list[str]) -> None:
    schedule = Schedule(cron, timezone=timezone)
    check(schedule)
    found = upcoming(schedule, at(after), len(expected))
    assert [slot.astimezone(zone(timezone)).isoformat() for slot in found] == [
        at(slot).astimezone(zone(timezone)).isoformat() for slot in expected]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


NOON = at("2026-11-21T12:00:00+00:00")


# Clocks that change, against a plain search through every minute of three days

CHANGES = [("Europe/Stockholm", "2026-03-28"), ("Europe/Stockholm", "2026-10-24"), ("Asia/Beirut", "2026-03-27"),
           ("Asia/Beirut", "2026-10-23"), ("America/Havana", "2026-10-31"), ("America/Santiago", "2026-09-05"),
           ("Australia/Lord_Howe", "2026-04-04"), ("Australia/Lord_Howe", "2026-10-03"), ("UTC", "2026-01-01")]


def some(values: range) -> st.SearchStrategy[list[int]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=4, unique=True).map(sorted)


def searched(minutes: Iterable[int], hours: Iterable[int], name: str, first: datetime) -> list[datetime]:
    """The slots of a schedule of fixed times: each time of the calendar, when a clock there shows it first."""
    shown: dict[datetime, datetime] = {}
    moments = [first + timedelta(minutes=number) for number in range(3 * 1440)]
    for moment in moments:
        shown.setdefault(moment.astimezone(zone(name)).replace(tzinfo=None, fold=0), moment)
    walls = sorted(shown)
    found = set()
    for wall in (walls[0] + timedelta(minutes=number) for number in range(3 * 1440)):
        if wall.minute in minutes and wall.hour in hours:
            found.add(next((shown[later] for later in walls if later >= wall), None))
    return sorted(moment for moment in found if moment and first < moment < moments[-200])


@settings(max_examples=60, deadline=None)
@given(minutes=some(range(60)), hours=some(range(4)), change=st.sampled_from(CHANGES))
def test_fixed_times_are_those_that_a_search_minute_by_minute_finds(
        minutes: list[int], hours: list[int], change: tuple[str, str]) -> None:
    name, day = change
    first = at(f"{day}T00:00").replace(tzinfo=zone(name)).astimezone(UTC)
    expected = searched(minutes, hours, name, first)
    schedule = Schedule(f"{listed(minutes)} {listed(hours)} * * *", timezone=name)
    assert upcoming(schedule, first, len(expected)) == expected


@settings(max_examples=60, deadline=None)
@given(minutes=some(range(60)), change=st.sampled_from(CHANGES))
def test_every_hour_is_every_real_moment_that_reads_so(minutes: list[int], change: tuple[str, str]) -> None:
    name, day = change
    first = at(f"{day}T00:00").replace(tzinfo=zone(name)).astimezone(UTC)
    moments = (first + timedelta(minutes=number) for number in range(1, 2 * 1440))
    expected = [moment for moment in moments if moment.astimezone(zone(name)).minute in minutes]
    assert upcoming(Schedule(f"{listed(minutes)} * * * *", timezone=name), first, len(expected)) == expected


def listed(numbers: list[int]) -> str:
    return ",".join(map(str, numbers))


# Intervals

@pytest.mark.parametrize(("every", "after", "expected"), [
    (900, "2026-03-29T00:59:59+00:00", ["2026-03-29T01:00+00:00", "2026-03-29T01:15+00:00"]),
    (900, "2026-03-29T01:00:00+00:00", ["2026-03-29T01:15+00:00"]),
    (21_600, "2026-03-29T02:00+02:00", ["2026-03-29T06:00+00:00", "2026-03-29T12:00+00:00"]),
    (1, "2026-01-01T00:00:00.5+00:00", ["2026-01-01T00:00:01+00:00"]),
])
def test_intervals_do_not_depend_on_when_anything_was_started(
        every: int, after: str, expected: list[str]) -> None:
    assert upcoming(Schedule(every=every, timezone="Europe/Stockholm"), at(after), len(expected)) == [
        at(slot) for slot in expected]


# What is due

def policy(misfire: Misfire, misfire_max: int = 10, cron: str = "0 * * * *") -> Schedule:
    return Schedule(cron, misfire=misfire, misfire_max=misfire_max)


@pytest.mark.parametrize(("schedule", "expected"), [
    (policy(Misfire.SKIP), []),
    (policy(Misfire.ONCE), ["11:00"]),
    (policy(Misfire.ALL), ["07:00", "08:00", "09:00", "10:00", "11:00"]),
    (policy(Misfire.ALL, 2), ["10:00", "11:00"]),
])
def test_slots_that_nobody_looked_at_in_time(schedule: Schedule, expected: list[str]) -> None:
    found = due(schedule, at("2026-11-21T06:00+00:00"), at("2026-11-21T11:30+00:00"))
    assert [f"{slot:%H:%M}" for slot in found] == expected


@pytest.mark.parametrize(("schedule", "expected"), [
    (policy(Misfire.SKIP), ["12:00"]),
    (policy(Misfire.ONCE), ["12:00"]),
    (policy(Misfire.ALL, 2), ["10:00", "11:00", "12:00"]),
])
def test_one_that_is_looked_at_in_time_fires_whatever_was_missed(schedule: Schedule, expected: list[str]) -> None:
    found = due(schedule, at("2026-11-21T06:00+00:00"), NOON + timedelta(seconds=59))
    assert [f"{slot:%H:%M}" for slot in found] == expected


@pytest.mark.parametrize("misfire", Misfire)
def test_slots_closer_together_than_the_looks_fire_once_each(misfire: Misfire) -> None:
    schedule = policy(misfire, 1, "*/10 * * * * *")
    looks = [NOON + timedelta(seconds=seconds) for seconds in (15, 30, 31, 60, 75)]
    assert looked(schedule, NOON, looks) == [NOON + timedelta(seconds=seconds) for seconds in range(10, 80, 10)]


def test_the_clock_is_set_back_and_nothing_fires_again() -> None:
    schedule = policy(Misfire.ALL, cron="*/5 * * * *")
    assert due(schedule, NOON, NOON - timedelta(hours=3)) == []
    assert due(schedule, NOON, NOON) == []
    assert due(schedule, NOON, NOON + timedelta(minutes=5)) == [NOON + timedelta(minutes=5)]


def test_a_disabled_schedule_has_no_slot_due_and_can_still_be_shown() -> None:
    schedule = Schedule("0 * * * *", enabled=False)
    assert due(schedule, NOON, NOON + timedelta(hours=3)) == []
    assert upcoming(schedule, NOON, 1) == [NOON + timedelta(hours=1)]


@pytest.mark.parametrize(("misfire", "count"), [(Misfire.SKIP, 60), (Misfire.ONCE, 60), (Misfire.ALL, 160)])
def test_a_process_that_slept_for_a_year_does_not_count_the_seconds(misfire: Misfire, count: int) -> None:
    found = due(policy(misfire, 100, "* * * * * *"), NOON - timedelta(days=365), NOON)
    assert found == [NOON - timedelta(seconds=number) for number in range(count)][::-1]


EXPRESSIONS = st.sampled_from(["* * * * *", "*/15 * * * *", "30 2 * * *", "0 */6 * * *", "0 2 * * mon-fri",
                               "20 * 29 3 *", "0 0 31 * *", "*/20 * * * * *", "30 1-3 * * sun", "@monthly"])
ZONES = st.sampled_from(["UTC", "Europe/Stockholm", "America/Havana", "Australia/Lord_Howe", "Asia/Kolkata"])
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda moment: moment.replace(tzinfo=UTC))
NEAR_CHANGES = st.builds(lambda moment, minutes: moment + timedelta(minutes=minutes),
                         st.sampled_from([at("2026-03-29T01:00+00:00"), at("2026-10-25T01:00+00:00"),
                                          at("2026-11-01T05:00+00:00"), at("2026-04-04T15:00+00:00")]),
                         st.integers(-300, 300))
SCHEDULES = st.builds(Schedule, EXPRESSIONS, timezone=ZONES, misfire=st.sampled_from(Misfire),
                      misfire_max=st.integers(1, 5))


@settings(deadline=None)
@given(schedule=SCHEDULES, moment=MOMENTS | NEAR_CHANGES)
def test_the_next_slot_is_strictly_after(schedule: Schedule, moment: datetime) -> None:
    first, second = upcoming(schedule, moment, 2)
    assert moment < first < second
    assert next_after(schedule, first) == second
    assert next_after(schedule, first - timedelta(microseconds=1)) == first


def looked(schedule: Schedule, last: datetime, looks: Iterable[datetime]) -> list[datetime]:
    """What fires when somebody looks at these moments and remembers the last slot."""
    fired: list[datetime] = []
    for now in looks:
        fired += due(schedule, fired[-1] if fired else last, now)
    return fired


@settings(deadline=None)
@given(cron=EXPRESSIONS, timezone=ZONES, start=MOMENTS | NEAR_CHANGES,
       steps=st.lists(st.integers(0, 7200), max_size=12))
def test_any_split_of_a_time_has_the_same_slots_as_the_whole(
        cron: str, timezone: str, start: datetime, steps: list[int]) -> None:
    schedule = Schedule(cron, timezone=timezone, misfire=Misfire.ALL, misfire_max=10_000)
    looks = [start + timedelta(seconds=sum(steps[:number])) for number in range(1, len(steps) + 1)]
    whole = looked(schedule, start, looks[-1:])
    assert looked(schedule, start, looks) == whole
    assert upcoming(schedule, start, len(whole)) == whole


@settings(deadline=None)
@given(schedule=SCHEDULES, start=MOMENTS | NEAR_CHANGES,
       steps=st.lists(st.integers(0, int(GRACE.total_seconds())), max_size=40))
def test_who_looks_once_a_minute_loses_nothing_whatever_the_policy(
        schedule: Schedule, start: datetime, steps: list[int]) -> None:
    looks = [start + timedelta(seconds=sum(steps[:number])) for number in range(1, len(steps) + 1)]
    fired = looked(schedule, start, looks)
    assert upcoming(schedule, start, len(fired)) == fired
    assert not looks or upcoming(schedule, start, len(fired) + 1)[-1] > looks[-1]


@settings(deadline=None)
@given(schedule=SCHEDULES, start=MOMENTS | NEAR_CHANGES,
       steps=st.lists(st.integers(-90_000, 90_000), max_size=12))
def test_a_clock_that_jumps_fires_no_slot_twice_and_none_too_early(
        schedule: Schedule, start: datetime, steps: list[int]) -> None:
    looks = [start + timedelta(seconds=sum(steps[:number])) for number in range(1, len(steps) + 1)]
    fired = looked(schedule, start, looks)
    assert all(one < other for one, other in pairwise(fired))
    assert all(next_after(schedule, slot - timedelta(seconds=1)) == slot for slot in fired)
    assert not fired or (start < fired[0] and fired[-1] <= max(looks))


# What is refused

@pytest.mark.parametrize(("cron", "said"), [
    ("60 * * * *", 'minute is "60"; allowed are 0 to 59'),
    ("* 24 * * *", 'hour is "24"; allowed are 0 to 23'),
    ("* * 0 * *", 'day is "0"; allowed are 1 to 31'),
    ("* * * 13 *", 'month is "13"; allowed are 1 to 12, jan to dec'),
    ("* * * * funday", 'weekday is "funday"; allowed are 0 to 7 (0 and 7 are Sunday), sun to sat'),
    ("61 0 0 * * *", 'second is "61"; allowed are 0 to 59'),
    ("*/0 * * * *", 'minute is "*/0"'), ("* 5-1 * * *", 'hour is "5-1"'), ("1,,2 * * * *", 'minute is "1,,2"'),
    ("* R * * *", 'hour is "R"'), ("? 2 * * *", 'minute is "?"'), ("* * * * mon#6", 'weekday is "mon#6"'),
    ("0 0 30 2 *", "no date matches its day, month and weekday"),
    ("* * */20 * 1L", "no date matches"), ("@often", "@often is not one of @hourly, @daily"),
    ("@reboot", "not one of"), (" ", "it has 0 fields, and cron has 5"), ("* * * *", "it has 4 fields"),
    ("* * * * * * *", "it has 7 fields"), ("9" * 5000 + " * * * *", "longer than 200 characters"),
])
def test_an_expression_that_makes_no_sense_is_refused_naming_the_field(cron: str, said: str) -> None:
    with pytest.raises(Invalid) as error:
        check(Schedule(cron))
    assert str(error.value).startswith("not a schedule: ") and said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_schedule_needs_an_expression_or_an_interval() -> None:
    with pytest.raises(Invalid, match="needs a cron expression or an interval"):
        check(Schedule())
    check(Schedule(every=1))


@pytest.mark.parametrize(("name", "said"), [
    ("Europe/Stokholm", 'did you mean "Europe/Stockholm"?'), ("asia/kolkata", 'did you mean "Asia/Kolkata"?'),
    ("CEST", "names are like Europe/Stockholm or UTC"), ("", "names are like"), ("Europe", "did you mean"),
    ("../../etc/passwd", "names are like"), ("a\0b", "names are like"), ("tzdata.zi", "names are like"),
])
def test_an_unknown_time_zone_is_refused_with_the_nearest_one(name: str, said: str) -> None:
    with pytest.raises(Invalid) as error:
        check(Schedule("0 2 * * *", timezone=name))
    assert said in str(error.value)


def test_without_a_database_of_time_zones_there_is_still_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ["tzdata", *(name for name in sys.modules if name.startswith("tzdata."))]:
        monkeypatch.setitem(sys.modules, name, None)
    zoneinfo.reset_tzpath(to=[])
    ZoneInfo.clear_cache()
    try:
        check(Schedule("0 2 * * *"))
        with pytest.raises(Invalid, match=r"Stockholm.*install tzdata"):
            check(Schedule("0 2 * * *", timezone="Europe/Stockholm"))
    finally:
        zoneinfo.reset_tzpath()
        ZoneInfo.clear_cache()


def expression(chosen: random.Random) -> str:
    return " ".join(",".join(atom(chosen, low, high) for _ in range(chosen.choice([1, 1, 1, 2])))
                    for low, high in FIELDS[chosen.choice([0, 1, 1]):])


FIELDS = [(0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]


ODD = ("sun", "fri", "jan", "dec", "L", "LW", "R", "H", "mon#5", "mon#6", "5L", "fri-sun", "@", "?", "1-2-3", "\u0663")


def atom(chosen: random.Random, low: int, high: int) -> str:
    one, two = sorted(chosen.randint(low, high) for _ in range(2))
    usual = ["*", str(one), f"{one}-{two}", f"*/{two + 1}", f"{one}-{two}/{high}", f"{one}/{two + 1}"]
    odd = [str(high + 1), chosen.choice(ODD), "".join(chosen.choices("0123456789*/,-#LWR? ", k=3))]
    return chosen.choice(usual if chosen.random() < 0.95 else odd)


def test_ten_thousand_random_expressions_are_followed_or_refused() -> None:
    chosen, followed = random.Random(3), 0
    for _ in range(10_000):
        schedule = Schedule(expression(chosen), timezone=chosen.choice(["UTC", "America/Havana"]))
        try:
            check(schedule)
        except Invalid as error:
            assert "not a schedule" in str(error)
        else:
            followed += 1
            slot = next_after(schedule, NOON)
            assert slot is None or slot > NOON
            assert sentence(schedule).endswith(f", {schedule.timezone}")
    assert 2_000 < followed < 8_000


@settings(max_examples=500, deadline=None)
@given(text=st.text(max_size=30) | st.text("0123456789*/,-#LWJANMON? @", max_size=30))
def test_any_text_is_followed_or_refused(text: str) -> None:
    try:
        check(Schedule(text))
    except Invalid:
        return
    assert sentence(Schedule(text))


# For people

@pytest.mark.parametrize(("schedule", "said"), [
    (Schedule("0 2 * * *", timezone="Europe/Stockholm"), "every day at 02:00, Europe/Stockholm"),
    (Schedule("30 0 2 * * *"), "every day at 02:00:30, UTC"),
    (Schedule("0 6 * * mon-fri"), "on Monday through Friday at 06:00, UTC"),
    (Schedule("0 0 22 * *"), "on the 22nd day of every month at 00:00, UTC"),
    (Schedule("*/11 * * * *"), "every 11th minute of every hour, UTC"),
    (Schedule("0 22 L * ?"), "on the last day of every month at 22:00, UTC"),
    (Schedule("@hourly"), "at the start of every hour, UTC"),
    (Schedule(every=900, timezone="Europe/Stockholm"), "every 15 minutes, UTC"),
    (Schedule(every=86_400), "every day, UTC"), (Schedule(every=5400), "every 90 minutes, UTC"),
])
def test_a_sentence_for_people(schedule: Schedule, said: str) -> None:
    assert sentence(schedule) == said
