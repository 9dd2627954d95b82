"""Flows in files: the seed's as they are, more keys, and every mistake at once with its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from haulier.model.errors import NotFound
from haulier.model.graph import ONCE, Keep, Kind, Param, Phase
from haulier.model.schedule import Overlap, Schedule
from haulier.settings.flows.folder import read
from haulier.settings.flows.reading import LoadedFlows, Source, load
from haulier.settings.problems import Problems
from haulier.settings.secrets import Secrets
from haulier.settings.yamlfile import Document

pytestmark = pytest.mark.usefixtures("task_types")

SEED = {
    "name": "simple_flow", "description": "A sample flow", "version": "1.0",
    "tasks": [
        {"id": "fetch_data", "script": "fetch_data.py", "description": "Fetch data from source"},
        {"id": "process_data", "script": "process_data.py", "depends_on": ["fetch_data"],
         "args": {"input-file": "data/raw_data.csv", "output-file": "data/processed_data.csv"}},
        {"id": "generate_report", "script": "generate_report.py", "depends_on": ["process_data"],
         "args": ["--format", "json", "--output", "reports/final_report.json"], "env": {"ENV_VAR1": "value1"}}]}

Read = Callable[..., LoadedFlows]


@pytest.fixture
def flows(tmp_path: Path) -> Read:
    """Reads files given by name, with `.yaml` for those that have no ending; `jobs` is by keyword."""
    for folder in ("flows", "tasks"):
        (tmp_path / folder).mkdir()
    for name in ("fetch_data.py", "process_data.py", "generate_report.py"):
        (tmp_path / "tasks" / name).write_text("")

    def made(files: dict[str, str], jobs: tuple[str, ...] = ()) -> LoadedFlows:
        for name, text in files.items():
            (tmp_path / "flows" / (name if "." in name else f"{name}.yaml")).write_text(text)
        return read(tmp_path / "flows", tmp_path / "tasks", Secrets(tmp_path, {"TOKEN": "s3cret"}, {}), jobs, "flows")
    return made


def said(found: LoadedFlows) -> list[str]:
    return [str(problem) for problem in found.problems]


def test_the_seeds_file_is_a_flow_as_it_is(flows: Read) -> None:
    found = flows({"simple_flow.json": json.dumps(SEED)})
    assert found.problems == () and found.names() == ("simple_flow",)
    graph = found.flow("simple_flow").graph
    assert [(node.id, node.needs, node.retry, node.phase) for node in graph.nodes] == [
        ("fetch_data", (), ONCE, Phase.MAIN), ("process_data", ("fetch_data",), ONCE, Phase.MAIN),
        ("generate_report", ("process_data",), ONCE, Phase.MAIN)]
    assert graph.node("generate_report").settings == {
        "script": "generate_report.py", "args": ["--format", "json", "--output", "reports/final_report.json"],
        "env": {"ENV_VAR1": "value1"}}
    assert graph.takes_any and graph.title == "simple_flow" and graph.version == "1.0"
    assert found.flow("simple_flow").given({"date": "2023-01-01"}) == {"date": "2023-01-01"}


def test_every_key_of_a_flow(flows: Read) -> None:
    found = flows({"nightly": """
name: Nightly
version: 2
tags: [a, b]
timezone: Europe/Stockholm
schedule: {cron: "0 0 * * 7", overlap: parallel}
enabled: false
concurrency: 4
overlap: skip
timeout: 2h
retry: 3
keep_tmp: true
x-any: &args ["--n", "${n}"]
params:
  n: 3
  day: {type: date, default: 2026-11-30, description: The day}
  region: {choices: [eu, us], default: eu}
  parts: {type: list, choices: [1, 2], default: [1]}
  ratio: {type: number, default: 1}
  note:
tasks:
  - id: a
    script: fetch_data.py
    args: *args
    retry: {tries: 5, base: 1s}
    timeout: 90s
  - id: b.2
    depends_on: a
    when: tasks.a.state == "failed" or params.n > 2
    type: wait
    for: 1m
    allow_failure: true
  - id: each
    script: process_data.py
    depends_on: [a, b.2]
    foreach: ${tasks.a.outputs.files}
    args: ["${item.path}", "${index}", "${tasks.b.2.state}", "${run.date}", "${HOME}", "$${params.zz}"]
  - {id: files, script: process_data.py, foreach: {connection: office, path: in, include: "*.csv"}}
on_failure:
  - {id: tell, script: generate_report.py, args: ["${tasks.each.state}"]}
  - {id: clean, script: generate_report.py, depends_on: tell}
on_success:
  - {id: good, script: generate_report.py}
"""})
    assert said(found) == []
    flow = found.flow("nightly")
    graph = flow.graph
    assert (graph.title, graph.version, graph.tags, graph.concurrency, graph.timeout) == (
        "Nightly", "2", ("a", "b"), 4, 7200)
    assert (graph.overlap, graph.keep, graph.takes_any) == (Overlap.SKIP, Keep.ALWAYS, False)
    assert flow.schedule("UTC") == Schedule("0 0 * * 7", timezone="Europe/Stockholm", overlap=Overlap.PARALLEL,
                                            enabled=False)
    assert graph.params == (
        Param("n", Kind.INTEGER, 3), Param("day", Kind.DATE, "2026-11-30", description="The day"),
        Param("region", Kind.TEXT, "eu", choices=("eu", "us")), Param("parts", Kind.LIST, [1], choices=(1, 2)),
        Param("ratio", Kind.NUMBER, 1), Param("note"))
    assert graph.node("a").settings["args"] == ["--n", "${n}"]
    assert (graph.node("a").retry.tries, graph.node("a").timeout, graph.node("each").retry.tries) == (5, 90, 3)
    assert graph.node("b.2").allow_failure and graph.node("b.2").settings == {"for": "1m"}
    assert [node.phase for node in graph.nodes[-3:]] == [Phase.ON_SUCCESS, Phase.ON_FAILURE, Phase.ON_FAILURE]


MISTAKES = """name: [x]
schedul: 0 2 * * *
schedule: daily at 25:00
concurrency: 0
params:
  day: {type: date, default: tomorrow}
  n: {type: integr}
  1x: 3
  r: {choices: [a, b], default: c}
tasks:
  - id: a
    script: fetch_dta.py
    depends_on: [c]
    args: ["${params.dya}"]
  - id: b
    depend_on: a
    script: ../x.py
    when: tasks.c.state = "done"
  - id: c
    type: scrpt
    depends_on: [a, bb]
  - id: a
    script: fetch_data.py
  - id: d
    script: fetch_data.py
    args: ["${tasks.b.state}", "${item.x}", "${run.dat}", "${tasks.b}", "${tasks.q.state}"]
    foreach: many
    retry: 0
    timeout: soon
    env: {T: "${NOT_SET}", U: "file:${day}", V: "${TOKEN} ${day}"}
  - 5
  - id: w x
    type: wait
    for: ${n}
    count: ${params.n}
  - {id: f, type: flow, flow: b, params: {x: "${tasks.d.staate}"}, depends_on: d}
  - {id: t, type: transfer, job: x, when: item.a == 1, depends_on: h}
on_failure:
  - {id: h, script: fetch_data.py, depends_on: d}
on_success: 3
"""


def test_all_mistakes_are_told_at_once_each_with_its_place(flows: Read) -> None:
    found = [problem.removeprefix("flows/bad.yaml:") for problem in said(flows({"bad": MISTAKES}))]
    assert found == [
        "1: name: must be text",
        '2: schedul: unknown key; did you mean "schedule"?',
        '3: schedule: must be a time from "00:00" to "23:59"',
        "4: concurrency: must be at least 1",
        "6: params.day: must be a date such as 2026-11-30",
        '7: params.n.type: must be one of text, integer, number, boolean, date, list, mapping; did you mean "integer"?',
        "8: params.1x: not usable as the name of a parameter: letters, digits, _ and -, and no digit first",
        "9: params.r: must be one of a, b",
        '12: tasks[0].script: fetch_dta.py is not there; did you mean "fetch_data.py"?',
        "13: tasks[0].depends_on: these tasks wait for each other: a → c → a",
        '14: tasks[0].args[0]: ${params.dya}: no parameter is called "dya"; did you mean "day"?',
        '16: tasks[1].depend_on: unknown key; did you mean "depends_on"?',
        "18: tasks[1].when: column 15: this is no condition; compare with ==",
        '20: tasks[2].type: no such type of task; did you mean "script"?',
        '21: tasks[2].depends_on[1]: no task is called "bb"; did you mean "b"?',
        '22: tasks[3].id: "a" is already the task at flows/bad.yaml:11; every task needs its own id',
        '26: tasks[4].args[0]: ${tasks.b.state}: "b" may not be over yet; add "b" to depends_on',
        "26: tasks[4].args[2]: ${run.dat}: \"dat\" is not known of a run; did you mean \"date\"?",
        '26: tasks[4].args[3]: ${tasks.b}: "b" may not be over yet; add "b" to depends_on',
        '26: tasks[4].args[4]: ${tasks.q.state}: no task is called "q"; known: a, b, c, d, f, h, t, w x',
        "27: tasks[4].foreach: must be a list, one ${…} that gives a list, or a mapping that names files",
        "28: tasks[4].retry: must be at least 1",
        "29: tasks[4].timeout: not a duration: write it like 90s, 1h30m or 7d",
        "30: tasks[4].env.T: ${NOT_SET} is not set; put NOT_SET=… into .env or the environment",
        "30: tasks[4].env.U: where a secret is cannot be put together from ${…}; write it out",
        "31: tasks[5]: must be a mapping of keys to values",
        "32: tasks[6].id: not usable as an id: it has letters, digits, _, . and -, and at most 100 of them",
        "34: tasks[6].for: not a duration: write it like 90s, 1h30m or 7d",
        "35: tasks[6].count: must be a whole number",
        '36: tasks[7].params.x: ${tasks.d.staate}: a task has no "staate"; did you mean "state"?',
        '36: tasks[7].flow: no flow is called "b"; known: bad',
        '37: tasks[8].depends_on[0]: "h" is in on_failure, and begins when this is over; it cannot be needed here',
        "37: tasks[8].when: item.a: a condition is looked at once, before there is an item",
        '37: tasks[8].job: no job is called "x"; there are none',
        '39: on_failure[0].depends_on[0]: "d" is over before this begins; take it out: all of tasks can be named here',
        "40: on_success: must be a list of tasks"]


@pytest.mark.parametrize(("text", "problem"), [
    ('{\n "tasks": [\n  {"id": "a", "script": "x.py"},\n ]\n}', "3:32: a comma too many: nothing follows it"),
    ('{"tasks": [],}', "1:13: a comma too many: nothing follows it"),
    ('{"tasks": [}', "1:12: this is not valid JSON: Expecting value"),
    ('{"tasks": [], "tasks": []}', ": tasks: this key was given before"),
    ("[1]", "1: must be a mapping of keys to values"),
    ('{"tasks": {}}', "1: tasks: must be a list of tasks"), ('{"name": "x"}', "1: tasks: required, but not there"),
    ('{"tasks": []}', "1: tasks: there are none; a flow needs at least one task"),
    ('{"tasks": [{"script": "fetch_data.py"}]}', "1: tasks[0].id: required, but not there"),
    ('{"tasks": [{"id": "a"}]}', "1: tasks[0].script: required, but not there"),
    ('{"tasks": [{"id": "a", "script": 5}]}', "1: tasks[0].script: must be text; put it in quotes"),
    ('{"tasks": [{"id": "a", "script": "fetch_data.py", "depends_on": ["a"]}]}',
     "1: tasks[0].depends_on: these tasks wait for each other: a → a"),
    ('{"tasks": [{"id": "a", "script": "fetch_data.py", "args": ["${item}"]}]}',
     "1: tasks[0].args[0]: ${item}: there is no item here; it goes with foreach"),
    ('{"tasks": [{"id": "..", "script": "fetch_data.py"}]}',
     "1: tasks[0].id: not usable as an id: it has letters, digits, _, . and -, and at most 100 of them"),
    ("\udcff".encode("utf-8", "surrogateescape").decode("latin-1"), "1:1: this is not valid JSON: Expecting value"),
    ("[" * 100_000, ": this is not usable: too many brackets in each other"),
])
def test_bad_json(flows: Read, text: str, problem: str) -> None:
    found = flows({"f.json": text})
    assert said(found) == [f"flows/f.json{'' if problem[0] == ':' else ':'}{problem}"]
    with pytest.raises(Problems):
        found.flow("f")


def test_flows_that_run_each_other(flows: Read) -> None:
    task = "{{id: x, type: flow, flow: {}}}"
    found = flows({name: f"tasks: [{task.format(other)}]" for name, other in {"a": "b", "b": "a", "c": "a"}.items()})
    assert said(found) == ["flows/a.yaml:1: tasks[0].flow: these flows run each other: a → b → a"]
    assert {flow.name for flow in found.flows} == {"b", "c"}


def test_names_are_unique_among_flows_and_jobs(flows: Read) -> None:
    task = "tasks: [{id: t, type: transfer, job: copy}]"
    found = flows({"a.json": '{"tasks": [{"id": "w", "type": "wait", "for": 1}]}', "a.yaml": task, "copy": task,
                   "fine": task, ".hidden.yaml": "x", "notes.txt": "x"}, ("copy",))
    assert said(found) == ["flows/a.json:1: flows/a.yaml is a flow of this name too; rename one of the files",
                           'flows/copy.yaml:1: a job is called "copy" too; jobs and flows need different names: '
                           "rename the file"]
    assert [flow.name for flow in found.flows] == ["fine"] and found.names() == ("a", "copy", "fine")
    with pytest.raises(NotFound, match='no flow is called "fin"; did you mean "fine"'):
        found.flow("fin")


def test_a_flow_that_starts_by_itself_needs_all_it_requires(flows: Read) -> None:
    found = flows({"a": "schedule: hourly\nparams: {n: {required: true, type: integer}}\n"
                        "tasks: [{id: w, type: wait, for: 1}]\n"})
    assert said(found) == ['flows/a.yaml:1: schedule: parameter "n" is required; a flow that starts by itself needs a '
                           "default for it"]


def test_what_may_be_a_parameter_is_no_missing_secret(flows: Read) -> None:
    task = "tasks: [{id: a, script: fetch_data.py, env: {D: '${day}', T: 'x ${TOKEN} ${params.n}'}}]\n"
    assert said(flows({"any": task})) == []
    assert said(flows({"any": "params: {day: , n: }\n" + task})) == []
    assert said(flows({"any": "params: {n: }\n" + task})) == [
        "flows/any.yaml:2: tasks[0].env.D: ${day} is not set; put day=… into .env or the environment"]


def test_no_secret_is_repeated(flows: Read) -> None:
    found = flows({"a": "tasks: [{id: a, script: fetch_data.py, env: {T: [s3cret-value]}}]"})
    assert found.problems and "s3cret" not in str(found.problems)


def test_scripts_that_were_looked_at_are_known(flows: Read, tmp_path: Path) -> None:
    scripts = "{id: a, script: gone.py}, {id: b, script: fetch_data.py}, {id: c, script: '${x}.py'}"
    found = flows({"a": f"tasks: [{scripts}]"})
    assert found.scripts == {tmp_path / "tasks/gone.py", tmp_path / "tasks/fetch_data.py"}


JUNK: list[Any] = [None, True, 0, -1.5, 10**30, "", "x", "${", "${a}", "${tasks}", "${params.q}", "\0", "../x", [], {},
                   [None], {"": 1}, {"id": "a"}, "a" * 3000, "25:00", "tasks.a.state ==", "${item.x[0]}", "file:${a}",
                   "keyring:x"]
WHOLE = {
    "name": "x", "schedule": {"cron": "0 0 * * *"}, "retry": 3, "params": {"a": 1, "b": {"type": "date"}},
    "tasks": [{"id": "a", "script": "fetch_data.py", "depends_on": "w", "when": "params.a", "foreach": "${a}",
               "args": ["${item}"], "env": {"A": "${b}"}, "retry": {"tries": 2}},
              {"id": "w", "type": "wait", "for": "1m", "foreach": {"connection": "o", "include": "*"}},
              {"id": "f", "type": "flow", "flow": "x", "params": {"n": "${tasks.a.outputs.x}"}, "depends_on": ["a"]}],
    "on_failure": [{"id": "h", "script": "fetch_data.py"}]}


def places(node: Any) -> list[tuple[Any, Any]]:
    """Everything in it, as what it is in and where."""
    pairs = list(node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ())
    return [(node, key) for key, _ in pairs] + [place for _, inside in pairs for place in places(inside)]


@settings(max_examples=200, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.integers(0, 2**32), st.integers(1, 4))
def test_whatever_is_written_it_is_a_flow_or_a_mistake(flows: Read, seed: int, count: int) -> None:
    chance, data = Random(seed), deepcopy(WHOLE)
    for _ in range(count):
        inside, key = chance.choice(places(data) or [(data, "x")])
        inside[key] = deepcopy(chance.choice(JUNK))
    source = Source("flows/x.yaml", Document("flows/x.yaml", data, data))
    found = load([source], Path("/nowhere"), Secrets(Path("/nowhere"), {}, {}))
    assert bool(found.flows) is not bool(found.broken)


def test_a_folder_that_is_not_there_has_no_flows(tmp_path: Path) -> None:
    assert read(tmp_path / "none", tmp_path, Secrets(tmp_path)) == LoadedFlows()
