"""The file with the schedules of flows: read, changed, never lost."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from haulier.model.errors import Invalid, NotFound
from haulier.model.schedule import Misfire, Overlap, Schedule
from haulier.settings.flows.entries import made, schedules
from haulier.settings.flows.folder import read
from haulier.settings.flows.reading import LoadedFlows
from haulier.settings.flows.schedules_file import SchedulesFile, mistakes
from haulier.settings.problems import Problems
from haulier.settings.secrets import Secrets

WAIT = "[{id: a, type: wait, for: 1s}]"


@pytest.fixture
def loaded(tmp_path: Path, task_types: None) -> LoadedFlows:
    (tmp_path / "flows").mkdir()
    for name, more in {"sync": "", "own": "schedule: daily at 02:00\n", "zoned": "timezone: Asia/Tokyo\n",
                       "off": "enabled: false\n", "told": "params: {n: {type: integer, required: true}}\n"}.items():
        (tmp_path / f"flows/{name}.yaml").write_text(f"{more}tasks: {WAIT}\n")
    (tmp_path / "flows/bad.yaml").write_text("tasks: []\n")
    found = read(tmp_path / "flows", tmp_path / "tasks", Secrets(tmp_path, environ={}), shown="flows")
    assert set(found.broken) == {"bad"}
    return found


@pytest.fixture
def file(tmp_path: Path) -> SchedulesFile:
    return SchedulesFile(tmp_path / "config/schedules.json", "schedules.json")


def written(tmp_path: Path) -> Any:
    return json.loads((tmp_path / "config/schedules.json").read_text())


def put(tmp_path: Path, text: str) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config/schedules.json").write_text(text)


def test_the_seeds_own_file_is_read(tmp_path: Path, file: SchedulesFile, loaded: LoadedFlows) -> None:
    put(tmp_path, json.dumps({"schedules": [
        {"flow_name": "sync", "cron_expression": "*/15 * * * *", "enabled": True, "description": None,
         "last_run": None, "next_run": "2025-05-16T10:15:00"},
        {"flow_name": "zoned", "cron_expression": "@yearly", "enabled": False, "description": "x"},
        {"flow_name": "off", "cron_expression": "0 0 * * 7"}]}))
    found = file.read()
    assert mistakes(found, loaded) == []
    assert schedules(loaded, found, "Europe/Stockholm") == {
        "sync": Schedule("*/15 * * * *", timezone="Europe/Stockholm"),
        "zoned": Schedule("@yearly", timezone="Asia/Tokyo", enabled=False),
        "off": Schedule("0 0 * * 7", timezone="Europe/Stockholm", enabled=False),
        "own": Schedule("0 2 * * *", timezone="Europe/Stockholm")}


def test_a_schedule_is_added_changed_and_taken_out(tmp_path: Path, file: SchedulesFile, loaded: LoadedFlows) -> None:
    assert file.read().entries == ()
    assert not file.add(made("sync", every="daily", at="03:00", description="nightly"), loaded)
    assert not file.add(made("told", cron="0 9-17 * * 1-5", params={"n": 5}, overlap="queue", misfire="all",
                             timezone="Europe/Paris", enabled=False), loaded)
    assert written(tmp_path) == {"schedules": [
        {"flow_name": "sync", "cron_expression": "0 3 * * *", "enabled": True, "description": "nightly"},
        {"flow_name": "told", "cron_expression": "0 9-17 * * 1-5", "enabled": False, "description": None,
         "timezone": "Europe/Paris", "misfire": "all", "overlap": "queue", "params": {"n": 5}}]}
    assert stat.S_IMODE((tmp_path / "config/schedules.json").stat().st_mode) == 0o600
    told = file.read().entry("told")
    assert told.schedule("UTC") == Schedule("0 9-17 * * 1-5", timezone="Europe/Paris", misfire=Misfire.ALL,
                                            overlap=Overlap.QUEUE, enabled=False)
    assert file.read().params("told") == {"n": 5} and file.read().params("sync") == {}
    file.enable("told")
    assert file.add(made("sync", every="90m"), loaded)
    assert [one["enabled"] for one in written(tmp_path)["schedules"]] == [True, True]
    assert written(tmp_path)["schedules"][0]["every"] == "5400s"
    assert file.read().entry("sync").schedule("UTC") == Schedule(every=5400)
    file.remove("sync")
    assert [one["flow_name"] for one in written(tmp_path)["schedules"]] == ["told"]
    with pytest.raises(NotFound, match='has no schedule of "tod"; did you mean "told"'):
        file.remove("tod")
    with pytest.raises(NotFound, match='no schedule of "sync"'):
        file.read().entry("sync")


@pytest.mark.parametrize(("interval", "more", "cron"), [
    ("hourly", {}, "0 * * * *"), ("daily", {"at": "03:00"}, "0 3 * * *"), ("weekly", {"at": "09:00"}, "0 9 * * sun"),
    ("monthly", {}, "0 0 1 * *"), ("weekly", {"on": "7"}, "0 0 * * 7"),
    ("daily", {"cron": "*/5 * * * *"}, "*/5 * * * *")])
def test_intervals_are_those_of_the_seed(interval: str, more: dict[str, Any], cron: str) -> None:
    assert made("sync", every=interval, **more).written()["cron_expression"] == cron


@pytest.mark.parametrize(("settings", "said"), [
    ({"every": "daily", "at": "25:00"}, '^at: must be a time from "00:00" to "23:59"'),
    ({"cron": "99 * * * *"}, '^cron: not a schedule: minute is "99"'), ({"cron": "@sometimes"}, "not one of @hourly"),
    ({"every": "fortnightly"}, "must be hourly, daily"), ({}, "needs cron or every"),
    ({"every": "daily", "overlap": "pile"}, "must be one of skip, queue, parallel"),
    ({"cron": "0 0 * * *", "timezone": "Europe/Stokholm"}, "did you mean"),
    ({"every": "weekly", "on": "8"}, "weekday is"),
])
def test_what_makes_no_sense_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        made("sync", **settings)


def test_only_flows_that_can_start_so_are_added(tmp_path: Path, file: SchedulesFile, loaded: LoadedFlows) -> None:
    daily = {"every": "daily"}
    with pytest.raises(NotFound, match='no flow is called "syn"; did you mean "sync"'):
        file.add(made("syn", **daily), loaded)
    with pytest.raises(Problems, match="there are none"):
        file.add(made("bad", **daily), loaded)
    with pytest.raises(Invalid, match=r"own has a schedule in flows/own.yaml"):
        file.add(made("own", **daily), loaded)
    with pytest.raises(Invalid, match='parameter "n" is required'):
        file.add(made("told", **daily), loaded)
    assert not (tmp_path / "config").exists()


def test_every_mistake_has_its_line_and_the_others_go_on(
        tmp_path: Path, file: SchedulesFile, loaded: LoadedFlows) -> None:
    put(tmp_path, """{"schedules": [
  {"flow_name": "sync", "cron_expression": "0 0 * * *"},
  {"flow_name": "a", "cron_expression": "61 * * * *"},
  {"flow_name": "b", "cron_expresion": "0 0 * * *"},
  {"flow_name": "c"},
  7,
  {"flow_name": "sync", "every": "1h"},
  {"flow_name": "d", "every": "daily", "at": "25:00"},
  {"flow_name": "gone", "every": "1h"},
  {"flow_name": "own", "every": "1h"},
  {"flow_name": "told", "every": "1h", "params": {"n": "x"}}
], "more": 1}
""")
    found = file.read()
    assert [(one.line, one.key, one.said()) for one in sorted(found.problems, key=lambda one: one.line)] == [
        (3, "schedules[1].cron_expression", 'not a schedule: minute is "61"; allowed are 0 to 59, any (*), '
            "lists (1,5), ranges (1-5, the lower one first) and steps (*/5)"),
        (4, "schedules[2].cron_expresion", 'unknown key; did you mean "cron_expression"?'),
        (5, "schedules[3]", "needs cron_expression or every"),
        (6, "schedules[4]", "must be a mapping of keys to values"),
        (7, "schedules[5].flow_name", '"sync" has a schedule before this one, which counts'),
        (8, "schedules[6].at", 'must be a time from "00:00" to "23:59"'),
        (12, "more", 'unknown key; did you mean "schedules"?')]
    assert [(one.line, one.said()) for one in mistakes(found, loaded)[len(found.problems):]] == [
        (9, 'no flow is called "gone"; did you mean "zoned"?'),
        (10, "flows/own.yaml has a schedule of its own, which counts; take this one out"),
        (11, 'parameter "n": must be a whole number')]
    assert set(schedules(loaded, found, "UTC")) == {"sync", "own", "told"}
    file.remove("c")
    assert len(written(tmp_path)["schedules"]) == 9


@pytest.mark.parametrize("text", ['{"schedules": [', '{"schedules": {}}', "[]", '"x"'])
def test_a_file_that_cannot_be_read_is_never_written_over(
        tmp_path: Path, file: SchedulesFile, loaded: LoadedFlows, text: str) -> None:
    put(tmp_path, text)
    assert file.read().problems and file.read().entries == ()
    for change in (lambda: file.add(made("sync", every="1h"), loaded), lambda: file.remove("sync"),
                   lambda: file.enable("sync", False)):
        with pytest.raises(Problems, match=r"schedules\.json"):
            change()
    assert (tmp_path / "config/schedules.json").read_text() == text
