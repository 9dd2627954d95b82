"""The steps that change names only: rename and timestamp."""
from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from haulier.model.errors import Invalid
from haulier.model.files import Part
from haulier.settings.spec import Env
from haulier.steps.rename import Rename, RenameSpec
from haulier.steps.timestamp import Timestamp, TimestampSpec
from haulier.testing.steps import only

MOMENT = 1_600_000_001_000_000_000      # 2020-09-13 12:26:41 UTC


def named(step: Any, name: str, modified: int | None = None) -> str:
    part = only(step(Part(name, iter([b"x"]), 1, modified)))
    assert (list(part.body), part.size) == ([b"x"], 1)
    return part.name


def renamed(name: str, job: str = "j", **facts: str) -> str:
    built = RenameSpec.model_validate(facts).build(Env(flow=job))
    return named(Rename(built.template, built.job, built.zone, lambda: MOMENT), name)


@pytest.fixture(params=["UTC", "America/New_York"])
def zone_here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


# rename

@pytest.mark.parametrize("facts, name, expected", [
    ({}, "a.txt", "j_a.txt"),
    ({}, "in/deep/a.txt", "in/deep/j_a.txt"),
    ({}, "in.d/a", "in.d/j_a"),
    ({"prefix": "new-"}, "in/a.txt", "in/new-a.txt"),
    ({"suffix": "_v2"}, "in/a.txt", "in/a_v2.txt"),
    ({"suffix": "_v2"}, "a.tar.gz", "a_v2.tar.gz"),
    ({"suffix": "_v2"}, ".profile", ".profile_v2"),
    ({"prefix": "{job}", "suffix": "}"}, "a.txt", "{job}a}.txt"),
    ({"template": "{stem}-{job}{ext}"}, "a.b.txt", "a.b-j.txt"),
    ({"template": "{{{name}}}"}, "a.txt", "{a.txt}"),
    ({"template": "fixed.csv"}, "in/a.txt", "in/fixed.csv"),
    ({"template": "{date}T{time}_{name}", "zone": "UTC"}, "a", "20200913T122641_a"),
    ({"template": "{date:%Y-%m}_{name}", "zone": "Asia/Tokyo"}, "a", "2020-09_a"),
    ({"template": "{time:%H:%M}{ext}", "zone": "Asia/Tokyo"}, "a.b", "21:26.b"),
    ({"template": "{date:%Y}/{date:%m}/{name}", "zone": "UTC"}, "in/a", "in/2020/09/a"),
    ({"template": "{date:%Y/%m}/{name}", "zone": "UTC"}, "in/a", "in/2020/09/a")])
def test_rename(facts: dict[str, str], name: str, expected: str) -> None:
    assert renamed(name, **facts) == expected


@pytest.mark.parametrize("facts, words", [
    ({"template": "{nam}"}, 'did you mean "name"'),
    ({"template": "{steem}_x"}, 'did you mean "stem"'),
    ({"template": "{0}"}, "not known"), ({"template": "{}"}, "not known"),
    ({"template": "{name.__class__}"}, "not known"), ({"template": "{name[0]}"}, "not known"),
    ({"template": "{name!r}"}, "no meaning"), ({"template": "{name:>10}"}, "only date and time"),
    ({"template": "{date:x}"}, "no %"), ({"template": "{name"}, "expected"),
    ({"template": "name}"}, "Single"), ({"template": "../{name}"}, "usable"),
    ({"template": "/tmp/{name}"}, "usable"), ({"template": "a//{name}"}, "usable"),
    ({"template": "{name}/"}, "usable"), ({"template": "x/./{name}"}, "usable"),
    ({"template": "nul\0"}, "usable"), ({"prefix": "a/"}, "subfolder"),
    ({"suffix": "/x"}, "subfolder"), ({"prefix": "\0"}, "no part"),
    ({"prefix": "x", "template": "{name}"}, "not both"), ({"zone": "Mars/Base"}, "time zone"),
    ({"zone": "../etc/passwd"}, "time zone"), ({"prefx": "x"}, "Extra")])
def test_rename_settings_that_make_no_sense_are_refused(
        facts: dict[str, str], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        RenameSpec.model_validate(facts)


@pytest.mark.parametrize("template, name", [("{ext}", "noext"), ("{ext}{stem}", "."),
                                            ("x/{ext}", "noext")])
def test_a_result_that_is_no_name_is_refused(template: str, name: str) -> None:
    with pytest.raises(Invalid, match="rename with"):
        renamed(name, template=template)


@pytest.mark.parametrize("job", ["", "a/b", "..//", "x\0"])
def test_a_job_whose_name_cannot_be_in_a_name_is_refused_when_built(job: str) -> None:
    with pytest.raises(Invalid, match="job's name"):
        RenameSpec().build(Env(flow=job))
    assert RenameSpec(prefix="p_").build(Env(flow=job))


def test_rename_word() -> None:
    assert renamed("a.txt", **dict(RenameSpec.from_word("{stem}_1{ext}"))) == "a_1.txt"


@given(name=st.text(min_size=1, max_size=30).filter(
    lambda name: "/" not in name and "\0" not in name and name not in (".", "..")))
def test_stem_and_extension_make_the_name(name: str) -> None:
    assert renamed(f"in/{name}", template="{stem}{ext}") == f"in/{name}"
    assert renamed(name) == f"j_{name}"


# timestamp

@pytest.mark.parametrize("facts, name, expected", [
    ({}, "a.txt", "20200913_a.txt"),
    ({}, "in/a.txt", "in/20200913_a.txt"),
    ({"position": "suffix"}, "in/a.txt", "in/a_20200913.txt"),
    ({"position": "suffix"}, "a.tar.gz", "a_20200913.tar.gz"),
    ({"position": "suffix"}, "README", "README_20200913"),
    ({"format": "%Y-%m-%dT%H%M%S"}, "a", "2020-09-13T122641_a"),
    ({"format": "%H", "zone": "Europe/Stockholm"}, "a", "14_a"),
    ({"of": "modified"}, "a", "20090213_a")])
def test_timestamp(facts: dict[str, Any], name: str, expected: str) -> None:
    built = TimestampSpec.model_validate({"zone": "UTC", **facts}).build(Env())
    step = Timestamp(built.format, built.position, built.zone, built.of, lambda: MOMENT)
    assert named(step, name, 1_234_567_890_000_000_000) == expected


def test_timestamp_is_local_by_default(zone_here: str) -> None:
    midnight = 1_600_041_600_000_000_000     # 2020-09-14 00:00:00 UTC
    day = {"UTC": "20200914", "America/New_York": "20200913"}[zone_here]
    assert named(Timestamp(now=lambda: midnight), "a.txt") == f"{day}_a.txt"
    assert named(TimestampSpec(of="modified").build(Env()), "a.txt", midnight) == f"{day}_a.txt"


def test_each_part_gets_the_moment_at_which_it_passes() -> None:
    moments = iter([MOMENT, MOMENT + 10**9])
    step = Timestamp("%S", zone="UTC", now=lambda: next(moments))
    assert [named(step, "a"), named(step, "a")] == ["41_a", "42_a"]


def test_the_clock_is_that_of_this_machine() -> None:
    before = datetime.now().replace(microsecond=0)
    name = named(TimestampSpec(format="%Y%m%d%H%M%S").build(Env()), "a")
    assert before <= datetime.strptime(name[:14], "%Y%m%d%H%M%S") <= datetime.now()


def test_modified_must_be_known() -> None:
    with pytest.raises(Invalid, match=r"in/a\.txt.*not known"):
        named(TimestampSpec(of="modified").build(Env()), "in/a.txt")


def test_a_time_beyond_the_calendar_is_refused() -> None:
    for moment in (10**30, -10**30, 10**24):
        with pytest.raises(Invalid, match="not a date"):
            named(TimestampSpec(of="modified").build(Env()), "a", moment)


@pytest.mark.parametrize("facts", [
    {"format": ""}, {"format": "%Y/%m"}, {"format": "%D"}, {"format": " "}, {"format": "\0"},
    {"zone": "Nowhere"}, {"position": "middle"}, {"of": "created"}])
def test_timestamp_settings_that_make_no_sense_are_refused(facts: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        TimestampSpec.model_validate(facts)


def test_timestamp_word() -> None:
    assert TimestampSpec.model_validate(TimestampSpec.from_word("%Y")).format == "%Y"


def test_the_seeds_order_of_steps() -> None:
    """`[rename, timestamp]` of job `j` makes `20200913_j_a.txt`."""
    first = only(RenameSpec().build(Env(flow="j"))(Part("a.txt", iter([b"x"]))))
    assert only(Timestamp(zone="UTC", now=lambda: MOMENT)(first)).name == "20200913_j_a.txt"
