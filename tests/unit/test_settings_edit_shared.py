"""Anchors: a change of one job changes no other one."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from haulier.settings.editing import jobs
from haulier.settings.workspace import Workspace

OWNED = """\
jobs:
  - job_id: a
    source: &in {type: local, path: "/in"}   # where from
    destination: {type: local, path: out}
  # takes the same
  - job_id: b
    source: *in     # as above
    destination: {type: local, path: out}
  - job_id: c
    source: *in
    destination: &out
      # a folder
      type: local
      path: out
  - job_id: d
    source: {<<: *in, path: /d}
    destination: *out
"""
BASE = """\
x-base: &base
  check: exists   # fast
  conflict: fail
  source: {type: local, path: in}
jobs:
- &first
  <<: *base
  job_id: a
  destination: {type: local, path: out}
- <<: *first
  job_id: b
- job_id: c
  <<: [*base, {group: true}]
  destination: {type: local, path: c}
"""


def workspace(home: Path, text: str) -> Workspace:
    (home / "configs").mkdir()
    (home / "configs/jobs.yaml").write_text(text)
    assert not Workspace(home, {}).loaded.problems
    return Workspace(home, {})


def text(workspace: Workspace) -> str:
    return (workspace.path / "configs/jobs.yaml").read_text()


def forms(workspace: Workspace) -> dict[str, Any]:
    return {job.id: jobs.shown(workspace, job.id).form for job in workspace.again().loaded.jobs}


def edit(workspace: Workspace, id: str, **keys: Any) -> None:
    """Change one job, and see that all others mean what they meant."""
    before, now = forms(workspace), jobs.shown(workspace, id)
    form = {key: value for key, value in {**now.form, **keys}.items() if value is not None}
    jobs.replace(workspace, id, form=form, version=now.version)
    assert forms(workspace) == {**before, id: form} and not workspace.again().loaded.problems


def test_the_next_one_becomes_the_owner(tmp_path: Path) -> None:
    found = workspace(tmp_path, OWNED)
    edit(found, "a", source={"type": "local", "path": "/other"})
    assert text(found) == OWNED.replace('source: &in {type: local, path: "/in"}   # where from',
                                        'source: {type: local, path: "/other"}   # where from').replace(
        "source: *in     # as above", 'source: &in {type: local, path: "/in"}     # as above')


def test_an_owner_that_does_not_change_what_it_owns_stays_the_owner(tmp_path: Path) -> None:
    found = workspace(tmp_path, OWNED)
    edit(found, "a", check="exists")
    assert "source: &in {" in text(found) and text(found).count("*in") == 3


def test_an_owner_in_lines_leaves_it_in_brackets(tmp_path: Path) -> None:
    found = workspace(tmp_path, OWNED)
    edit(found, "c", destination={"type": "local", "path": "elsewhere"})
    assert "    destination:\n      # a folder\n      type: local\n      path: elsewhere\n" in text(found)
    assert "    destination: &out {type: local, path: out}\n" in text(found)


def test_one_that_borrows_gets_a_copy(tmp_path: Path) -> None:
    found = workspace(tmp_path, OWNED)
    edit(found, "b", source={"type": "local", "path": "/b"})
    assert "    source:     # as above\n      type: local\n      path: /b\n" in text(found)
    edit(found, "d", source={"type": "local", "path": "/d", "file_pattern": "*.csv"})
    assert '    source: {<<: *in, path: /d, file_pattern: "*.csv"}\n' in text(found)


@pytest.mark.parametrize("order", ["abcd", "dcba", "bdac", "cadb"])
def test_owners_can_go_in_any_order(tmp_path: Path, order: str) -> None:
    found = workspace(tmp_path, OWNED)
    left = forms(found)
    for id in order:
        jobs.remove(found, id, jobs.shown(found, id).version)
        del left[id]
        assert forms(found) == left and not found.again().loaded.problems


def test_an_owner_as_text(tmp_path: Path) -> None:
    found = workspace(tmp_path, OWNED)
    before, now = forms(found), jobs.shown(found, "a")
    jobs.replace(found, "a", yaml=now.yaml.replace("/in", "/other"), version=now.version)
    assert {**forms(found), "a": before["a"]} == before
    assert forms(found)["a"]["source"]["path"] == "/other"


def test_a_text_goes_by_the_anchors_of_its_file(tmp_path: Path) -> None:
    found = workspace(tmp_path, OWNED)
    jobs.add(found, yaml="job_id: e\nsource: *in\ndestination: *out\n")
    assert text(found) == OWNED + "  - job_id: e\n    source: *in\n    destination: *out\n"
    now = jobs.shown(found, "a")        # stands before `out`
    problems = jobs.check(found, id="a", yaml=now.yaml.replace("{type: local, path: out}", "*out")).problems
    assert "nothing is called that" in str(problems)


def test_a_merged_key_is_given_anew(tmp_path: Path) -> None:
    found = workspace(tmp_path, BASE)
    edit(found, "c", check="checksum")
    assert "- job_id: c\n  <<: [*base, {group: true}]\n  destination: {type: local, path: c}\n  check: checksum\n" in (
        text(found))


def test_a_merged_key_that_goes_makes_the_rest_its_own(tmp_path: Path) -> None:
    found = workspace(tmp_path, BASE)
    edit(found, "c", conflict=None)
    assert text(found) == BASE.replace("""\
  <<: [*base, {group: true}]
  destination: {type: local, path: c}
""", """\
  source:
    type: local
    path: in
  destination: {type: local, path: c}
  check: exists
  group: true
""")


def test_a_job_that_others_are_made_from(tmp_path: Path) -> None:
    found = workspace(tmp_path, BASE)
    edit(found, "a", check="checksum")
    assert "- job_id: a\n" not in text(found) and "  job_id: a\n" in text(found)
    assert '- <<: &first {' in text(found)
    edit(found, "b", description="second")
    jobs.remove(found, "a", jobs.shown(found, "a").version)
    assert forms(found)["b"]["check"] == "exists" and text(found).startswith(BASE[:BASE.index("jobs:")])


def test_what_a_job_shares_with_itself(tmp_path: Path) -> None:
    found = workspace(tmp_path, """\
jobs:
  - job_id: a
    source: &here {type: local, path: x}    # one
    # and back
    destination: *here
    filters: {include: &names ["*.a"], exclude: ["*.b"]}
  - job_id: b
    source: *here
    destination: {type: local, path: y}
    filters: {include: *names}
""")
    edit(found, "a", source={"type": "local", "path": "in"})
    assert text(found) == """\
jobs:
  - job_id: a
    source: {type: local, path: in}    # one
    # and back
    destination:
      type: local
      path: x
    filters: {include: &names ["*.a"], exclude: ["*.b"]}
  - job_id: b
    source: &here {type: local, path: x}
    destination: {type: local, path: y}
    filters: {include: *names}
"""
    edit(found, "a", filters={"include": ["*.c"]})
    assert 'filters: {include: &names ["*.a"]}' in text(found)


def test_names_that_are_given_twice(tmp_path: Path) -> None:
    found = workspace(tmp_path, """\
jobs:
  - {job_id: a, source: &x {type: local, path: 1a}, destination: {type: local, path: o}}
  - {job_id: b, source: *x, destination: {type: local, path: o}}
  - {job_id: c, source: &x {type: local, path: 2c}, destination: {type: local, path: o}}
  - {job_id: d, source: *x, destination: {type: local, path: o}}
""")
    edit(found, "a", source={"type": "local", "path": "new"})
    edit(found, "c", source={"type": "local", "path": "newer"})
    assert [form["source"]["path"] for form in forms(found).values()] == ["new", "1a", "newer", "2c"]
