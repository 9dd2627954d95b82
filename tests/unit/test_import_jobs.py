"""Jobs that take files in: flows with one task, whose mistakes are told where they stand."""
from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from haulier.settings.flows.import_jobs import TASK
from haulier.settings.workspace import Workspace

GOOD = """
    jobs:
      - job_id: sent
        source: {type: local, path: a}
        destination: {type: local, path: b}
      - job_id: taken
        description: Orders of the night
        tags: erp
        schedule: every 15m
        arrival: 5m
        source: {type: local, path: inbox, file_pattern: "*.csv"}
        recursive: true
        complete: {settle_seconds: 0}
        processing: {enabled: true, steps: [decompress]}
        settle: archive
        retry: 3
        import:
          parser: {type: csv, delimiter: ";"}
          schema: {order: integer}
          sink: {type: file, place: out, name: "{stem}.jsonl"}
    """


def workspace(folder: Path, text: str) -> Workspace:
    (folder / "configs").mkdir(exist_ok=True)
    (folder / "configs" / "jobs.yaml").write_text(dedent(text))
    return Workspace(folder)


def test_such_a_job_is_a_flow_with_one_task(tmp_path: Path) -> None:
    found = workspace(tmp_path, GOOD)
    assert [job.id for job in found.loaded.jobs] == ["sent"] and not found.loaded.problems
    assert not found.flows.problems
    flow, = found.flows.flows
    node, = flow.graph.nodes
    assert (flow.name, flow.file, flow.line) == ("taken", "configs/jobs.yaml", 6)
    assert (node.id, node.type, node.retry.tries) == (TASK, "import", 3)
    assert flow.graph.tags == ("erp",) and flow.graph.description == "Orders of the night"
    assert node.settings["source"]["path"] == "inbox" and node.settings["steps"] == ["decompress"]
    assert node.settings["settle"] == "archive" and node.settings["recursive"] is True
    assert flow.form.schedule and flow.form.arrival and flow.form.arrival.every == 300


@pytest.mark.parametrize(("change", "line", "said"), [
    ('delimiter: ";"', 17, "import.parser.delimitr: unknown key"), ("schedule: every 15m", 9, "schedule"),
    ("recursive: true", 12, "recursive: must be true or false"), ("parser: {type", 16, "import.parser"),
    ("settle: archive", 15, "destination: unknown key"), ("steps: [decompress]", 14, "processing.steps"),
    ("job_id: taken", 6, "is a flow of this name too"),
])
def test_mistakes_are_told_where_they_stand(tmp_path: Path, change: str, line: int, said: str) -> None:
    instead = {'delimiter: ";"': 'delimitr: ";"', "schedule: every 15m": "schedule: every 15 bananas",
               "recursive: true": "recursive: perhaps", "parser: {type": "Parser: {type",
               "settle: archive": "destination: {path: x}", "steps: [decompress]": "steps: [decompres]",
               "job_id: taken": "job_id: taken"}[change]
    text = GOOD.replace(change, instead)
    if change == instead:
        text += GOOD.split("      - job_id: sent")[0].replace("jobs:", "") + "      - job_id: taken" + GOOD.split(
            "      - job_id: taken")[1]
    problems = workspace(tmp_path, text).flows.problems
    assert any(said in str(one) for one in problems), problems
    assert any(one.file == "configs/jobs.yaml" and one.line >= line for one in problems)


def test_one_without_a_name_is_a_mistake_of_a_job(tmp_path: Path) -> None:
    found = workspace(tmp_path, GOOD.replace("job_id: taken", "jobid: taken"))
    assert any("job_id" in str(one) for one in found.loaded.problems) and not found.flows.flows


def test_a_job_and_an_import_of_one_name(tmp_path: Path) -> None:
    found = workspace(tmp_path, GOOD.replace("job_id: taken", "job_id: sent"))
    assert any('a job is called "sent" too' in str(one) for one in found.flows.problems)
