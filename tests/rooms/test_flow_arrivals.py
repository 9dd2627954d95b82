"""Flows that files start: each file once, and the run is told which."""
from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from haulier.app.hub import Hub, Light, hub
from haulier.model.run import Run, RunState, Trigger
from haulier.settings.live import Live
from haulier.settings.scaffold import init
from haulier.settings.workspace import Workspace
from haulier.testing.bench import until

FLOW = """\
arrival:
  source: {type: local, path: in, file_pattern: "*.csv"}
  complete: {settle_seconds: 0.2}
  every: 1
params:
  files: {type: list}
  day: monday
tasks:
  - id: see
    script: see.sh
    args: ["${params.files[0].name}", "${params.day}"]
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    init(tmp_path)
    (tmp_path / "in").mkdir()
    (tmp_path / "flows" / "come.yaml").write_text(FLOW)
    script = tmp_path / "tasks" / "see.sh"
    script.write_text('#!/bin/sh\necho "$@" >> seen\n')
    script.chmod(0o755)
    return tmp_path


@pytest.fixture
def running(home: Path) -> Iterator[Hub]:
    with hub(Live(home), light=Light(f"sqlite:///{home}/ledger.db", home / "runs")) as made:
        yield made


def runs(made: Hub) -> list[Run]:
    return [run for run in made.books.ledger.runs("come") if run.state is RunState.DONE][::-1]


def names(run: Run) -> list[str]:
    return sorted(file["name"] for file in json.loads(run.params)["files"])


def test_each_file_starts_it_once(home: Path, running: Hub) -> None:
    (home / "in" / "a.csv").write_text("1")
    (home / "in" / "a.txt").write_text("1")
    until(lambda: len(runs(running)) == 1, 20)
    (home / "in" / "b.csv").write_text("1")
    until(lambda: len(runs(running)) == 2, 20)
    (home / "in" / "a.csv").unlink()
    (home / "in" / "b.csv").write_text("changed")
    until(lambda: len(runs(running)) == 3, 20)
    assert [names(run) for run in runs(running)] == [["a.csv"], ["b.csv"], ["b.csv"]]
    assert {run.trigger for run in runs(running)} == {Trigger.ARRIVAL}
    assert (home / "seen").read_text().splitlines() == ["a.csv monday", "b.csv monday", "b.csv monday"]


@pytest.mark.parametrize(("old", "new", "said"), [
    ("type: local, path: in", "type: locale, path: in", 'arrival.source.type: no such store yet: locale'),
    ("settle_seconds: 0.2", "settle_secs: 1", 'arrival.complete.settle_secs: unknown key; did you mean'),
    ("  day: monday", "  day: {required: true}", 'arrival: parameter "day" is required; a flow that starts by itself'),
    ("  source: {type: local, path: in, file_pattern: \"*.csv\"}\n", "", "arrival.source: required"),
])
def test_mistakes_are_told_with_their_place(home: Path, old: str, new: str, said: str) -> None:
    text = FLOW.replace(old, new)
    assert text != FLOW
    (home / "flows" / "come.yaml").write_text(text)
    problems = [str(one) for one in Workspace(home).flows.problems]
    assert len(problems) == 1 and said in problems[0] and problems[0].startswith("flows/come.yaml:"), problems
