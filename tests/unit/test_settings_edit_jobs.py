"""Jobs edited as forms and as text: the rest of the file stays as it is."""
from __future__ import annotations

import json
import stat
import time
from pathlib import Path
from typing import Any

import pytest

from haulier.model.errors import Denied, Invalid, NotFound
from haulier.settings.editing import jobs
from haulier.settings.editing.files import Conflict
from haulier.settings.problems import Problems
from haulier.settings.scaffold import init
from haulier.settings.workspace import Workspace
from haulier.settings.yamlfile import read

FILE = """\
# Everything we move.

x-where: &where {type: local, path: /data}    # shared
jobs:
    # the first one
    - job_id: first   # short
      source: {type: local,  path: "in"}
      destination: *where

    # Salaries: the bank wants them
    # before noon.
    - job_id: payroll      # do not rename
      enabled:   yes

      # every night
      schedule: '0 2 * * *'
      source:              # from the office
          type: local
          path:     /data/payroll    # mounted
          # file_pattern: "*.bak"
          file_pattern: "SALARY_*.txt"
      tags: [ money,  "bank" ]  # for the list
      destination:
          type: local
          path: /out
      # retry: {tries: 3}

    -   job_id: last
        source: { type: local, path: a }
        destination:
            type: local
            path: >-
                b
    # the end
x-more: 1
"""
LOCAL = {"source": {"type": "local", "path": "in"}, "destination": {"type": "local", "path": "out"}}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    init(tmp_path)
    (tmp_path / "configs/jobs.yaml").write_text(FILE)
    return tmp_path


@pytest.fixture
def workspace(home: Path) -> Workspace:
    return Workspace(home, {})


def text(workspace: Workspace) -> str:
    return (workspace.path / "configs/jobs.yaml").read_text()


def write(workspace: Workspace, text: str, name: str = "configs/jobs.yaml") -> None:
    (workspace.path / name).parent.mkdir(exist_ok=True)
    (workspace.path / name).write_text(text)


def difference(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines that went, and those that came."""
    import difflib
    lines = [*difflib.ndiff(before.splitlines(), after.splitlines())]
    return [line[2:] for line in lines if line[0] == "-"], [line[2:] for line in lines if line[0] == "+"]


def edited(workspace: Workspace, id: str, **keys: Any) -> jobs.EditedJob:
    """The job with these keys; those that are None go."""
    now = jobs.shown(workspace, id)
    form = {key: value for key, value in {**now.form, **keys}.items() if value is not None}
    return jobs.replace(workspace, id, form=form, version=now.version)


def refused(call: Any, *args: Any, **more: Any) -> list[str]:
    with pytest.raises(Problems) as caught:
        call(*args, **more)
    return [str(problem) for problem in caught.value.problems]


# Shown

def test_a_job_is_shown_as_it_stands_in_the_file(workspace: Workspace) -> None:
    found = jobs.shown(workspace, "payroll")
    assert (found.id, found.file, found.line) == ("payroll", "configs/jobs.yaml", 12)
    assert found.form == {
        "job_id": "payroll", "enabled": "yes", "schedule": "0 2 * * *",
        "source": {"type": "local", "path": "/data/payroll", "file_pattern": "SALARY_*.txt"},
        "tags": ["money", "bank"], "destination": {"type": "local", "path": "/out"}}
    assert found.yaml == """\
# Salaries: the bank wants them
# before noon.
job_id: payroll      # do not rename
enabled:   yes

# every night
schedule: '0 2 * * *'
source:              # from the office
    type: local
    path:     /data/payroll    # mounted
    # file_pattern: "*.bak"
    file_pattern: "SALARY_*.txt"
tags: [ money,  "bank" ]  # for the list
destination:
    type: local
    path: /out
# retry: {tries: 3}
"""


def test_an_alias_is_shown_as_it_is_written_and_means_what_it_means(workspace: Workspace) -> None:
    found = jobs.shown(workspace, "first")
    assert found.yaml == ('# the first one\njob_id: first   # short\nsource: {type: local,  path: "in"}\n'
                          "destination: *where\n")
    assert found.form["destination"] == {"type": "local", "path": "/data"}
    assert jobs.check(workspace, yaml=found.yaml, id="first").problems == ()


def test_there_is_no_such_job(workspace: Workspace) -> None:
    with pytest.raises(NotFound, match='no job is called "payrol"; did you mean "payroll"'):
        jobs.shown(workspace, "payrol")


# Changed

def test_nothing_changed_changes_nothing(workspace: Workspace) -> None:
    for id in ("first", "payroll", "last"):
        now = jobs.shown(workspace, id)
        again = jobs.replace(workspace, id, form=now.form, version=now.version)
        assert jobs.replace(workspace, id, yaml=again.yaml, version=again.version).version == now.version
    assert text(workspace) == FILE and not (workspace.path / "configs/jobs.yaml.bak").exists()


def test_a_changed_value_is_changed_in_its_line(workspace: Workspace) -> None:
    edited(workspace, "payroll", schedule="0 3 * * *", tags=["money"], source={
        "type": "local", "path": "/mnt/payroll", "file_pattern": "SALARY_*.csv"})
    assert difference(FILE, text(workspace)) == ([
        "      schedule: '0 2 * * *'",
        "          path:     /data/payroll    # mounted",
        '          file_pattern: "SALARY_*.txt"',
        '      tags: [ money,  "bank" ]  # for the list',
    ], [
        "      schedule: '0 3 * * *'",
        "          path:     /mnt/payroll    # mounted",
        '          file_pattern: "SALARY_*.csv"',
        "      tags: [ money ]  # for the list",
    ])


def test_the_last_version_stays_beside_it_with_the_same_rights(workspace: Workspace) -> None:
    path = workspace.path / "configs/jobs.yaml"
    path.chmod(0o640)
    edited(workspace, "last", check="exists")
    assert path.with_name("jobs.yaml.bak").read_text() == FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert sorted(one.name for one in path.parent.iterdir()) == ["jobs.yaml", "jobs.yaml.bak"]


def test_new_keys_go_where_the_form_has_them(workspace: Workspace) -> None:
    edited(workspace, "payroll", description="Salaries", timezone="Europe/Stockholm", recursive=True,
           filters={"exclude": ["*_draft*"], "max_size": "50MB"})
    gone, come = difference(FILE, text(workspace))
    assert not gone and come == [
        "      description: Salaries", "      timezone: Europe/Stockholm", "      recursive: true", "      filters:",
        '        exclude: ["*_draft*"]', "        max_size: 50MB"]
    lines = text(workspace).splitlines()
    assert lines.index("      description: Salaries") == lines.index("      enabled:   yes") + 1
    assert lines.index("      timezone: Europe/Stockholm") == lines.index("      schedule: '0 2 * * *'") + 1
    assert lines.index("      recursive: true") == lines.index("          path: /out") + 1


def test_removed_keys_go_and_the_comments_between_stay(workspace: Workspace) -> None:
    edited(workspace, "payroll", schedule=None, tags=None)
    assert difference(FILE, text(workspace)) == ([
        "      schedule: '0 2 * * *'", '      tags: [ money,  "bank" ]  # for the list'], [])


def test_a_word_becomes_a_mapping_and_a_mapping_a_word(workspace: Workspace) -> None:
    edited(workspace, "payroll", settle="archive")
    edited(workspace, "payroll", settle={"action": "archive", "retention_days": 90})
    assert "      settle:\n        action: archive\n        retention_days: 90\n" in text(workspace)
    edited(workspace, "payroll", settle="delete")
    assert "      settle: delete\n" in text(workspace)
    edited(workspace, "payroll", settle=None)
    assert text(workspace) == FILE


def test_a_change_of_an_alias_is_of_this_job_only(workspace: Workspace) -> None:
    edited(workspace, "first", destination={"type": "local", "path": "/elsewhere"})
    assert "x-where: &where {type: local, path: /data}    # shared" in text(workspace)
    assert difference(FILE, text(workspace)) == (["      destination: *where"], [
        "      destination:", "        type: local", "        path: /elsewhere"])


def test_a_text_is_taken_with_its_comments(workspace: Workspace) -> None:
    now = jobs.shown(workspace, "payroll")
    fresh = now.yaml.replace("# before noon.\n", "# at night.\n# Always.\n").replace(
        "    path: /out\n", "    path: /out      # new\n\n# why\nconflict: fail\n")
    after = jobs.replace(workspace, "payroll", yaml=fresh, version=now.version)
    assert after.yaml == fresh
    assert difference(FILE, text(workspace)) == (
        ["    # before noon.", "          path: /out"],
        ["    # at night.", "    # Always.", "          path: /out      # new", "", "      # why",
         "      conflict: fail"])


def test_a_text_can_be_written_in_another_way(workspace: Workspace) -> None:
    now = jobs.shown(workspace, "last")
    jobs.replace(workspace, "last", version=now.version,
                 yaml="{job_id: last, source: {type: local, path: a},\n destination: {type: local, path: c}}")
    assert "    -   {job_id: last, source: {type: local, path: a},\n         destination: {" in text(workspace)
    now = jobs.shown(workspace, "last")
    jobs.replace(workspace, "last", version=now.version,
                 yaml="---\r\n  job_id: last\r\n  source:\r\n    type: local\r\n    path: a\r\n"
                 "  destination: {type: local, path: c}\r\n")
    assert "    -   job_id: last\n        source:\n          type: local\n" in text(workspace)
    assert len(workspace.again().loaded.jobs) == 3


def test_a_text_cannot_reach_out_of_its_job(workspace: Workspace) -> None:
    now = jobs.shown(workspace, "last")
    for attack in (now.yaml + "- job_id: another\n", now.yaml + "\n...\n---\nx: 1\n", "]\n" + now.yaml,
                   now.yaml + "x-other: 1\n", now.yaml + "jobs:\n", now.yaml.replace("b\n", "b\n  # \n...\n")):
        with pytest.raises(Problems):
            jobs.replace(workspace, "last", yaml=attack, version=now.version)
    assert text(workspace) == FILE


def test_a_form_with_a_text_keeps_the_layout_of_the_text(workspace: Workspace) -> None:
    now = jobs.shown(workspace, "last")
    form = {**now.form, "check": "exists", "description": "new"}
    found = jobs.check(workspace, id="last", form=form, yaml=now.yaml + "# typed just now\ncheck: size   # hm\n")
    assert found.yaml == now.yaml.replace("last\n", "last\ndescription: new\n", 1) + (
        "# typed just now\ncheck: exists   # hm\n")
    assert found.problems == () and text(workspace) == FILE


# Names

def test_a_job_can_be_renamed(workspace: Workspace) -> None:
    after = edited(workspace, "last", job_id="later")
    assert after.id == "later" and after.line == FILE.splitlines().index("    -   job_id: last") + 1
    assert difference(FILE, text(workspace)) == (["    -   job_id: last"], ["    -   job_id: later"])
    with pytest.raises(NotFound):
        jobs.shown(workspace, "last")


def test_a_name_that_is_taken(workspace: Workspace) -> None:
    write(workspace, "jobs:\n  - {job_id: far, source: {type: local, path: a}, destination: {type: local, path: b}}\n",
          "configs/jobs/more.yaml")
    said = 'job_id: "{}" is already the job at {}; every job needs its own name'
    for name, where in (("last", "configs/jobs.yaml:28"), ("far", "configs/jobs/more.yaml:2")):
        assert refused(edited, workspace, "first", job_id=name) == ["the job:2: " + said.format(name, where)]
        assert refused(jobs.add, workspace, form={"job_id": name, **LOCAL}) == [
            "the job:1: " + said.format(name, where)]
        assert jobs.check(workspace, form={"job_id": name, **LOCAL}).problems[0].key == "job_id"
    assert jobs.check(workspace, form={"job_id": "last", **LOCAL}, id="last").problems == ()
    assert text(workspace) == FILE


# Checked

def test_mistakes_are_those_of_loading_with_keys_of_the_job(workspace: Workspace) -> None:
    now = jobs.shown(workspace, "last")
    wrong = now.yaml + "schedule: 0 25 * * *\nfilters:\n  max_sise: 1M\nprocessing: {steps: [zip, compres]}\n"
    found = jobs.check(workspace, yaml=wrong, id="last")
    write(workspace, "jobs:\n  - " + wrong.replace("\n", "\n    ").rstrip(" "))
    loaded = workspace.again().loaded.problems
    assert [(one.key, one.text, one.hint) for one in found.problems] == [
        (one.key.removeprefix("jobs[0]."), one.text, one.hint) for one in loaded]
    assert [one.line for one in found.problems] == [one.line - 1 for one in loaded] == [7, 9, 10]
    assert found.yaml == wrong and found.form["schedule"] == "0 25 * * *"


def test_a_form_becomes_a_text_and_a_text_a_form(workspace: Workspace) -> None:
    form = {"destination": {"path": "out", "type": "local"}, "settle": "archive", "job_id": "new",
            "source": {"path": "in", "type": "local"}, "processing": {"steps": ["compress", {"zip": {"level": 3}}]}}
    found = jobs.check(workspace, form=form)
    assert found.problems == () and found.form == form
    assert found.yaml == """\
job_id: new
source:
  type: local
  path: in
destination:
  type: local
  path: out
processing:
  steps:
    - compress
    - zip:
        level: 3
settle: archive
"""
    assert jobs.check(workspace, yaml=found.yaml) == found
    assert text(workspace) == FILE


@pytest.mark.parametrize(("yaml", "said"), [
    ("", "the job:1: must be a mapping of keys to values"),
    ("# nothing\n", "the job:1: must be a mapping of keys to values"),
    ("- a\n", "the job:1: must be a mapping of keys to values"),
    ("job_id: [\n", "the job:1: a bracket that is not closed, or a comma too many"),
    ("job_id: a\n# c\nsource: *nowhere\n", 'the job:3:9: nothing is called that; a value that begins with "*" needs '
                                           "quotes"),
    ("job_id: a\njob_id: b\n", "the job:2:1: job_id: this key was given before"),
    ("a: &a [*b]\nb: &b [*a]\n", "nothing is called that"),
    ("job_id: a\n\tsource: b\n", "the job:2:1: YAML is indented with spaces, not tabs"),
])
def test_a_text_that_is_none(workspace: Workspace, yaml: str, said: str) -> None:
    found = jobs.check(workspace, yaml=yaml)
    assert said in str(found.problems[0]) and len(found.problems) == 1
    assert found.form is None
    assert said in refused(jobs.add, workspace, yaml=yaml)[0]


@pytest.mark.parametrize("form", [{}, {"job_id": None}, {"job_id": ["a"]}, {"source": 1, "job_id": "x"}, [], "text", 7,
                                  {"job_id": "a", "x" * 2000: 1}, {"job_id": "a\ud800"}])
def test_a_form_that_is_none(workspace: Workspace, form: Any) -> None:
    assert jobs.check(workspace, form=form).problems
    assert refused(jobs.add, workspace, form=form)
    assert text(workspace) == FILE


def test_nothing_is_given(workspace: Workspace) -> None:
    for call in (lambda: jobs.check(workspace, id="last"), lambda: jobs.add(workspace),
                 lambda: jobs.replace(workspace, "last", version=jobs.shown(workspace, "last").version)):
        with pytest.raises(Invalid, match="nothing is given for the job: give a form or a text"):
            call()


def test_more_than_anybody_writes_is_refused_before_it_is_worked_on(workspace: Workspace) -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
    deep: dict[str, Any] = {}
    for _ in range(60):
        deep = {"a": deep}
    for problems in (jobs.check(workspace, yaml=bomb).problems, jobs.check(workspace, form=deep).problems,
                     jobs.check(workspace, yaml="a: " + "[" * 3000 + "]" * 3000).problems,
                     jobs.check(workspace, yaml="a: " + "x" * 300_000).problems):
        assert [one.text for one in problems] == ["more, or more deeply nested, than anybody writes"]


def test_many_changes_at_once_take_a_moment(workspace: Workspace) -> None:
    """They are not made one by one where that would take minutes."""
    many = {"job_id": "many", **LOCAL, "tags": [str(at) for at in range(600)],
            "filters": {"exclude": [f"*{at}" for at in range(600)]}}
    jobs.add(workspace, form=many)
    fresh = {**many, "tags": [f"x{at}" for at in range(600)], "filters": {"include": [f"{at}*" for at in range(300)]}}
    began = time.process_time()
    found = jobs.check(workspace, form=fresh, id="many")
    assert found.form == fresh and found.problems == () and time.process_time() - began < 30
    wide = {f"k{at}": at for at in range(200)}
    assert len(jobs.check(workspace, form={**wide, **many}, id="many").problems) == 200
    assert time.process_time() - began < 60


def test_a_broken_job_is_not_saved(workspace: Workspace) -> None:
    assert refused(edited, workspace, "last", check="never") == [
        "the job:7: check: must be one of exists, size, checksum, readback, sample"]
    assert refused(jobs.add, workspace, form={"job_id": "new", **LOCAL, "source": {"connection": "bank"}}) == [
        'the job:3: source.connection: no connection is called "bank"; this workspace has none']
    assert text(workspace) == FILE


def test_a_broken_job_can_be_mended(workspace: Workspace) -> None:
    write(workspace, FILE.replace("'0 2 * * *'", "'0 25 * * *'"))
    assert "payroll" in (workspace.loaded.broken or {})
    assert edited(workspace, "payroll", schedule="0 2 * * *").form["schedule"] == "0 2 * * *"
    assert not workspace.again().loaded.problems


# Added, removed

def test_the_first_job_of_a_new_workspace(tmp_path: Path) -> None:
    init(tmp_path)
    before, workspace = text(Workspace(tmp_path)), Workspace(tmp_path, {})
    found = jobs.add(workspace, form={"job_id": "a", **LOCAL})
    assert (found.id, found.file) == ("a", "configs/jobs.yaml")
    assert text(workspace) == before.replace("jobs: []\n", """\
jobs:
  - job_id: a
    source:
      type: local
      path: in
    destination:
      type: local
      path: out
""")
    jobs.remove(workspace, "a", found.version)
    assert text(workspace) == before


@pytest.mark.parametrize("before", ["", "# mine\n", "jobs:\n", "jobs: # here\n", "jobs: []", "{}\n", "x-a: 1\n",
                                    "---\n", "jobs: [{job_id: z, source: {type: local, path: a}, "
                                    "destination: {type: local, path: b}}]\n", "jobs:\n# none\nx-a: 1\n"])
def test_a_job_finds_its_place_in_any_file(workspace: Workspace, before: str) -> None:
    write(workspace, before)
    jobs.add(workspace, yaml="# above\njob_id: a\nsource: {type: local, path: in}\n"
                             "destination: {type: local, path: o}\n")
    jobs.add(workspace, form={"job_id": "b", **LOCAL})
    assert [job.id for job in workspace.again().loaded.jobs][-2:] == ["a", "b"]
    assert not workspace.again().loaded.problems
    assert all(line.split("#")[-1] in text(workspace) for line in before.splitlines() if "#" in line)
    if "[{" not in before and "{}" not in before:
        assert "  # above\n  - job_id: a\n    source: {type: local, path: in}\n" in text(workspace)


def test_where_there_is_no_file_one_is_made(workspace: Workspace) -> None:
    (workspace.path / "configs/jobs.yaml").unlink()
    (workspace.path / "configs").rmdir()
    assert jobs.add(workspace, form={"job_id": "a", **LOCAL}).file == "configs/jobs.yaml"
    assert [job.id for job in workspace.again().loaded.jobs] == ["a"]


def test_a_job_is_added_after_the_others_as_far_apart_as_they_are(workspace: Workspace) -> None:
    jobs.add(workspace, yaml="# mine\njob_id: new\nsource: {type: local, path: in}\ndestination: *where\n")
    gone, come = difference(FILE, text(workspace))
    assert not gone and come == ["", "    # mine", "    - job_id: new", "      source: {type: local, path: in}",
                                 "      destination: *where"]
    assert text(workspace).endswith("      destination: *where\n    # the end\nx-more: 1\n")


def test_a_job_goes_with_its_own_comments_only(workspace: Workspace) -> None:
    jobs.remove(workspace, "payroll", jobs.shown(workspace, "payroll").version)
    start, end = FILE.index("    # Salaries"), FILE.index("    -   job_id: last")
    assert text(workspace) == FILE[:start] + FILE[end:]


@pytest.mark.parametrize("order", [("first", "payroll", "last"), ("last", "payroll", "first")])
def test_all_jobs_can_go(workspace: Workspace, order: tuple[str, ...]) -> None:
    for id in order:
        jobs.remove(workspace, id, jobs.shown(workspace, id).version)
    assert read(workspace.path / "configs/jobs.yaml").data == {
        "x-where": {"type": "local", "path": "/data"}, "jobs": [], "x-more": 1}
    assert "# Everything we move.\n\nx-where: &where {type: local, path: /data}    # shared\njobs: []\n" in (
        text(workspace))


# Put on and off

def test_put_off_and_on_again(workspace: Workspace) -> None:
    off = jobs.set_enabled(workspace, "last", False)
    assert off.form["enabled"] is False
    assert difference(FILE, text(workspace)) == ([], ["        enabled: false"])
    jobs.set_enabled(workspace, "last", True)
    assert difference(FILE, text(workspace)) == ([], ["        enabled: true"])


def test_what_is_so_already_is_not_written(workspace: Workspace) -> None:
    jobs.set_enabled(workspace, "last", True)
    assert text(workspace) == FILE


def test_a_job_with_mistakes_can_be_put_off_but_not_on(workspace: Workspace) -> None:
    write(workspace, FILE.replace("check: size", "").replace("yes\n", "true\n      check: never\n"))
    jobs.set_enabled(workspace, "payroll", False)
    assert "      enabled:   false\n      check: never\n" in text(workspace)
    assert "must be one of" in refused(jobs.set_enabled, workspace, "payroll", True)[0]


# Other people

def test_a_conflict_shows_what_is_there_now(workspace: Workspace) -> None:
    now = jobs.shown(workspace, "last")
    by_hand = FILE.replace("path: a }", "path: by_hand }")
    write(workspace, by_hand)
    for change in (lambda: jobs.replace(workspace, "last", form=dict(now.form), version=now.version),
                   lambda: jobs.remove(workspace, "last", now.version)):
        with pytest.raises(Conflict, match=r"configs/jobs.yaml has changed since this job was looked at") as caught:
            change()
        assert caught.value.current == jobs.shown(workspace, "last")
        assert caught.value.current.form["source"]["path"] == "by_hand"
    assert isinstance(caught.value, Invalid) and text(workspace) == by_hand
    jobs.replace(workspace, "last", form=dict(now.form), version=caught.value.current.version)
    assert text(workspace) == FILE


def test_a_file_that_is_broken_by_hand_is_left_alone(workspace: Workspace) -> None:
    now = jobs.shown(workspace, "last")
    broken = FILE.replace("schedule: '0 2", "schedule: [0 2")
    write(workspace, broken)
    said = ["configs/jobs.yaml:"]
    for change in (lambda: jobs.shown(workspace, "last"), lambda: jobs.set_enabled(workspace, "last", False),
                   lambda: jobs.replace(workspace, "last", form=dict(now.form), version=now.version),
                   lambda: jobs.remove(workspace, "last", now.version),
                   lambda: jobs.add(workspace, form={"job_id": "new", **LOCAL})):
        assert [one[:18] for one in refused(change)] == said
    assert text(workspace) == broken


def test_a_broken_file_does_not_hold_up_another_one(workspace: Workspace) -> None:
    write(workspace, "jobs: [\n", "configs/jobs/broken.yaml")
    edited(workspace, "last", check="exists")
    assert jobs.add(workspace, form={"job_id": "new", **LOCAL}).id == "new"


def test_mistakes_of_another_job_do_not_hold_up_this_one(workspace: Workspace) -> None:
    write(workspace, FILE.replace("'0 2 * * *'", "'0 25 * * *'"))
    assert workspace.loaded.problems and edited(workspace, "last", check="exists")


@pytest.mark.parametrize(("before", "said"), [
    ("jobs: {a: 1}\n", "configs/jobs.yaml:1: jobs: must be a list of jobs"),
    ("- a\n", 'configs/jobs.yaml:1: must be a mapping with the key "jobs"'),
])
def test_a_file_of_another_shape(workspace: Workspace, before: str, said: str) -> None:
    write(workspace, before)
    assert refused(jobs.add, workspace, form={"job_id": "new", **LOCAL}) == [said]
    assert text(workspace) == before


def test_a_folder_that_nobody_may_write(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    import os
    if os.geteuid() == 0:
        os.chown(workspace.path / "configs", 65534, 65534)
    (workspace.path / "configs").chmod(0o555)
    before = os.geteuid()
    try:
        if before == 0:
            workspace.path.chmod(0o755)
            for folder in list(workspace.path.parents)[:-2]:
                folder.chmod(folder.stat().st_mode | 0o055)
            os.seteuid(65534)
        with pytest.raises(Denied, match=r"configs/jobs.yaml may not be read or written"):
            edited(workspace, "last", check="exists")
    finally:
        os.seteuid(before)
        (workspace.path / "configs").chmod(0o755)
    assert text(workspace) == FILE


def test_a_link_stays_a_link(workspace: Workspace) -> None:
    path = workspace.path / "configs/jobs.yaml"
    path.rename(workspace.path / "elsewhere.yaml")
    path.symlink_to("../elsewhere.yaml")
    edited(workspace, "last", check="exists")
    assert path.is_symlink() and "check: exists" in (workspace.path / "elsewhere.yaml").read_text()


# Other files

def test_line_ends_and_the_mark_at_the_beginning_stay(workspace: Workspace) -> None:
    path = workspace.path / "configs/jobs.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + FILE.replace("\n", "\r\n").encode())
    edited(workspace, "last", check="exists")
    found = path.read_bytes()
    assert found.startswith(b"\xef\xbb\xbf# Everything") and found.count(b"\r\n") == found.count(b"\n")
    assert difference(FILE, found.decode("utf-8-sig").replace("\r\n", "\n"))[1] == ["        check: exists"]


def test_a_file_without_a_line_end_at_its_end(workspace: Workspace) -> None:
    write(workspace, "jobs:\n- job_id: a\n  source: {type: local, path: in}\n  destination: {type: local, path: out}")
    edited(workspace, "a", check="exists")
    jobs.add(workspace, form={"job_id": "b", **LOCAL})
    assert text(workspace).startswith("jobs:\n- job_id: a\n  source: {type: local, path: in}\n"
                                      "  destination: {type: local, path: out}\n  check: exists\n- job_id: b\n")


JSON = {"jobs": [{"job_id": "a", **LOCAL, "tags": ["å"]}, {"job_id": "b", **LOCAL}]}


@pytest.mark.parametrize("indent", [2, 4, "\t"])
def test_json_files_stay_json(workspace: Workspace, indent: Any) -> None:
    (workspace.path / "configs/jobs.yaml").unlink()
    write(workspace, json.dumps(JSON, indent=indent, ensure_ascii=False) + "\n", "configs/jobs.json")
    path, before = workspace.path / "configs/jobs.json", jobs.shown(workspace, "a")
    assert before.yaml.startswith("job_id: a\nsource:\n  type: local\n") and before.file == "configs/jobs.json"
    jobs.replace(workspace, "a", yaml=before.yaml + "check: exists   # a comment that JSON cannot keep\n",
                 version=before.version)
    edited(workspace, "b", job_id="c")
    jobs.set_enabled(workspace, "c", False)
    assert jobs.add(workspace, form={"job_id": "d", **LOCAL}).file == "configs/jobs.json"
    jobs.remove(workspace, "d", jobs.shown(workspace, "d").version)
    assert path.read_text() == json.dumps({"jobs": [
        {"job_id": "a", **LOCAL, "tags": ["å"], "check": "exists"}, {"job_id": "c", "enabled": False, **LOCAL}]},
        indent=indent, ensure_ascii=False) + "\n"


def test_a_job_in_brackets(workspace: Workspace) -> None:
    write(workspace, "jobs: [  # all\n"
          "  {job_id: a, source: {type: local, path: in}, destination: {type: local, path: o}},\n"
          "  { job_id: b,  source: {type: local, path: in}, destination: {type: local, path: o} }\n]\n")
    edited(workspace, "a", check="exists", source={"type": "local", "path": "elsewhere"})
    edited(workspace, "b", job_id="c")
    jobs.remove(workspace, "a", jobs.shown(workspace, "a").version)
    assert text(workspace) == ("jobs: [  # all\n  { job_id: c,  source: {type: local, path: in}, "
                               "destination: {type: local, path: o} }\n]\n")


def test_a_job_in_a_list_in_brackets_is_changed_in_place(workspace: Workspace) -> None:
    write(workspace, "jobs:\n- {job_id: a, source: {type: local, path: in},   # from\n"
          "   destination: {type: local, path: o}}\n"
          "- {job_id: b, source: {type: local, path: in}, destination: {type: local, path: o}}\n")
    edited(workspace, "a", source={"type": "local", "path": "elsewhere"}, check="exists")
    assert text(workspace).splitlines()[1:3] == [
        "- {job_id: a, source: {type: local, path: elsewhere},   # from",
        "   destination: {type: local, path: o}, check: exists}"]
