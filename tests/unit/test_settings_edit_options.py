"""Limits, time zone and log level, changed in haulier.yaml."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from haulier.model.errors import Invalid
from haulier.settings.editing import options
from haulier.settings.editing.files import Conflict
from haulier.settings.problems import Problems
from haulier.settings.scaffold import init
from haulier.settings.workspace import Workspace

ROWS = [{"days": "mon-fri", "from": "08:00", "to": "18:00", "bandwidth": "10MB/s"},
        {"days": ["sat", "sun"], "bandwidth": None}]
USUAL = {"limits": {"lanes": 4, "per_connection": 2, "tasks": 32, "bandwidth": None, "timetable": []},
         "timezone": "UTC",
         "log_level": None, "public_url": ""}
FILE = """\
# ours
timezone: Europe/Stockholm   # where we are
limits:
    # the line is slow
    bandwidth:  50MB/s       # since May
    timetable:
        # office hours
        - {days: mon-fri, from: "08:00",  to: "18:00", bandwidth: 10MB/s}   # less
        - days: [sat]
          bandwidth: null
connections:
    # one
    a: {type: local, path: /a}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    init(tmp_path)
    return Workspace(tmp_path, {})


def text(workspace: Workspace) -> str:
    return (workspace.path / "haulier.yaml").read_text()


def put(workspace: Workspace, **form: Any) -> options.EditedSettings:
    return options.replace(workspace, form, options.shown(workspace).version)


def test_what_is_usual_is_shown_and_not_written(workspace: Workspace) -> None:
    before = text(workspace)
    assert options.shown(workspace).form == USUAL
    assert put(workspace, **USUAL).form == USUAL
    assert text(workspace) == before


def test_new_settings_go_where_the_comment_about_them_is(workspace: Workspace) -> None:
    before = text(workspace)
    after = put(workspace, limits={**USUAL["limits"], "lanes": 8, "timetable": ROWS},  # type: ignore[dict-item]
                timezone="Europe/Stockholm", log_level="debug")
    assert text(workspace) == before.replace(
        "#timezone: UTC\n", "#timezone: UTC\ntimezone: Europe/Stockholm\n").replace(
        "#log_level: INFO\n", "#log_level: INFO\nlog_level: debug\n").replace("#  bandwidth: 100MB/s\n", """\
#  bandwidth: 100MB/s
limits:
  lanes: 8
  timetable:
    - days: mon-fri
      from: "08:00"
      to: "18:00"
      bandwidth: 10MB/s
    - days: [sat, sun]
      bandwidth: null
""")
    assert after.form == {"limits": {**USUAL["limits"], "lanes": 8, "timetable": ROWS},  # type: ignore[dict-item]
                          "timezone": "Europe/Stockholm", "log_level": "debug", "public_url": ""}
    assert len(workspace.again().settings.timetable().rows) == 2
    put(workspace, **USUAL)
    assert text(workspace) == before


def test_a_change_is_a_change_of_its_lines(workspace: Workspace) -> None:
    (workspace.path / "haulier.yaml").write_text(FILE)
    limits = options.shown(workspace).form["limits"]
    rows = [*limits["timetable"], {"from": "22:00", "to": "06:00", "bandwidth": "90MB/s"}]
    rows[0] = {**rows[0], "to": "17:00"}
    put(workspace, limits={**limits, "bandwidth": "60MB/s", "timetable": rows, "lanes": 3}, timezone="Europe/Oslo")
    assert text(workspace) == FILE.replace("50MB/s", "60MB/s").replace('"18:00"', '"17:00"').replace(
        "Stockholm", "Oslo").replace("    # the line is slow\n", "    # the line is slow\n    lanes: 3\n").replace(
        "          bandwidth: null\n", '          bandwidth: null\n        - from: "22:00"\n'
                                       '          to: "06:00"\n          bandwidth: 90MB/s\n')


def test_what_is_not_given_stays(workspace: Workspace) -> None:
    (workspace.path / "haulier.yaml").write_text(FILE)
    put(workspace, log_level="WARNING")
    put(workspace, limits={"per_connection": 7})
    found = workspace.again().settings
    assert (found.timezone, found.log_level, found.limits.per_connection) == ("Europe/Stockholm", "WARNING", 7)
    assert found.limits.bandwidth == 50_000_000 and len(found.limits.timetable) == 2
    assert "    # one\n    a: {type: local, path: /a}\n" in text(workspace)


def test_back_to_what_is_usual(workspace: Workspace) -> None:
    (workspace.path / "haulier.yaml").write_text(FILE)
    put(workspace, timezone="UTC", limits={"bandwidth": None, "timetable": []})
    assert text(workspace) == "# ours\n" + FILE[FILE.index("connections:"):]
    (workspace.path / "haulier.yaml").write_text("timezone: UTC\n")
    assert put(workspace, timezone="UTC") and text(workspace) == "timezone: UTC\n"
    (workspace.path / "haulier.yaml").write_text("# only\ntimezone: Europe/Oslo   # here\n")
    assert put(workspace, timezone="UTC").form == USUAL and text(workspace) == "# only\n"


@pytest.mark.parametrize(("form", "said"), [
    ({"timezone": "Mars"}, "haulier.yaml:2: timezone: no such time zone"),
    ({"log_level": "LOUD"}, "log_level: must be one of"),
    ({"limits": {"lanes": 0}}, "limits.lanes: must be at least 1"),
    ({"limits": {"bandwidth": "fast"}}, "haulier.yaml:5: limits.bandwidth: not a rate"),
    ({"limits": {"timetable": [{"days": "mon"}]}}, "limits.timetable[0].bandwidth: required, but not there"),
    ({"limits": {"lames": 1}}, 'limits.lames: unknown key; did you mean "lanes"?'),
    ({"limits": 3}, "limits: must be a mapping of keys to values"),
    ({"ledger": "x"}, "ledger: unknown key"),
    ({"connections": {}}, "connections: unknown key"),
])
def test_mistakes_are_refused(workspace: Workspace, form: dict[str, Any], said: str) -> None:
    (workspace.path / "haulier.yaml").write_text(FILE)
    with pytest.raises(Problems) as caught:
        put(workspace, **form)
    assert said in str(caught.value) and text(workspace) == FILE


def test_mistakes_elsewhere_do_not_stand_in_the_way(workspace: Workspace) -> None:
    (workspace.path / "haulier.yaml").write_text("ledger: ${NOT_SET}\nconnections: [a]\n")
    assert put(workspace, timezone="Europe/Oslo").form["timezone"] == "Europe/Oslo"
    assert options.check(workspace, {"log_level": "INFO"}) == ()
    assert [one.key for one in options.check(workspace, {"log_level": "no"})] == ["log_level"]


def test_a_conflict(workspace: Workspace) -> None:
    now = options.shown(workspace)
    (workspace.path / "haulier.yaml").write_text("log_level: ERROR\n")
    with pytest.raises(Conflict) as caught:
        options.replace(workspace, {"timezone": "Europe/Oslo"}, now.version)
    assert caught.value.current == options.shown(workspace)
    assert caught.value.current.form["log_level"] == "ERROR"


@pytest.mark.parametrize("before", ["a: [\n", "- a\n"])
def test_a_broken_file(workspace: Workspace, before: str) -> None:
    (workspace.path / "haulier.yaml").write_text(before)
    for call in (options.shown, lambda found: options.replace(found, {"timezone": "UTC"}, "x")):
        with pytest.raises(Problems, match=r"haulier.yaml:\d"):
            call(workspace)


@pytest.mark.parametrize("before", ["", "{}\n", "{timezone: UTC}\n", "limits:\n", "limits: {}\n",
                                    "limits: {lanes: 2} # x\n", "--- # start\nlimits:\n  lanes: 1\n...\n"])
def test_any_layout(workspace: Workspace, before: str) -> None:
    (workspace.path / "haulier.yaml").write_text(before)
    put(workspace, limits={"lanes": 9, "timetable": ROWS}, timezone="Europe/Oslo", log_level="INFO")
    found = workspace.again().settings
    assert (found.limits.lanes, found.timezone, found.log_level) == (9, "Europe/Oslo", "INFO")
    assert put(workspace, timezone="UTC", log_level=None, limits=USUAL["limits"]).form == USUAL


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, {})
    assert options.shown(workspace).form == USUAL
    put(workspace, timezone="Europe/Oslo")
    assert text(workspace) == "timezone: Europe/Oslo\n"


def test_one_written_in_a_way_that_only_a_person_can_change(workspace: Workspace) -> None:
    """Nothing is rewritten without its comments."""
    (workspace.path / "haulier.yaml").write_text("? timezone   # c\n: UTC\n? [limits]\n: {lanes: 2}\n")
    before = text(workspace)
    with pytest.raises(Invalid, match="by hand"):
        put(workspace, limits={"lanes": 2})
    assert text(workspace) == before


@pytest.mark.parametrize(("before", "key"), [
    ("limits: {lanes: many}\n", "limits.lanes"), ("limits: 3\n", "limits"), ("log_level: 7\n", "log_level"),
    ("timezone: Mars\n", "timezone"), ("limits: {timetable: [{days: x}]}\n", "limits.timetable[0].days"),
    ("limits: {lames: 1}\n", "limits.lames"),
])
def test_mistakes_made_by_hand_are_told_and_mended_by_saving(workspace: Workspace, before: str, key: str) -> None:
    (workspace.path / "haulier.yaml").write_text(before)
    found = options.shown(workspace)
    assert found.form == USUAL and key in [one.key for one in found.problems]
    if key != "limits.lames":       # what is not known is not thrown away
        after = options.replace(workspace, found.form, found.version)
        assert (after.form, after.problems) == (USUAL, ())
