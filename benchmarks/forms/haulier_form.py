"""Flows of Haulier in a process of Python: `haulier_form.py file|function|whole FOLDER`.

The file `took` has the seconds of a run then. `file`: the flow of FOLDER/flows; `function`: the same as a function with
`@flow`, its graph being that of graph.json. Both in a process that has run a flow before; `whole` is a function in a
new one.
"""
from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from haulier import Haulier, flow, task

FOLDER = Path(sys.argv[2])
GRAPH = json.loads((FOLDER / "graph.json").read_text())


@task
def step(before: object = None) -> None:
    """Nothing, after another one."""


@flow
def whole() -> None:
    """As many steps as graph.json says."""
    before = None
    for _ in range(GRAPH["count"]):
        found = step(before)
        before = found if GRAPH["is_chain"] else None


def warm() -> None:
    """Run another flow first, so that what is measured is what a scheduler or hub needs, which runs already."""
    flows = Path("warm", "flows")
    flows.mkdir(parents=True)
    (flows / "first.json").write_text(json.dumps({"tasks": [{"id": "first", "script": "step.py"}]}))
    Haulier(flows, "tasks", "warm/output").execute_flow("first")


def main() -> None:
    os.chdir(FOLDER)
    if sys.argv[1:2] != ["whole"]:
        warm()
    act: Callable[[], object] = (lambda: Haulier().execute_flow("whole")) if sys.argv[1] == "file" else whole
    begin = time.perf_counter()
    act()
    Path("took").write_text(str(time.perf_counter() - begin))


if __name__ == "__main__":
    main()
