"""What docs/flows.md and docs/python.md show works as it is typed."""
from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from haulier.core.drawing import terminal
from haulier.settings.flows.folder import read
from haulier.settings.flows.loaded import LoadedFlows
from haulier.settings.secrets import Secrets

ROOT = Path(__file__).parents[2]
PAGES = {name: (ROOT / name).read_text("utf-8") for name in ("README.md", "docs/flows.md", "docs/python.md")}
BLOCK = re.compile(r"^```(\w+)(?: ([\w./]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
JOBS = ("send_report", "pull_north", "pull_south", "nightly_backup")
OTHERS = ("cleanup",)
"""Flows that the page's examples run."""


def blocks(page: str, kind: str) -> list[str]:
    return [text for word, name, text in BLOCK.findall(PAGES[page]) if word == kind and not name]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the five minutes, with what the page says is in it."""
    folder = tmp_path_factory.mktemp("five-minutes")
    for kind, name, text in BLOCK.findall(PAGES["docs/flows.md"]):
        if name and kind != "yaml":
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)
    return folder


def environment() -> dict[str, str]:
    kept = {name: text for name, text in os.environ.items() if not name.startswith("HAULIER_")}
    return {**kept, "PATH": f"{Path(sys.executable).parent}:{kept['PATH']}", "NO_COLOR": "1", "COLUMNS": "100"}


def loaded(folder: Path) -> LoadedFlows:
    return read(folder / "flows", folder / "tasks", Secrets(folder, {}), JOBS)


@pytest.fixture(scope="module")
def typed(home: Path) -> str:
    """What the commands of the page print. If one fails, nothing is left running."""
    lines = [line for text in blocks("docs/flows.md", "console") for line in text.splitlines()]
    commands = [line[2:] for line in lines if line.startswith("$ ")]
    script = "\n".join(["set -eE", "trap 'haulier scheduler stop' ERR", *commands])
    done = subprocess.run(["bash", "-c", script], cwd=home, env=environment(), capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_commands_of_the_page_print_what_it_says(typed: str) -> None:
    lines = [line for text in blocks("docs/flows.md", "console") for line in text.splitlines()]
    shown = [line for line in lines if not line.startswith("$ ")]
    printed = {without_figures(line) for line in typed.splitlines()}
    assert len(shown) > 15
    assert not [line for line in shown if without_figures(line) not in printed]


def without_figures(line: str) -> str:
    """Numbers of processes, moments and seconds are others each time."""
    return re.sub(r"\d+([-:.]\d+)*", "#", line.rstrip())


def test_the_same_in_yaml(home: Path, tmp_path: Path) -> None:
    text = next(text for kind, name, text in BLOCK.findall(PAGES["docs/flows.md"]) if name == "flows/words.yaml")
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "words.yaml").write_text(text)
    (tmp_path / "tasks").symlink_to(home / "tasks")
    found, other = loaded(tmp_path), loaded(home)
    assert not found.problems and not other.problems
    assert found.flow("words").graph == other.flow("words").graph


@pytest.fixture
def examples(tmp_path: Path) -> LoadedFlows:
    """Every flow that stands on a page, numbered; the scripts that it names are there."""
    (tmp_path / "flows").mkdir()
    (tmp_path / "tasks").mkdir()
    for page in ("README.md", "docs/flows.md"):
        texts = [text for text in blocks(page, "yaml") if re.search("^tasks:", text, re.MULTILINE)]
        for at, text in enumerate(texts):
            (tmp_path / "flows" / f"{Path(page).stem}-{at}.yaml").write_text(text)
            for name in re.findall(r"(?:script|call): ([\w.]+)", text):
                (tmp_path / "tasks" / name).touch()
    for name in OTHERS:
        (tmp_path / "flows" / f"{name}.json").write_text(json.dumps(
            {"tasks": [{"id": "one", "type": "wait", "for": "1s"}]}))
    return loaded(tmp_path)


def test_every_example_of_a_flow_has_no_mistakes(examples: LoadedFlows) -> None:
    assert not examples.problems
    assert len(examples.flows) > 9


def test_the_flow_of_the_readme_is_drawn_as_it_is_there(examples: LoadedFlows) -> None:
    drawing = terminal.text(terminal.drawn(examples.flow("README-0").graph, width=100))
    assert f"$ haulier graph sales\n{drawing}" in PAGES["README.md"]


PYTHON = """
import json, sys
for text in json.load(sys.stdin):
    exec(compile(text, "docs/python.md", "exec"), {"__name__": "__main__"})
"""


CLAIMS = """
from haulier import flow, task
@task(allow_failure=True)
def bad(): raise ValueError
@task
def count(x): return 0 if x is None else 1
@flow
def claims():
    found = bad()
    return [found, count(found), count(1)]
assert claims() == [None, 0, 1], claims()
assert [node.id for node in claims.traced().nodes] == ["bad", "count", "count-2"]
"""
"""What the page says without showing it."""


def test_the_code_of_the_page_runs(home: Path, typed: str) -> None:
    texts = [*blocks("docs/python.md", "python"), CLAIMS]
    done = subprocess.run([sys.executable, "-c", PYTHON], input=json.dumps(texts), cwd=home, env=environment(),
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr
    for said in ("Available flows: ['words']", "done 4", "#!/usr/bin/env bash", "the second", "words 0 * * * *"):
        assert said in done.stdout
    assert "words: run" in done.stdout and "nowhere/short.txt" in done.stdout
