"""The settings of a task when it begins, and a workspace that notices what changes in its flows."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from haulier.model.errors import Invalid
from haulier.model.graph import Node
from haulier.settings.flows.tasks import at_start, spec_of
from haulier.settings.live import Live
from haulier.settings.secrets import Secrets
from haulier.settings.workspace import Workspace

pytestmark = pytest.mark.usefixtures("task_types")

SCOPE: dict[str, Any] = {"params": {"n": 3, "names": ["a"], "evil": "${TOKEN}", "file": "file:/etc/passwd"},
                         "tasks": {}, "run": {"id": 7}}


def started(tmp_path: Path, **settings: Any) -> dict[str, Any]:
    secrets = Secrets(tmp_path, {"TOKEN": "s3cret"}, {})
    return at_start(Node("t", settings={"script": "x.py", **settings}), SCOPE, ["day"], secrets)


def test_settings_are_filled_in_when_a_task_begins(tmp_path: Path) -> None:
    found = started(tmp_path, args=["${n}", "-${run.id}", "$${n}", "${HOME}", "${evil}"])
    assert found == {"script": "x.py", "args": [3, "-7", "${n}", "${HOME}", "${TOKEN}"]}
    with pytest.raises(Invalid, match=r'\$\{params.day\}: no parameter called "day" was given'):
        started(tmp_path, args=["${day}"])


@pytest.mark.parametrize(("written", "revealed"), [
    ("${TOKEN}", "s3cret"), ("plain", "plain"), ("a ${n}", "a 3"), ("$${n} ${n}", "${n} 3"),
    ("x${TOKEN}${n}", "xs3cret3"),
    ("${evil}", "${TOKEN}"), ("${TOKEN} ${evil}", "s3cret ${TOKEN}"), ("${file}", "file:/etc/passwd"),
    ("plain:${n}", "3"), ("plain:${evil}", "${TOKEN}"), ("${names}", '["a"]'),
])
def test_what_is_filled_into_a_secret_is_never_a_reference(tmp_path: Path, written: str, revealed: str) -> None:
    secrets = Secrets(tmp_path, {"TOKEN": "s3cret"}, {})
    assert secrets.resolve(started(tmp_path, env={"V": written})["env"]["V"]) == revealed


def test_a_reference_stays_one_until_it_is_used(tmp_path: Path) -> None:
    assert started(tmp_path, env={"V": "a ${TOKEN} $${n}"})["env"] == {"V": "a ${TOKEN} $${n}"}


def test_where_a_secret_is_cannot_be_told_by_a_parameter(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be put together"):
        started(tmp_path, env={"V": "file:${n}"})


def test_settings_that_are_no_good_when_filled_in(tmp_path: Path) -> None:
    node = Node("w", "wait", settings={"for": "1m", "count": 2})
    assert spec_of(node, node.settings).model_dump()["count"] == 2
    with pytest.raises(Invalid) as error:
        spec_of(node, {"for": "soon", "count": "x"})
    assert str(error.value).splitlines() == ["for: not a duration: write it like 90s, 1h30m or 7d",
                                             "count: must be a whole number"]


def workspace(home: Path) -> Path:
    for folder in ("configs", "flows", "tasks"):
        (home / folder).mkdir()
    (home / "configs/jobs.yaml").write_text("""jobs:
  - job_id: copy
    source: {type: local, path: /tmp/a}
    destination: {type: local, path: /tmp/b}
""")
    (home / "flows/nightly.yaml").write_text("tasks: [{id: a, script: a.py}, {id: t, type: transfer, job: copy}]\n")
    return home


def test_a_workspace_has_flows(tmp_path: Path) -> None:
    home = workspace(tmp_path)
    assert [str(problem) for problem in Workspace(home, {}).flows.problems] == [
        "flows/nightly.yaml:1: tasks[0].script: a.py is not there"]
    (home / "tasks/a.py").write_text("")
    (home / "flows/copy.json").write_text('{"tasks": [{"id": "w", "type": "wait", "for": 1}]}')
    found = Workspace(home, {})
    assert found.flow_files() == ["flows/copy.json", "flows/nightly.yaml"]
    assert [flow.name for flow in found.flows.flows] == ["nightly"]
    assert found.flows.flow("nightly").file == "flows/nightly.yaml"
    assert 'a job is called "copy" too' in str(found.flows.problems[0])
    assert found.loaded.problems == ()


def test_a_transfer_that_is_written_in_a_flow_is_checked_as_a_job_is(tmp_path: Path) -> None:
    home = workspace(tmp_path)
    (home / "flows/nightly.yaml").write_text("""params: {day: 2026-11-30, n: 3}
tasks:
  - id: t
    type: transfer
    timeout: 5m
    source: {type: local, path: "in/${day}", pattern: x}
    destination: {connection: offce, path: out}
    recursve: true
  - {id: fine, type: transfer, source: {type: local, path: "in/${day}"}, destination: {type: local, path: /out}}
  - {id: later, type: transfer, source: {type: local, path: "${day}"}, destination: {connection: x}}
""")
    assert [str(problem).removeprefix("flows/nightly.yaml:") for problem in Workspace(home, {}).flows.problems] == [
        "6: tasks[0].source.pattern: unknown key; did you mean \"file_pattern\"?",
        '7: tasks[0].destination.connection: no connection is called "offce"; this workspace has none',
        '8: tasks[0].recursve: unknown key; did you mean "recursive"?']


def test_a_change_of_flows_scripts_or_schedules_is_noticed(tmp_path: Path) -> None:
    home = workspace(tmp_path)
    live = Live(home, {})
    version = live.version

    def changed() -> bool:
        nonlocal version
        before, version = version, live.refresh()
        return version > before

    assert not changed() and live.workspace.flows.problems
    (home / "tasks/a.py").write_text("")
    assert changed() and not live.workspace.flows.problems
    os.chmod(home / "tasks/a.py", 0o755)
    assert changed() and not changed()
    (home / "flows/more.yaml").write_text("tasks: [{id: w, type: wait, for: 1}]\n")
    assert changed() and len(live.workspace.flows.flows) == 2
    (home / "flows/more.yaml").unlink()
    assert changed() and len(live.workspace.flows.flows) == 1
    (home / "configs/schedules.json").write_text('{"schedules": []}')
    assert changed() and not changed()
