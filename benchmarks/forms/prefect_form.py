"""The graph of graph.json for Prefect, with its server in the same process."""
from __future__ import annotations

import json
import subprocess
from pathlib import Path

from prefect import flow, task
from prefect.task_runners import ThreadPoolTaskRunner

GRAPH = json.loads(Path("graph.json").read_text())


@task
def step() -> None:
    if GRAPH["script"]:
        subprocess.run(["python", GRAPH["script"]], check=True)


@flow(task_runner=ThreadPoolTaskRunner(max_workers=GRAPH["parallel"]))
def whole() -> None:
    begun: list = []
    for _ in range(GRAPH["count"]):
        begun.append(step.submit(wait_for=begun[-1:] if GRAPH["is_chain"] else []))
    for one in begun:
        one.result()


whole()
