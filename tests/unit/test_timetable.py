"""Which bandwidth holds when: edges, midnight, and clocks that are put forward and back."""
from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from haulier.core.timetable import bandwidth
from haulier.model.timetable import Hours, Timetable
from haulier.settings.problems import Problems
from haulier.settings.timetable import HoursForm
from haulier.settings.workspace import Workspace

OFFICE = HoursForm.model_validate({"days": "mon-fri", "from": "08:00", "to": "18:00", "bandwidth": 1}).hours()
NIGHT = HoursForm.model_validate({"days": ["fri"], "from": "22:00", "to": "06:00", "bandwidth": 2}).hours()
STOCKHOLM = ZoneInfo("Europe/Stockholm")


def held(row: Hours, wall: str, zone: str = "UTC") -> bool:
    moment = datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone))
    return bandwidth(Timetable(9, (row,), zone), moment) == row.bandwidth


@pytest.mark.parametrize(("wall", "is_in"), [
    ("2025-03-31T07:59:59.999999", False),      # a Monday
    ("2025-03-31T08:00", True),
    ("2025-03-31T17:59:59.999999", True),
    ("2025-03-31T18:00", False),
    ("2025-04-04T12:00", True),                 # Friday
    ("2025-04-05T12:00", False),
    ("2025-04-06T12:00", False),
])
def test_hours_begin_and_end_to_the_minute(wall: str, is_in: bool) -> None:
    assert held(OFFICE, wall) is is_in


@pytest.mark.parametrize(("wall", "is_in"), [
    ("2025-04-04T05:59", False),                # Friday morning is of Thursday's night
    ("2025-04-04T21:59", False),
    ("2025-04-04T22:00", True),
    ("2025-04-04T23:59:59", True),
    ("2025-04-05T00:00", True),
    ("2025-04-05T05:59:59", True),
    ("2025-04-05T06:00", False),
    ("2025-04-05T22:00", False),
])
def test_hours_past_midnight_are_of_the_day_they_begin_on(wall: str, is_in: bool) -> None:
    assert held(NIGHT, wall) is is_in


def test_sunday_night_goes_on_on_monday() -> None:
    row = Hours(frozenset({6}), 23 * 60, 60, 1)
    assert held(row, "2025-03-31T00:59") and not held(row, "2025-03-31T23:30")


def test_a_whole_day_ends_at_midnight() -> None:
    row = HoursForm.model_validate({"days": "sun", "bandwidth": 1}).hours()
    assert held(row, "2025-03-30T00:00") and held(row, "2025-03-30T23:59:59.9") and not held(row, "2025-03-31T00:00")


def test_the_first_row_that_matches_holds_and_none_is_the_usual_one() -> None:
    table = Timetable(7, (Hours(start=60, end=120, bandwidth=None), Hours(start=0, end=180, bandwidth=3)))
    found = [bandwidth(table, datetime(2025, 1, 1, hour, tzinfo=UTC)) for hour in range(4)]
    assert found == [3, None, 3, 7]
    assert bandwidth(Timetable(), datetime(2025, 1, 1, tzinfo=UTC)) is None


def test_the_clock_is_the_workspaces_whatever_zone_the_moment_is_given_in() -> None:
    table = Timetable(9, (OFFICE,), "America/New_York")
    moment = datetime(2025, 3, 31, 12, tzinfo=UTC)          # 08:00 in New York
    for zone in (UTC, STOCKHOLM, ZoneInfo("Asia/Tokyo")):
        assert bandwidth(table, moment.astimezone(zone)) == 1
        assert bandwidth(table, (moment - timedelta(microseconds=1)).astimezone(zone)) == 9


def minutes_in(row: Hours, day: str) -> int:
    """How many minutes of a day's real time are in a row."""
    begin = datetime.fromisoformat(day).replace(tzinfo=STOCKHOLM)
    end = (begin + timedelta(days=1)).astimezone(UTC)
    moments = (begin.astimezone(UTC) + timedelta(minutes=n) for n in range(25 * 60))
    return sum(bandwidth(Timetable(9, (row,), "Europe/Stockholm"), one) == 1 for one in moments if one < end)


@pytest.mark.parametrize(("day", "minutes"), [("2025-03-29", 180), ("2025-03-30", 120), ("2025-10-26", 240)])
def test_an_hour_that_is_skipped_is_missing_and_one_that_comes_twice_counts_twice(day: str, minutes: int) -> None:
    assert minutes_in(Hours(start=60, end=240, bandwidth=1), day) == minutes


def test_hours_within_the_skipped_one_do_not_happen() -> None:
    assert minutes_in(Hours(start=130, end=170, bandwidth=1), "2025-03-30") == 0
    assert minutes_in(Hours(start=130, end=170, bandwidth=1), "2025-10-26") == 80


@given(st.sets(st.integers(0, 6), min_size=1), st.integers(0, 1439), st.integers(0, 1440),
       st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1)))
def test_a_row_and_the_rest_of_its_day_never_hold_together(days: set[int], start: int, end: int,
                                                          moment: datetime) -> None:
    """From `start` to `end` and from `end` to `start` are the days' minutes, each once."""
    if start == end or end == 1440:
        return
    moment = moment.replace(tzinfo=UTC)
    one, other = Hours(frozenset(range(7)), start, end, 1), Hours(frozenset(range(7)), end, start, 2)
    assert [bandwidth(Timetable(9, rows), moment) for rows in ((one, other), (other, one))].count(9) == 0
    assert bandwidth(Timetable(9, (one,)), moment) == 1 or bandwidth(Timetable(9, (other,)), moment) == 2
    some = Hours(frozenset(days), start, end, 1)
    assert bandwidth(Timetable(9, (some,)), moment) in (1, 9)


@pytest.mark.parametrize(("days", "found"), [
    ("mon-fri", "mon tue wed thu fri"), ("sat-mon", "sat sun mon"), ("Mon, wed-Thursday", "mon wed thu"),
    (["sat", "sunday"], "sat sun"), ("tues", "tue"), ("mon-mon", "mon"), (["mon-tue", "mon"], "mon tue"),
])
def test_days_are_written_in_some_ways(days: object, found: str) -> None:
    assert HoursForm.model_validate({"days": days, "bandwidth": 1}).days == tuple(found.split())


@pytest.mark.parametrize("wrong", [
    {"days": ""}, {"days": []}, {"days": "mon-"}, {"days": "mon-tue-wed"}, {"days": "monkey"}, {"days": 1},
    {"days": [1]}, {"from": "8:00"}, {"from": "24:00"}, {"to": "24:01"}, {"from": "08:00", "to": "08:00"},
    {"to": "25:00"}, {"bandwidth": "fast"}, {"bandwidth": 0}, {"until": "x"}, {"start": "08:00"},
])
def test_wrong_rows_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        HoursForm.model_validate({"bandwidth": "1MB/s", **wrong})


def test_a_row_says_its_bandwidth() -> None:
    with pytest.raises(ValidationError):
        HoursForm.model_validate({"days": "mon"})
    assert HoursForm.model_validate({"bandwidth": None}).hours() == Hours()


def test_it_is_read_from_the_settings(tmp_path: Path) -> None:
    (tmp_path / "haulier.yaml").write_text(
        "timezone: Europe/Stockholm\nlimits:\n  bandwidth: 50MB/s\n  timetable:\n"
        "    - {days: mon-fri, from: 08:00, to: '18:00', bandwidth: 10MB/s}\n    - {bandwidth: null}\n")
    table = Workspace(tmp_path, {}).settings.timetable()
    assert table == Timetable(50_000_000, (Hours(frozenset(range(5)), 480, 1080, 10_000_000), Hours()),
                              "Europe/Stockholm")


def test_a_mistake_has_its_place(tmp_path: Path) -> None:
    (tmp_path / "haulier.yaml").write_text(
        "limits:\n  timetable:\n    - {days: mon-fri, bandwidth: 1M}\n    - {days: mon, form: '08:00', bandwidth: 1M}\n"
        "    - days: mon\n      from: 8\n      bandwidth: 1M\n")
    with pytest.raises(Problems) as caught:
        _ = Workspace(tmp_path, {}).settings
    assert [str(problem) for problem in caught.value.problems] == [
        'haulier.yaml:4: limits.timetable[1].form: unknown key; did you mean "from"?',
        "haulier.yaml:6: limits.timetable[2].from: must be text; put it in quotes"]
