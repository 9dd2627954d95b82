"""The README of the seed of flows, line by line, with `haulier` in the place of its program."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from acceptance.conftest import Program, until
from acceptance.flows import LATE, alive, on_screen

FETCH = """\
import argparse
import os
import sys


def main():
    argparse.ArgumentParser().parse_known_args()
    folder = os.environ.get("TMP_DIR", os.path.join(os.getcwd(), "tmp"))
    with open(os.path.join(folder, "fetched.txt"), "w") as out:
        out.write("one,two")
    print("fetched")
    return 0


if __name__ == "__main__":
    sys.exit(main())
"""
PROCESS = """\
import argparse
import os

parser = argparse.ArgumentParser()
parser.add_argument("--input-file")
parser.add_argument("--output-file")
args, _ = parser.parse_known_args()
data = open(os.path.join(os.environ["TMP_DIR"], "fetched.txt")).read()
open(os.path.join(os.environ["TMP_DIR"], "processed.txt"), "w").write(f"{args.input_file} {args.output_file} {data}")
"""
REPORT = """\
import argparse
import os

parser = argparse.ArgumentParser()
parser.add_argument("--format")
parser.add_argument("--output")
args, _ = parser.parse_known_args()
os.makedirs(os.path.dirname(args.output), exist_ok=True)
data = open(os.path.join(os.environ["TMP_DIR"], "processed.txt")).read()
day = os.environ.get("date", "none")
open(args.output, "w").write(f"{args.format}: {data}; {day} {os.environ.get('source', 'none')}")
"""
SIMPLE = {
    "name": "simple_flow", "description": "Three small tasks, one after the other",
    "tasks": [
        {"id": "fetch_data", "script": "fetch_data.py", "description": "Gets the data"},
        {"id": "process_data", "script": "process_data.py", "description": "Makes something of it",
         "depends_on": ["fetch_data"],
         "args": {"input-file": "data/raw_data.csv", "output-file": "data/processed_data.csv"}},
        {"id": "generate_report", "script": "generate_report.py", "description": "Tells what came of it",
         "depends_on": ["process_data"], "args": ["--format", "json", "--output", "reports/final_report.json"]}]}
REFERENCE = {
    "name": "flow_name", "description": "Flow description", "version": "1.0",
    "tasks": [
        {"id": "other_task_id", "script": "fetch_data.py"},
        {"id": "task_id", "script": "script_filename.py", "description": "Task description",
         "depends_on": ["other_task_id"], "args": ["--arg1", "value1"], "env": {"ENV_VAR1": "value1"}}]}
NAMES = ("another_flow", "business_hours_flow", "data_sync_flow", "monitoring_flow", "monthly_report_flow",
         "nightly_report_flow", "sample_flow", "weekly_summary_flow")


@pytest.fixture
def project(yard: Program) -> Program:
    """As the README has it, beside its other flows."""
    for folder in ("flows", "tasks"):
        (yard.at / folder).mkdir(exist_ok=True)
    for name, text in {"fetch_data.py": FETCH, "process_data.py": PROCESS, "generate_report.py": REPORT,
                       "script_filename.py": "import os, sys\nprint(sys.argv[1:], os.environ['ENV_VAR1'])\n"}.items():
        (yard.at / "tasks" / name).write_text(text)
    flows = {"simple_flow": SIMPLE, "flow_name": REFERENCE,
             **{name: {"name": name, "tasks": [{"id": "fetch", "script": "fetch_data.py"}]} for name in NAMES}}
    for name, written in flows.items():
        (yard.at / "flows" / f"{name}.json").write_text(json.dumps(written, indent=2))
    return yard


def report(program: Program) -> str:
    return (program.at / "reports" / "final_report.json").read_text()


def test_quick_start(project: Program) -> None:
    before = {path: path.read_bytes() for path in (project.at / "flows").iterdir()}
    said = project("list").out
    assert sorted(line.split()[0] for line in said.splitlines()) == sorted(["simple_flow", "flow_name", *NAMES])
    assert "simple_flow          Three small tasks, one after the other" in said

    said = project("run", "simple_flow").out
    assert "fetch_data | fetched" in said and "simple_flow: done, 3 tasks done" in said
    assert report(project) == "json: data/raw_data.csv data/processed_data.csv one,two; none none"
    project("run", "simple_flow", "--params", '{"date": "2023-01-01", "source": "example"}')
    assert report(project).endswith("; 2023-01-01 example")
    (project.at / "told.json").write_text('{"date": "2024-02-29"}')
    project("run", "simple_flow", "-p", "told.json")
    assert report(project).endswith("; 2024-02-29 none")
    assert "task_id | ['--arg1', 'value1'] value1" in project("run", "flow_name").out
    assert not (project.at / "tmp").exists(), "what they share is in a folder of their run"
    assert before == {path: path.read_bytes() for path in (project.at / "flows").iterdir()}


def test_a_dry_run_writes_a_script_that_needs_no_haulier(project: Program) -> None:
    said = project("run", "simple_flow", "--dry-run").out
    script, = (project.at / "haulier_output").glob("simple_flow_*.sh")
    assert f"script: {script}\n" in said and not (project.at / "reports").exists()
    assert [line.split()[1] for line in said.splitlines()[:3]] == ["fetch_data", "process_data", "generate_report"]
    bare = project.home / "bin"
    bare.mkdir()
    (bare / "python3").symlink_to(os.path.realpath(sys.executable))
    ended = subprocess.run(["bash", script], env={"PATH": f"{bare}:/usr/bin:/bin", "HOME": str(project.home)},
                           cwd=project.at, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    assert report(project) == "json: data/raw_data.csv data/processed_data.csv one,two; none none"
    assert project("history").out == "nothing has run yet\n"

    said = project("run", "simple_flow", "--dry-run", "-p", '{"date": "2023-01-01", "source": "it\'s $(x)"}').out
    command = said.splitlines()[-1].removeprefix("script: ")
    subprocess.run(["bash", "-c", command], env={"PATH": f"{bare}:/usr/bin:/bin", "HOME": str(project.home)},
                   cwd=project.at, check=True, timeout=60)
    assert report(project).endswith("; 2023-01-01 it's $(x)"), "the line that was shown has the parameters in it"


def test_global_options(project: Program) -> None:
    """Short and long, from anywhere else: nothing is made here, but what the tasks themselves make."""
    at, away = project.at, project.home / "away"
    away.mkdir()
    short = ("-f", f"{at}/flows", "-t", f"{at}/tasks", "-o", f"{at}/short", "-l", "DEBUG")
    there = ("--flows-dir", f"{at}/flows", "--tasks-dir", f"{at}/tasks", "--output-dir", f"{at}/out",
             "--log-level", "DEBUG", "--log-dir", f"{at}/log", "--config-dir", f"{at}/config")
    assert "simple_flow" in project(*short, "list", at=away).out
    for words, name in ((short, "short"), (there, "out")):
        project(*words, "run", "simple_flow", at=away)
        assert (at / name / "runs" / "1" / "fetch_data.1.log").read_text() == "fetched\n"
    project(*there, "run", "simple_flow", "--dry-run", at=away)
    assert len([*(at / "out").glob("simple_flow_*.sh")]) == 1
    project(*there, "schedule", "add", "simple_flow", "--interval", "hourly", at=away)
    assert "simple_flow" in (at / "config" / "schedules.json").read_text()
    project(*there, "scheduler", "start", at=away)
    assert project(*there, "scheduler", "status", at=away).code == 0
    project(*there, "scheduler", "stop", at=away)
    assert (at / "log" / "scheduler.log").stat().st_size
    assert [path.name for path in away.iterdir()] == ["reports"] and not (at / "haulier_output").exists()


ADDED = [
    ("data_sync_flow", ["--interval", "hourly"], "0 * * * *"),
    ("nightly_report_flow", ["--interval", "daily", "--at", "03:00"], "0 3 * * *"),
    ("weekly_summary_flow", ["--interval", "weekly", "--at", "09:00"], "0 9 * * sun"),
    ("monthly_report_flow", ["--interval", "monthly"], "0 0 1 * *"),
    ("monitoring_flow", ["--cron", "*/15 * * * *"], "*/15 * * * *"),
    ("business_hours_flow", ["--cron", "0 9-17 * * 1-5", "--description",
                             "Every hour during business hours, weekdays only"], "0 9-17 * * 1-5"),
    ("another_flow", ["--cron", "*/5 * * * *", "--disabled"], "*/5 * * * *")]


def test_schedules(project: Program) -> None:
    added = project.each(*(("schedule", "add", name, *options) for name, options, _ in ADDED))
    assert all(f"{name}: added" in told.out for (name, _, _), told in zip(ADDED, added, strict=True))
    entries = json.loads((project.at / ".haulier" / "schedules.json").read_text())["schedules"]
    assert [(one["flow_name"], one["cron_expression"]) for one in entries] == [
        (name, cron) for name, _, cron in ADDED]
    listed = project("schedule", "list", "--json").of("schedule")
    assert {one["flow"] for one in listed} == {name for name, _, _ in ADDED}
    following = [one["next"] for one in listed]
    assert following[-1] is None and following[:-1] == sorted(following[:-1]), "the next one first, the others last"
    assert listed[-1]["flow"] == "another_flow" and not listed[-1]["enabled"]
    described = {one["flow"]: one["description"] for one in listed}
    assert described["business_hours_flow"] == "Every hour during business hours, weekdays only"
    now = datetime.now(UTC)
    soon = next(one for one in listed if one["flow"] == "monitoring_flow")["next"]
    assert now - timedelta(minutes=1) <= datetime.strptime(soon, "%Y-%m-%d %H:%MZ").replace(
        tzinfo=UTC) <= now + timedelta(minutes=16)
    assert "Every hour during business hours, weekdays only" in project("schedule", "list").out

    project("schedule", "remove", "monitoring_flow")
    assert "monitoring_flow" not in project("schedule", "list").out
    assert 'no schedule of "monitoring_flow"' in project("schedule", "remove", "monitoring_flow", code=2).err
    project("schedule", "enable", "another_flow")
    assert json.loads((project.at / ".haulier" / "schedules.json").read_text())["schedules"][-1]["enabled"] is True


def test_a_scheduler_in_the_background(project: Program) -> None:
    started = project("scheduler", "start", "--check-interval", "60", "--json").of("scheduler")[0]["pid"]
    assert started in alive(f"HOME={project.home}"), "the command has ended, and it has not"
    assert f"process {started}," in project("scheduler", "status").out
    assert "is running here already" in project("scheduler", "start", code=1).err
    assert f"stopped (process {started})" in project("scheduler", "stop").out
    assert not alive(f"HOME={project.home}")
    assert "not running" in project("scheduler", "status", code=1).out
    assert "no scheduler is running here" in project("scheduler", "stop").out


def test_a_scheduler_in_the_foreground(project: Program) -> None:
    """`--foreground` is tried by others."""
    process = project.start("scheduler", "start", "-f", "--check-interval", "0.2")
    assert process.stdout and f"(process {process.pid})" in process.stdout.readline()
    assert project("scheduler", "status", "--json").of("scheduler")[0]["pid"] == process.pid
    project("schedule", "add", "sample_flow", "--cron", "* * * * * *")
    until(lambda: [*(project.at / "haulier_output" / "runs").glob("*/fetch.1.log")], LATE)
    project("scheduler", "stop")
    assert process.wait(20) == 0


def test_a_board(project: Program) -> None:
    assert on_screen(project, ("scheduler", "status", "--interactive"), "another_flow", "q") == 0


API = """\
from haulier import Haulier

haulier = Haulier(
    flows_dir="./flows",
    tasks_dir="./tasks",
    output_dir="./haulier_output"
)
flows = haulier.list_flows()
print(f"Available flows: {flows}")
result = haulier.execute_flow(
    "sample_flow",
    params={"date": "2023-01-01"},
    dry_run=False
)
assert result.state == "done" and result.tasks == {"fetch": "done"}, result
script_path = haulier.execute_flow("sample_flow", params={"date": "2023-01-01"}, dry_run=True)
with open(script_path) as script:
    print(script.readline(), end="")
"""
SCHEDULER = """\
from haulier import scheduler

scheduler_instance = scheduler.get_scheduler(
    flows_dir="./flows",
    tasks_dir="./tasks",
    output_dir="./output",
    check_interval=60
)
scheduler_instance.start()
assert scheduler_instance.is_running()
schedule_manager = scheduler_instance.schedule_manager
schedule_manager.add_schedule(
    "sample_flow",
    "0 * * * *",
    enabled=True,
    description="Hourly processing"
)
scheduler_instance.stop()
print(schedule_manager.get_all_schedules()[0].description, scheduler_instance.is_running())
print(schedule_manager.remove_schedule("sample_flow"), schedule_manager.get_schedule("sample_flow"))
"""


def python(program: Program, text: str) -> str:
    ended = subprocess.run([sys.executable, "-W", "error", "-c", text], cwd=program.at, env=program.env,
                           capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0 and not ended.stderr, ended.stderr
    return ended.stdout


def test_from_python(project: Program) -> None:
    listed, first = python(project, API).splitlines()
    assert listed == f"Available flows: {sorted(['simple_flow', 'flow_name', *NAMES])}"
    assert first.startswith("#!") and "bash" in first
    assert python(project, SCHEDULER).splitlines() == ["Hourly processing False", "True None"]
    assert not alive(f"HOME={project.home}")
