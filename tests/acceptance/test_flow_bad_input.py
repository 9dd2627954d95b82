"""Mistakes in flows, in what they are told and in their schedules: said in one line each, and nothing begins."""
from __future__ import annotations

import json
import os

import pytest

from acceptance.conftest import Program, until
from acceptance.flows import LATE, flow, notes, one, said, script, states, summary
from haulier.settings import scaffold


def written(program: Program, text: str, name: str = "f.json") -> None:
    (program.at / "flows").mkdir(exist_ok=True)
    (program.at / "flows" / name).write_text(text)


BROKEN = {
    "a comma too many": ('{\n  "name": "f",\n  "tasks": [\n    {"id": "a", "script": "note.sh"},\n  ]\n}\n',
                         [":4:37: a comma too many"]),
    "no tasks": ('{"name": "f"}', ["tasks"]),
    "tasks are no list": ('{"tasks": {"id": "a", "script": "note.sh"}}', [".json:1:", "tasks", "list"]),
    "a task is no mapping": ('{"tasks": ["note.sh"]}', [".json:1:", "mapping"]),
    "no id": ('{"tasks": [\n{"script": "note.sh"}]}', [".json:2:", "id"]),
    "no script": ('{"tasks": [\n{"id": "a"}]}', [".json:2:", "script"]),
    "an id twice": ('{"tasks": [\n{"id": "a", "script": "note.sh"},\n{"id": "a", "script": "note.sh"}]}',
                    [".json:3:", '"a"']),
    "an unknown need": ('{"tasks": [\n{"id": "fetch", "script": "note.sh"},\n'
                        '{"id": "b", "script": "note.sh", "depends_on": ["fetsh"]}]}', [".json:3:", '"fetch"']),
    "a circle": ('{"tasks": [\n{"id": "a", "script": "note.sh", "depends_on": ["c"]},\n'
                 '{"id": "b", "script": "note.sh", "depends_on": ["a"]},\n'
                 '{"id": "c", "script": "note.sh", "depends_on": ["b"]}]}', ["a → "]),
    "an unknown type": ('{"tasks": [{"id": "a", "type": "scrpt", "script": "note.sh"}]}', ['"script"']),
    "an unknown key": ('{"tasks": [{"id": "a", "script": "note.sh", "dependson": []}]}', ["depends_on"]),
    "wrong types": ('{"tasks": [{"id": "a", "script": 3, "args": "x", "env": ["A"], "timeout": "soon"}]}',
                    ["script", "args", "env", "timeout"]),
    "a missing script": ('{"tasks": [{"id": "a", "script": "nowhere.py"}]}', ["nowhere.py"]),
    "a script outside": ('{"tasks": [{"id": "a", "script": "../outside.sh"}]}', ["../outside.sh", "outside"]),
    "not executable": ('{"tasks": [{"id": "a", "script": "plain.rb"}]}', ["plain.rb", "chmod +x"]),
    "a missing interpreter": ('{"tasks": [{"id": "a", "script": "odd.sh"}]}', ["odd.sh", "/no/such/interpreter"]),
    "no JSON at all": ("tasks: [", [".json:1:"]),
    "nothing": ("", [".json"]),
    "bytes": ("\x00\x01\x02", [".json"]),
}


def scripts(program: Program) -> None:
    (program.at / "outside.sh").write_text("#!/bin/sh\n")
    script(program, "plain.rb", "puts 1\n")
    script(program, "odd.sh", "#!/no/such/interpreter\n")


def test_flows_with_mistakes(yard: Program) -> None:
    """File and line, what is wrong and what would be right, a line for each; they stop no other flow."""
    scripts(yard)
    for what, (text, _) in BROKEN.items():
        written(yard, text, f"{what.replace(' ', '-')}.json")
    flow(yard, "good", one("a"))
    listed = yard("list", code=2)
    assert listed.out.count("has mistakes, so it cannot run") == len(BROKEN)
    for what, (_, expected) in BROKEN.items():
        file = f"{what.replace(' ', '-')}.json"
        lines = [line for line in listed.err.splitlines() if line.startswith(f"flows/{file}:")]
        assert len(lines) == (4 if what == "wrong types" else 1), (what, lines)
        assert all(word in "\n".join(lines) for word in expected), (what, lines)
    assert len(listed.err.splitlines()) == len(BROKEN) + 3
    assert "a comma too many" in yard("run", "a-comma-too-many", code=2).err
    assert notes(yard) == [] and not (yard.at / "haulier_output").exists()
    yard("run", "good")
    assert notes(yard) == ["a begun", "a done"]


def test_a_script_outside_if_it_may_be(yard: Program) -> None:
    scripts(yard)
    (yard.at / "outside.sh").chmod(0o755)
    flow(yard, "f", one("a", script="../outside.sh", outside=True))
    yard("run", "f")
    os.symlink("../outside.sh", yard.at / "tasks" / "link.sh")
    flow(yard, "g", one("a", script="link.sh"))
    assert "outside" in yard("run", "g", code=2).err, "nor by a link"


PARAMS = [('{"n": 1', "this is not valid JSON"), ("nowhere.json", "nowhere.json"), ("[1]", "[1]"), ("{}", "day"),
          ('{"day": "2026-02-30"}', "day"), ('{"day": "2026-02-01", "n": "x"}', "n"),
          ('{"day": "2026-02-01", "m": 1}', "m")]


def test_params_that_are_missing_or_wrong(yard: Program) -> None:
    flow(yard, "f", one("a"), params={"day": {"type": "date", "required": True}, "n": 3})
    each = zip(PARAMS, yard.each(*(("run", "f", "--params", text) for text, _ in PARAMS), code=2), strict=True)
    assert all(word in told.err for (_, word), told in each)
    two, odd, later = yard.each(("run", "f", "--params", '{"n": "x"}'), ("run", "f", "--param", "x"),
                                ("schedule", "add", "f", "--interval", "daily"), code=2)
    assert two.err.splitlines() == ['haulier: parameter "day" is required',
                                    'haulier: parameter "n": must be a whole number']
    assert "--param x: write name=value" in odd.err and "day" in later.err, "its runs would fail"
    yard("schedule", "add", "f", "--interval", "daily", "--params", '{"day": "2026-02-01"}')
    assert notes(yard) == []
    wrong = (("2026-11-02", "2026-11-01"), ("0001-01-01", "2026-11-01"), ("2026-11-01", "9999-12-31"),
             ("2026-11-01T25:00", "2026-11-02"), ("0001-01-01T00:00+14:00", "2026-11-02"), ("", "x"))
    turned, *others = yard.each(*(("backfill", "f", "--from", first, "--to", last) for first, last in wrong), code=2)
    assert "is after --to" in turned.err and all("write a date or a time" in told.err for told in others)
    one_moment = ("backfill", "f", "--from", "2026-11-01T00:00", "--to", "2026-11-01T00:00")
    assert len(yard(*one_moment, "--dry-run", "--json").of("slot")) == 1
    yard("backfill", "f", "--from", "2026-11-01", "--to", "2026-11-01")
    assert notes(yard) == ["a begun", "a done"], "told what its schedule tells"


WRONG = [(["g", "--interval", "daily"], "no flow"), (["f", "--interval", "daily", "--at", "25:00"], "23:59"),
         (["f"], "say when"), (["f", "--cron", "0 0 * * 8"], "cron"),
         (["f", "--interval", "daily", "--overlap", "often"], "overlap")]
RIGHT = [(["--cron", "0 0 * * 7"], "Sunday"), (["--cron", "@yearly"], "next 20"),
         (["--cron", "1-5,10,*/20 * * * mon,3"], "next 20")]


def test_schedules_that_make_no_sense_and_some_that_do(yard: Program) -> None:
    flow(yard, "f", one("a"))
    refused = yard.each(*(("schedule", "add", *words) for words, _ in WRONG), code=2)
    for (_, word), told in zip(WRONG, refused, strict=True):
        assert word in told.err and told.err.count("\n") == 1, told.err
    assert not (yard.at / ".haulier").exists()
    added = yard.each(*(("schedule", "add", "f", *words) for words, _ in RIGHT))
    assert all(word in told.out for (_, word), told in zip(RIGHT, added, strict=True))


@pytest.mark.parametrize("overlap", ["queue", "skip", "parallel"])
def test_two_runs_at_once_by_hand(yard: Program, overlap: str) -> None:
    script(yard, "meet.sh", '#!/bin/sh\necho "$n begun" >> "$NOTES"\nwhile [ ! -e "$HOME/go" ]; do sleep 0.05; done\n'
                            'echo "$n done" >> "$NOTES"\n')
    flow(yard, "f", one("a", script="meet.sh"), overlap=overlap)
    first = yard.start("run", "f", "--json", "--param", "n=1")
    said(first, lambda line: line.get("state") == "running")
    until(lambda: notes(yard) == ["1 begun"], LATE)
    if overlap == "skip":
        assert "run 1 " in yard("run", "f", "--param", "n=2", code=2).err
    else:
        second = yard.start("run", "f", "--param", "n=2")
        if overlap == "queue":
            assert second.stderr and "waits: f: run 1 is under way" in second.stderr.readline()
        else:
            until(lambda: notes(yard) == ["1 begun", "2 begun"], LATE)
    (yard.home / "go").touch()
    for process in yard.started:
        process.communicate(timeout=LATE)
        assert process.returncode == 0
    expected = {"queue": ["1 begun", "1 done", "2 begun", "2 done"], "skip": ["1 begun", "1 done"]}
    if overlap == "parallel":
        assert sorted(notes(yard)[2:]) == ["1 done", "2 done"]
    else:
        assert notes(yard) == expected[overlap]


def test_slots_that_come_while_the_last_run_goes_on(yard: Program) -> None:
    """In a scheduler: left out, one after the other, or beside each other."""
    script(yard, "meet.sh", '#!/bin/sh\necho "$HAULIER_FLOW begun" >> "$NOTES"\n'
                            'while [ ! -e "$HOME/go" ]; do sleep 0.05; done\necho "$HAULIER_FLOW done" >> "$NOTES"\n')
    policies = ("queue", "skip", "parallel")
    entries = [{"flow_name": name, "cron_expression": "* * * * * *", "overlap": name} for name in policies]
    for name in policies:
        flow(yard, name, one("a", script="meet.sh"))
    (yard.at / ".haulier").mkdir()
    (yard.at / ".haulier" / "schedules.json").write_text(json.dumps({"schedules": entries}))

    def of(name: str) -> list[str]:
        return [line.split()[1] for line in notes(yard) if line.startswith(f"{name} ")]

    yard("scheduler", "start", "--check-interval", "0.2")
    until(lambda: of("parallel")[:3] == ["begun"] * 3 and of("queue") and of("skip"), LATE)
    assert of("queue") == of("skip") == ["begun"]
    (yard.home / "go").touch()
    until(lambda: all(of(name).count("done") >= 2 for name in policies), LATE)
    yard("scheduler", "stop")
    for name in ("queue", "skip"):
        assert of(name)[:4] == ["begun", "done", "begun", "done"]


def test_a_flow_and_a_job_of_one_name(yard: Program) -> None:
    """It is told, and a job is not kept from running by a file that came later."""
    scaffold.init(yard.at)
    (yard.at / "configs" / "jobs.yaml").write_text(
        "jobs:\n  - job_id: f\n    source: {type: local, path: in}\n    destination: {type: local, path: out}\n")
    flow(yard, "f", one("a"))
    assert 'a job is called "f" too' in yard("validate", code=2).out
    (yard.at / "in").mkdir()
    yard("run", "f")
    assert notes(yard) == []


def test_what_a_run_says_for_programs(yard: Program) -> None:
    """Also of a mistake: every line is JSON."""
    written(yard, BROKEN["a circle"][0])
    problem, = yard("run", "f", "--json", code=2).of("problem")
    assert problem["file"] == "flows/f.json" and problem["line"]
    flow(yard, "g", one("a"))
    done = yard("run", "g", "--json")
    assert states(done) == {"a": "done"} and summary(done)["state"] == "done"
    assert json.loads(done.out.splitlines()[0])["type"] == "task"
