"""Waiting as a task: for files of real folders, for a time of day, for a while."""
from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from haulier.model.errors import Cancelled, Invalid, Later, NotFound
from haulier.ports import Store, Task
from haulier.settings.spec import Env
from haulier.stores.local import LocalSpec
from haulier.tasks.wait import WaitSpec
from haulier.testing.tasks import Stage, TaskSuite


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = staged(tmp_path)
    yield stage
    stage.close()


def staged(home: Path) -> Stage:
    stage = Stage(home)
    (home / "inbox").mkdir()

    def opened(place: Mapping[str, Any] | str) -> Store:
        assert place == "inbox"
        return LocalSpec(path="inbox").build(Env(home))

    stage.opened = opened
    return stage


def built(stage: Stage, **facts: Any) -> Task:
    return WaitSpec.model_validate(facts).build(stage.built())


def files(stage: Stage, **facts: Any) -> list[str]:
    return [file["path"] for file in built(stage, place="inbox", **facts).run(stage)["files"]]


def later(stage: Stage, **facts: Any) -> Later:
    with pytest.raises(Later) as raised:
        built(stage, **facts).run(stage)
    return raised.value


class TestWait(TaskSuite):
    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[Stage]:
        stage = staged(tmp_path)
        yield stage
        stage.close()

    def task(self, stage: Stage) -> Task:
        (stage.home / "inbox" / "a").write_text("x")
        return built(stage, place="inbox", settle=0)

    def endless(self, stage: Stage) -> Task:
        return built(stage, place="inbox")

    def failing(self, stage: Stage) -> Task:
        def opened(place: object) -> Store:
            raise NotFound("inbox: there is no such folder")

        stage.opened = opened
        return built(stage, place="inbox")


def test_files_that_are_there(stage: Stage) -> None:
    inbox = stage.home / "inbox"
    for name in ("b.csv", "a.csv", "c.txt", ".hidden.csv", "d.csv.tmp"):
        (inbox / name).write_text("12345")
    os.utime(inbox / "a.csv", ns=(0, 1_600_000_000_000_000_000))
    found = built(stage, place="inbox", pattern="*.csv", settle=0).run(stage)["files"]
    assert found[0] == {"path": "a.csv", "name": "a.csv", "size": 5, "modified": "2020-09-13T12:26:40Z"}
    assert [file["path"] for file in found] == ["a.csv", "b.csv"]
    assert files(stage, patterns=["*.txt", "re:[b]\\.csv"], settle=0) == ["b.csv", "c.txt"]
    assert files(stage, settle=0) == ["a.csv", "b.csv", "c.txt"]


def test_files_below(stage: Stage) -> None:
    (stage.home / "inbox" / "sub").mkdir()
    (stage.home / "inbox" / "sub" / "a").write_text("")
    assert "0 of 1" in str(later(stage, place="inbox", settle=0))
    assert files(stage, settle=0, recursive=True) == ["sub/a"]
    assert files(stage, settle=0, pattern="sub/*") == ["sub/a"]


def test_nothing_is_there_yet(stage: Stage) -> None:
    error = later(stage, place="inbox", pattern="*.csv", every="3m")
    assert error.retry_after == 180 and "match *.csv: 0 of 1" in str(error)


def test_there_must_be_enough(stage: Stage) -> None:
    for name in "ab":
        (stage.home / "inbox" / name).write_text("")
    assert "2 of 3" in str(later(stage, place="inbox", count=3, settle=0))
    (stage.home / "inbox" / "c").write_text("")
    assert files(stage, count=3, settle=0) == ["a", "b", "c"]


def aged(stage: Stage, seconds: float) -> None:
    """As if all looks so far had been that long ago."""
    memory, = stage.folder.glob(".wait-*.json")
    looks = json.loads(memory.read_text())
    memory.write_text(json.dumps({path: [*look[:-1], look[-1] - int(seconds * 1e9)] for path, look in looks.items()}))


def test_a_file_counts_when_it_has_not_changed_for_long_enough(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now)
    path = stage.home / "inbox" / "a"
    path.write_text("x")
    error = later(stage, place="inbox", settle=60, every="10m")
    assert 59 < (error.retry_after or 0) <= 60 and "1 may still be written to" in str(error)
    aged(stage, 61)
    path.write_text("xy")       # it has changed since
    later(stage, place="inbox", settle=60)
    aged(stage, 61)
    os.utime(path, ns=(0, 5))   # and again
    later(stage, place="inbox", settle=60)
    aged(stage, 30)
    assert 29 < (later(stage, place="inbox", settle=60, every="10m").retry_after or 0) < 30.1
    aged(stage, 31)
    assert files(stage, settle=60) == ["a"]
    assert list(stage.folder.iterdir()) == []


def test_a_clock_that_is_set_back_makes_no_file_whole(stage: Stage) -> None:
    (stage.home / "inbox" / "a").write_text("x")
    later(stage, place="inbox", settle=60)
    aged(stage, -1000)
    error = later(stage, place="inbox", settle=60, every="10m")
    assert 59 < (error.retry_after or 0) <= 60


def test_what_was_remembered_may_be_broken(stage: Stage) -> None:
    (stage.home / "inbox" / "a").write_text("x")
    later(stage, place="inbox", settle=60)
    memory, = stage.folder.iterdir()
    memory.write_text("{")
    later(stage, place="inbox", settle=60)


def test_a_long_listing_is_stopped(stage: Stage) -> None:
    (stage.home / "inbox" / "a").write_text("x")
    stage.stop()
    with pytest.raises(Cancelled):
        built(stage, place="inbox").run(stage)


def test_more_files_than_can_be_kept(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haulier.tasks.wait.MOST", 2)
    for name in "abc":
        (stage.home / "inbox" / name).write_text("")
    with pytest.raises(Invalid, match="more than 2 files"):
        built(stage, place="inbox").run(stage)


def at(text: str, zone: str = "UTC") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1e9)


@pytest.mark.parametrize(("since", "until", "zone", "due"), [
    ("2026-11-30T05:59:59", "06:00", "UTC", "2026-11-30T06:00:00Z"),
    ("2026-11-30T06:00:00", "6:00", "UTC", "2026-12-01T06:00:00Z"),
    ("2026-11-30T22:00:00", "06:00", "UTC", "2026-12-01T06:00:00Z"),
    ("2026-11-30T22:00:00", "06:00", "Europe/Stockholm", "2026-12-01T05:00:00Z"),
    ("2026-03-28T22:00:00", "06:00", "Europe/Stockholm", "2026-03-29T04:00:00Z"),
    ("2026-03-28T22:00:00", "02:30", "Europe/Stockholm", "2026-03-29T01:30:00Z"),   # a time that there is not
])
def test_a_time_of_day(stage: Stage, since: str, until: str, zone: str, due: str,
                       monkeypatch: pytest.MonkeyPatch) -> None:
    stage.since = at(since, zone)
    monkeypatch.setattr(time, "time", lambda: stage.since / 1e9)
    error = later(stage, until=until, timezone=zone)
    left = error.retry_after
    assert str(error) == f"waits until {due.replace('T', ' ').replace('Z', ' UTC')}" and left is not None
    monkeypatch.setattr(time, "time", lambda: stage.since / 1e9 + left + 0.001)
    assert built(stage, until=until, timezone=zone).run(stage) == {"at": due}


def test_a_while(stage: Stage) -> None:
    stage.since = time.time_ns()
    assert 9.5 < (later(stage, **{"for": "10s"}).retry_after or 0) <= 10
    stage.since -= 10_000_000_000
    assert built(stage, **{"for": "10s"}).run(stage)


@pytest.mark.parametrize("facts", [
    {}, {"place": "a", "for": 3}, {"until": "06:00", "for": 3}, {"until": "25:00"}, {"until": "06:60"}, {"until": "6"},
    {"for": "soon"}, {"place": "a", "count": 0}, {"place": "a", "patterns": "re:("},
    {"until": "06:00", "timezone": "X/Y"}, {"place": "a", "every": 0}, {"place": "a", "nosuch": 1}])
def test_what_is_written_is_checked(facts: Mapping[str, Any]) -> None:
    with pytest.raises(ValidationError):
        WaitSpec.model_validate(facts)


def test_more_files_than_can_be_told(stage: Stage) -> None:
    """With six hundred of them the task failed."""
    for number in range(1000):
        (stage.home / "inbox" / f"a-name-that-is-about-as-long-as-those-of-reports-are-{number:05}.csv").touch()
    assert built(stage, place="inbox", count=900, settle=0).run(stage) == {"count": 1000}
    assert "1,000 files are there: too many" in stage.printed()
    found = built(stage, place="inbox", pattern="*-0000?.csv", settle=0).run(stage)
    assert found["count"] == len(found["files"]) == 10
