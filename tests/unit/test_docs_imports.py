"""What docs/imports.md shows works as it is typed, and its tables leave nothing out."""
from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from haulier.core.reconcile.policy import Mode
from haulier.model.intake import IntakeState
from haulier.model.match import Why
from haulier.model.payment import Kind
from haulier.settings import registry
from haulier.settings.reconcile import ReconcileForm
from haulier.settings.workspace import Workspace

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "imports.md").read_text("utf-8")
BY_HAND = PAGE[:PAGE.index("## The import task")]
TYPED = PAGE[PAGE.index("## Five minutes"):PAGE.index("## A worker for bank files")]
BLOCK = re.compile(r"^```(\w+)(?: ([\w./]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ENVIRONMENT = {"ERP_TOKEN": "x"}
IMPORT = "tasks:\n  - id: take\n    type: import\n    source: inbox\n"
USUAL = {"parser": "parser: csv", "sink": "sink: { type: file, place: out }"}


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the commands of the five minutes print. Files that come are not fresh, so nothing waits for them."""
    script = ["set -e", 'cp() { command cp "$@"; touch -d 2025-03-31 inbox/*; }']
    for kind, name, text in BLOCK.findall(TYPED):
        if name:
            script += [f"cat > {name} <<'END'", f"{text}END", f"touch -d 2025-03-31 {name}"]
        elif kind == "console":
            script += [line[2:] for line in text.splitlines() if line.startswith("$ ")]
    done = subprocess.run(["bash", "-c", "\n".join(script)], cwd=tmp_path_factory.mktemp("five"), env=environment(),
                          capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def environment() -> dict[str, str]:
    kept = {name: text for name, text in os.environ.items() if not name.startswith("HAULIER_")}
    return {**kept, "PATH": f"{Path(sys.executable).parent}:{kept['PATH']}", "NO_COLOR": "1", "COLUMNS": "100"}


def test_the_commands_of_the_page_print_what_it_says(typed: str) -> None:
    lines = [line for kind, name, text in BLOCK.findall(TYPED) if kind == "console" for line in text.splitlines()]
    shown = [line for line in lines if not line.startswith("$ ")]
    printed = {without_times(line) for line in typed.splitlines()}
    assert len(shown) > 40
    assert not [line for line in shown if without_times(line) not in printed]


def without_times(line: str) -> str:
    """Moments and seconds are others each time; all other numbers have to be right."""
    return re.sub(r"\d+-\d+-\d+ \d+:\d+:\d+|\d+\.\d+ s\b", "#", line.rstrip())


def test_the_examples_of_flows_have_no_mistakes(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    for kind, name, text in BLOCK.findall(PAGE):
        if name.startswith("flows/"):
            (tmp_path / name).write_text(text)
        elif text.startswith("connections:"):
            (tmp_path / "haulier.yaml").write_text(text)
        elif kind == "yaml" and not text.startswith("jobs:"):
            key = text.partition(":")[0]
            block = "\n".join([text.rstrip(), *(line for name, line in USUAL.items() if name != key)])
            (tmp_path / "flows" / f"{key}-{len(text)}.yaml").write_text(IMPORT + re.sub("^", "    ", block, flags=re.M))
    flows = Workspace(tmp_path, ENVIRONMENT).flows
    assert not flows.problems
    names = {flow.name for flow in flows.flows}
    assert {"orders", "bank", "payments"} < names and len(names) > 6


def test_nothing_is_left_out() -> None:
    """Formats, sinks, sources of items, states, kinds, rules and reasons: each is on the page."""
    words = set(re.findall(r"[a-z_0-9]+", BY_HAND))
    for group in ("parsers", "sinks", "items"):
        assert set(registry.names(group)) <= words
    for several in (IntakeState, Why, Kind):
        assert {one.value for one in several} <= words
    modes = {name for name, field in ReconcileForm.model_fields.items() if isinstance(field.default, Mode)}
    assert len(modes) > 7 and all(f"`{name}`" in BY_HAND for name in modes)


def test_the_rules_are_those_that_there_are() -> None:
    table = BY_HAND[BY_HAND.index("| rule |"):BY_HAND.index("What nothing was found for")]
    told = set(re.findall(r"^\| (\w+) \|", table, re.MULTILINE)) - {"rule"}
    source = "".join(path.read_text() for path in sorted((ROOT / "src/haulier/core/reconcile").rglob("*.py")))
    named = set(re.findall(r'(?:rule=|Proposal\(\s*|suggest\(case, |PERSON = )"(\w+)"', source))
    assert told == named
