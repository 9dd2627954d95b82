"""Flows as drawings and as scripts: `haulier graph`, `haulier export bash`."""
from __future__ import annotations

import json
import os
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from acceptance.conftest import Program

WEATHER = """\
get_lax_obs ─┐
             │
get_sfo_obs ─┼─→ aggregate_data → generate_synopsis
             │
get_nyc_obs ─┘
"""
SHOW = "import os, sys\nprint(os.path.basename(sys.argv[0]), sys.argv[1:], os.environ.get('UNITS'))\n"


@pytest.fixture
def flows(haulier: Program) -> Program:
    """The flow of the seed's example, in a folder that is no workspace."""
    stations = [{"id": f"get_{one}_obs", "script": "show.py", "args": {"station": f"K {one}", "v": True}}
                for one in ("lax", "sfo", "nyc")]
    tasks = [*stations,
             {"id": "aggregate_data", "script": "show", "depends_on": [one["id"] for one in stations],
              "args": ["$(touch x)", "${date}"], "env": {"UNITS": "it's si"}},
             {"id": "generate_synopsis", "type": "python", "call": "words.py:said", "depends_on": ["aggregate_data"],
              "args": {"day": "${date}", "many": [1, "'"]}}]
    for name, text in {"flows/weather.json": json.dumps({"name": "Weather", "tasks": tasks}),
                       "flows/asking.json": json.dumps({"name": "Asking", "tasks": [
                           {"id": "ask", "type": "approve"}, {"id": "maybe", "script": "show", "when": "false"}]}),
                       "tasks/show": SHOW, "tasks/show.py": SHOW,
                       "tasks/words.py": "def said(day, many):\n    print(day, many)\n"}.items():
        path = haulier.at / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return haulier


def ran(script: Path, *args: str) -> list[str]:
    done = subprocess.run([script, *args], capture_output=True, text=True, timeout=60, check=False,
                          env={"PATH": os.environ["PATH"]}, cwd=script.parent)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_graph(flows: Program) -> None:
    shown, drawn, mermaid, typo = flows.each(
        ("graph", "weather"), ("graph", "weather", "--format", "svg", "-o", "weather.svg"),
        ("graph", "weather", "--format", "mermaid"), ("graph", "wether"), code=(0, 0, 0, 2))
    assert shown.out == WEATHER and not drawn.err
    assert flows("-f", flows.at / "flows", "-t", flows.at / "tasks", "graph", "weather", at=flows.home).out == WEATHER
    ElementTree.parse(flows.at / "weather.svg")
    assert mermaid.out.startswith("flowchart LR\n") and 'did you mean "weather"?' in typo.err


def test_export(flows: Program) -> None:
    script = flows.at / "weather.sh"
    flows("export", "bash", "weather", "-o", script)
    expected = ["show.py ['--station=K lax', '-v'] None", "show.py ['--station=K sfo', '-v'] None",
                "show.py ['--station=K nyc', '-v'] None", "show ['$(touch x)', 'a b'] it's si", "a b [1, \"'\"]"]
    assert ran(script, "--date=a b") == expected
    flows("export", "bash", "weather", "--embed", "-o", script)
    shutil.rmtree(flows.at / "tasks")
    assert ran(script, "--date=a b") == expected


def test_what_cannot_be_exported_is_named(flows: Program) -> None:
    done, nowhere = flows.each(("export", "bash", "asking", "-o", "asking.sh"),
                               ("export", "bash", "weather", "-o", "nowhere/x.sh"), code=2)
    assert "ask: type approve" in done.err and "maybe: when" in done.err
    assert not (flows.at / "asking.sh").exists()
    assert "cannot be written" in nowhere.err
