"""Flows of Haulier in a process of Python: `haulier_form.py file|function FOLDER`; `took` has the seconds of one run.

`file`: the flow of FOLDER/flows; `function`: the same as a function with `@flow`, its graph being that of graph.json.
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


def main() -> None:
    os.chdir(FOLDER)
    act: Callable[[], object] = whole if sys.argv[1] == "function" else lambda: Haulier().execute_flow("whole")
    begin = time.perf_counter()
    act()
    Path("took").write_text(str(time.perf_counter() - begin))


if __name__ == "__main__":
    main()
