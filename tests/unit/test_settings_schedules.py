"""The schedule of a job as people write it: a text or a mapping."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from haulier.core.schedule import check, sentence
from haulier.model.schedule import Misfire, Overlap, Schedule
from haulier.settings.problems import translated
from haulier.settings.schedules import FlowScheduleForm, FlowScheduleSetting, ScheduleForm, ScheduleSetting
from haulier.settings.yamlfile import read

SETTING = TypeAdapter[ScheduleForm](ScheduleSetting)
FLOW_SETTING = TypeAdapter[FlowScheduleForm](FlowScheduleSetting)


@pytest.mark.parametrize(("written", "said"), [
    ("0 2 * * *", "every day at 02:00, Europe/Stockholm"),
    ("@weekly", "on Sunday at 00:00, Europe/Stockholm"),
    ("every 15m", "every 15 minutes, UTC"),
    ("every 1 h 30 m", "every 90 minutes, UTC"),
    ("hourly", "at the start of every hour, Europe/Stockholm"),
    ("hourly at :15", "at minute 15 of every hour, Europe/Stockholm"),
    ("daily at 02:00", "every day at 02:00, Europe/Stockholm"),
    ("every weekly", "on Sunday at 00:00, Europe/Stockholm"),
    ("Weekly on mon,thu at 6:30", "on Monday and Thursday at 06:30, Europe/Stockholm"),
    ("monthly on last at 22:00", "on the last day of every month at 22:00, Europe/Stockholm"),
    ({"cron": "0 2 * * *", "timezone": "Asia/Kolkata"}, "every day at 02:00, Asia/Kolkata"),
    ({"every": "monthly"}, "on the first day of every month at 00:00, Europe/Stockholm"),
    ({"every": "monthly", "on": 31, "at": "02:00"}, "on the 31st day of every month at 02:00, Europe/Stockholm"),
    ({"every": "weekly", "on": ["Monday", 3]}, "on Monday and Wednesday at 00:00, Europe/Stockholm"),
    ({"every": "weekly", "on": "monday-friday"}, "on Monday through Friday at 00:00, Europe/Stockholm"),
    ({"every": "weekly", "on": None, "at": None}, "on Sunday at 00:00, Europe/Stockholm"),
    ({"every": 90}, "every 90 seconds, UTC"),
])
def test_what_may_be_written(written: Any, said: str) -> None:
    schedule = SETTING.validate_python(written).schedule(timezone="Europe/Stockholm")
    check(schedule)
    assert sentence(schedule) == said


def test_defaults_and_policies() -> None:
    assert SETTING.validate_python("0 2 * * *").schedule(timezone="UTC") == Schedule("0 2 * * *")
    form = SETTING.validate_python({"every": "2h", "misfire": "all", "misfire_max": 3, "overlap": "queue"})
    assert form.schedule(timezone="UTC") == Schedule(
        every=7200, misfire=Misfire.ALL, misfire_max=3, overlap=Overlap.QUEUE)


@pytest.mark.parametrize(("job", "own", "both"), [
    (True, True, True), (True, False, False), (False, True, False), (False, False, False)])
def test_the_job_and_its_schedule_must_both_be_enabled(job: bool, own: bool, both: bool) -> None:
    form = SETTING.validate_python({"cron": "@daily", "enabled": own})
    assert form.schedule(timezone="UTC", enabled=job).enabled is both


@pytest.mark.parametrize(("written", "key", "said"), [
    ("0 25 * * *", "schedule", 'not a schedule: hour is "25"; allowed are 0 to 23'),
    ("61 minutes past", "schedule", "not a schedule: it has 3 fields, and cron has 5"),
    ("every day", "schedule", "must be hourly, daily, weekly, monthly, or an interval such as 15m"),
    ("every 15m at 02:00", "schedule", "goes with every: hourly, daily, weekly, monthly"),
    (5, "schedule", "must be a mapping"),
    ({}, "schedule", "needs cron or every"),
    ({"cron": "* * * * *", "every": "1h"}, "schedule.every", "either cron or every, not both"),
    ({"every": "1.5s"}, "schedule.every", "whole seconds, at least one and at most 366d"),
    ({"every": 0}, "schedule.every", "at least one"), ({"every": "367d"}, "schedule.every", "at most 366d"),
    ({"every": "daily", "at": "24:00"}, "schedule.at", 'must be a time from "00:00" to "23:59"'),
    ({"every": "daily", "at": ":15"}, "schedule.at", "must be a time"),
    ({"every": "hourly", "at": "03:15"}, "schedule.at", 'write it like ":15"'),
    ({"every": "daily", "on": "mon"}, "schedule.on", "goes with every: weekly, monthly"),
    ({"every": "weekly", "on": "funday"}, "schedule.on", 'weekday is "funday"'),
    ({"every": "monthly", "on": [1, 32]}, "schedule.on", 'day is "1,32"; allowed are 1 to 31'),
    ({"every": "weekly", "on": "* *"}, "schedule.on", "must be days"),
    ({"every": "weekly", "on": []}, "schedule.on", "must be days"),
    ({"cron": "@daily", "timezone": "Europe/Stokholm"}, "schedule.timezone", 'did you mean "Europe/Stockholm"?'),
    ({"cron": "@daily", "misfire": "al"}, "schedule.misfire", "must be one of skip, once, all"),
    ({"cron": "@daily", "misfire_max": 101}, "schedule.misfire_max", "must be at most 100"),
    ({"cron": "@daily", "overlap": "parallel"}, "schedule.overlap", "would move the same files; use queue"),
    ({"cron": "@daily", "overlap": "paralel"}, "schedule.overlap", "must be one of skip, queue"),
    ({"corn": "@daily"}, "schedule.corn", 'did you mean "cron"?'),
])
def test_mistakes_are_told_at_their_key_and_once(tmp_path: Path, written: Any, key: str, said: str) -> None:
    document = read(saved(tmp_path, "schedule: 0\n"), "jobs.yaml")
    with pytest.raises(ValidationError) as error:
        SETTING.validate_python(written)
    found = [str(problem) for problem in translated(
        error.value, written, ScheduleForm,
        lambda where, text, hint: document.problem(("schedule", *where), text, hint))]
    assert len([one for one in found if f": {key}: " in one and said in one]) == 1
    assert len(found) == 1 or written == {"corn": "@daily"}


def test_runs_of_a_flow_may_overlap_and_those_of_a_job_may_not() -> None:
    form = FLOW_SETTING.validate_python({"every": "2h", "overlap": "parallel"})
    assert form.schedule(timezone="UTC").overlap is Overlap.PARALLEL
    assert SETTING.json_schema()["properties"]["overlap"]["enum"] == ["skip", "queue"]
    defined = FLOW_SETTING.json_schema()["$defs"]
    assert defined["Overlap"]["enum"] == ["skip", "queue", "parallel"]


def test_times_and_the_key_on_need_no_quotes_in_yaml(tmp_path: Path) -> None:
    document = read(saved(tmp_path, "every: weekly\non: mon\nat: 02:30\n"), "jobs.yaml")
    form = SETTING.validate_python(document.data)
    assert sentence(form.schedule(timezone="UTC")) == "on Monday at 02:30, UTC"


def saved(folder: Path, text: str) -> Path:
    path = folder / "jobs.yaml"
    path.write_text(text)
    return path
