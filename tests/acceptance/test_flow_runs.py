"""Real flows, run as people run them: shapes, sizes, what misbehaves, what is told on the way."""
from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from acceptance.conftest import Program, until
from acceptance.flows import (
    LATE,
    alive,
    flow,
    notes,
    one,
    printed,
    said,
    script,
    states,
    stopped,
    summary,
)
from acceptance.hubs import Hubs
from acceptance.test_memory import PEAK
from haulier.testing.servers.site import Answer, Request, Site

STATIONS = ("KLAX", "KSFO", "KNYC")
OBSERVE = """\
import argparse, json, os, urllib.request
parser = argparse.ArgumentParser()
parser.add_argument("--station")
args, _ = parser.parse_known_args()
with urllib.request.urlopen(f"{os.environ['WEATHER']}/{args.station}", timeout=60) as answer:
    found = json.load(answer)
with open(os.path.join(os.environ["TMP_DIR"], f"{args.station}.json"), "w") as out:
    json.dump(found, out)
"""
AGGREGATE = """\
import csv, glob, json, os
folder = os.environ["TMP_DIR"]
with open(os.path.join(folder, "all.csv"), "w", newline="") as out:
    table = csv.writer(out)
    for path in sorted(glob.glob(os.path.join(folder, "K*.json"))):
        with open(path) as file:
            found = json.load(file)
        table.writerow([found["station"], found["celsius"]])
with open(os.environ["HAULIER_OUTPUT"], "w") as out:
    out.write("stations=3\\n")
"""
SYNOPSIS = """\
import csv, os, sys
with open(os.path.join(os.environ["TMP_DIR"], "all.csv"), newline="") as file:
    rows = list(csv.reader(file))
with open("synopsis.txt", "w") as out:
    out.write(f"{sys.argv[1]}: " + ", ".join(f"{name} {degrees}" for name, degrees in rows))
"""


@pytest.fixture
def weather() -> Iterator[Site]:
    """It answers nobody before all three have asked."""
    asked: set[str] = set()

    def page(request: Request) -> Answer:
        asked.add(name := request.path.strip("/"))
        until(lambda: len(asked) == 3, LATE)
        return Answer(body=json.dumps({"station": name, "celsius": len(asked) * 7}).encode(),
                      headers={"Content-Type": "application/json"})

    with Site({f"/{name}": page for name in STATIONS}) as site:
        yield site


def test_weather(yard: Program, weather: Site) -> None:
    """Three fetches side by side, and what is made of them."""
    for name, text in {"observe.py": OBSERVE, "aggregate.py": AGGREGATE, "synopsis.py": SYNOPSIS}.items():
        script(yard, name, text)
    yard.environ["WEATHER"] = weather.url
    flow(yard, "weather_observations_flow",
         *({"id": f"get_{name}_obs", "script": "observe.py", "args": {"station": name}} for name in STATIONS),
         {"id": "aggregate_data", "script": "aggregate.py", "depends_on": [f"get_{name}_obs" for name in STATIONS]},
         {"id": "generate_synopsis", "script": "synopsis.py", "depends_on": ["aggregate_data"],
          "args": ["${tasks.aggregate_data.outputs.stations}"]})
    yard("run", "weather_observations_flow")
    assert (yard.at / "synopsis.txt").read_text() == "3: KLAX 21, KNYC 21, KSFO 21"


def test_weather_without_scripts(yard: Program, weather: Site) -> None:
    script(yard, "words.py", """\
def gathered(bodies):
    return {"text": ", ".join(sorted(f"{one['station']} {one['celsius']}" for one in bodies))}
""")
    flow(yard, "weather",
         *({"id": f"get_{name}", "type": "http", "url": f"{weather.url}/{name}"} for name in STATIONS),
         {"id": "gather", "type": "python", "call": "words.py:gathered", "depends_on": [f"get_{n}" for n in STATIONS],
          "args": {"bodies": [f"${{tasks.get_{name}.outputs.body}}" for name in STATIONS]}})
    done = yard("run", "weather", "--json")
    outputs = [told["outputs"] for told in done.of("task") if told["task"] == "gather" and told["outputs"]]
    assert outputs == [{"text": "KLAX 21, KNYC 21, KSFO 21"}]


def test_a_hundred_empty_tasks(yard: Program) -> None:
    script(yard, "empty.sh", "#!/bin/sh\n")
    flow(yard, "f", *(one(f"t{at}", script="empty.sh") for at in range(100)))
    assert summary(yard("run", "f", "--json"))["done"] == 100


def test_a_thousand_tasks_in_layers(yard: Program) -> None:
    """Each needs five of those before; none begins before all that it needs is over. Within a minute, however busy
    the machine is."""
    script(yard, "none.py", "def nothing():\n    pass\n")
    chance, layers = random.Random(4), [[f"l{at}-{n}" for n in range(50)] for at in range(20)]
    needs = {id: chance.sample(before, 5) for before, layer in pairwise(layers) for id in layer}
    flow(yard, "f", *({"id": id, "type": "python", "call": "none.py:nothing", "depends_on": needs.get(id, [])}
                      for id in chance.sample(sorted({id for layer in layers for id in layer}), 1000)))
    done = yard("run", "f", "--json")
    order = {f"{told['task']} {told['state']}": at for at, told in enumerate(done.of("task"))}
    assert summary(done)["done"] == 1000
    assert all(order[f"{need} done"] < order[f"{id} running"] for id, needed in needs.items() for need in needed)


def test_a_task_that_prints_500_mb(yard: Program) -> None:
    """All of it is kept, and little of it is in memory."""
    script(yard, "loud.sh", "#!/bin/sh\nyes 'all work and no play makes a long line of output, and then some more' "
                            "| head -c 500000000\n")
    flow(yard, "f", one("loud", script="loud.sh"))
    with open(yard.at / "out", "wb") as out:
        ended = subprocess.run([sys.executable, "-S", "-c", PEAK, yard.program, "run", "f"], cwd=yard.at, env=yard.env,
                               stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE, text=True, timeout=100)
    most = int(ended.stderr.splitlines()[-1])
    log = yard.at / "haulier_output" / "runs" / "1" / "loud.1.log"
    assert ended.returncode == 0 and log.stat().st_size == 500_000_000
    assert most < 100 * 2**20, f"{most / 2**20:.0f} MB"
    shown = (yard.at / "out").read_text()
    assert " bytes more are in " in shown and len(shown) < 400_000_000 and "f: done, 1 task done" in shown
    for path in (log, yard.at / "out"):
        path.unlink()


STUBBORN = """\
#!/bin/sh
# A child, one in a session of its own that has left us, and one that hears no SIGTERM either.
trap '' TERM
sleep 300 &
setsid sh -c 'trap "" TERM; while :; do sleep 1; done' &
setsid -f sleep 300
echo ready
while :; do sleep 1; done
"""


@pytest.mark.parametrize("how", ["time", "cancel"])
def test_nothing_is_left_of_what_ignores_sigterm(yard: Program, how: str) -> None:
    """By its time limit, or by Ctrl-C in the middle."""
    script(yard, "stubborn.sh", STUBBORN)
    flow(yard, "f", one("stubborn", script="stubborn.sh", **({"timeout": "5s"} if how == "time" else {})),
         one("after", "stubborn"))
    process = yard.start("run", "f", "--json")
    said(process, lambda line: line.get("text") == "ready")
    if how == "cancel":
        until(lambda: len(alive(f"HOME={yard.home}", process.pid)) >= 4, LATE)     # one may just become its program
        code, took = stopped(process, signal.SIGINT)
        assert code == 130 and took < 30
    else:
        out, _ = process.communicate(timeout=LATE)
        assert process.returncode == 1 and "not done in time" in out and '"blocked"' in out
    until(lambda: not alive(f"HOME={yard.home}"), LATE)
    state = {"time": "failed", "cancel": "cancelled"}[how]
    assert [run["state"] for run in yard("history", "f", "--json").of("run")] == [state]
    assert notes(yard) == []


def test_cancelled_in_a_hub_in_the_middle_of_a_tree(hubs: Hubs) -> None:
    """By somebody at the dashboard: nothing of it is left, and the hub goes on."""
    for folder in ("flows", "tasks"):
        (hubs.workspace / folder).mkdir(exist_ok=True)
    (hubs.workspace / "tasks" / "stubborn.sh").write_text(STUBBORN)
    (hubs.workspace / "flows" / "f.yaml").write_text(
        "tasks:\n  - {id: stubborn, script: stubborn.sh}\n  - {id: after, script: stubborn.sh, depends_on: stubborn}\n")
    hub = hubs.start_hub()
    mark = f"HOME={hubs.home}"
    number = hub.post("/flows/f/run", {})["id"]
    until(lambda: len(alive(mark, hub.process.pid)) >= 4, LATE)
    hub.post(f"/runs/{number}/cancel")
    hub.run(number, "cancelled", seconds=LATE)
    until(lambda: not alive(mark, hub.process.pid), LATE)
    assert {one["task"]: one["state"] for one in hub.get(f"/runs/{number}/tasks")["items"]} == {
        "stubborn": "cancelled", "after": "cancelled"}


def test_the_time_of_a_whole_flow(yard: Program) -> None:
    """What is under way ends, the rest does not begin, and what is for failures is done."""
    script(yard, "long.sh", "#!/bin/sh\nsleep 300\n")
    flow(yard, "f", one("long", script="long.sh"), one("after", "long"), timeout="2s", on_failure=[one("tell")])
    done = yard("run", "f", "--json", code=1)
    assert states(done) == {"long": "failed", "after": "blocked", "tell": "done"}
    assert "time" in summary(done)["error"] and notes(yard) == ["tell begun", "tell done"]


FAILS = '#!/bin/sh\necho "$HAULIER_TASK" >> "$NOTES"\n[ ! -e "$HOME/fails" ]\n'


def test_going_on_from_the_failed_task_and_from_a_chosen_one(yard: Program) -> None:
    script(yard, "fails.sh", FAILS)
    script(yard, "ok.sh", '#!/bin/sh\necho "$HAULIER_TASK" >> "$NOTES"\necho kept > "$TMP_DIR/$HAULIER_TASK"\n')
    flow(yard, "f", one("a", script="ok.sh"), one("b", "a", script="fails.sh"), one("c", "b", script="ok.sh"),
         one("d", script="ok.sh"), params={"n": {"type": "integer", "required": True}}, keep_tmp="on_failure")
    (yard.home / "fails").touch()
    yard("run", "f", "--param", "n=1", code=1)
    assert sorted(notes(yard)) == ["a", "b", "d"]
    (yard.home / "fails").unlink()
    done = yard("run", "f", "--resume", "--json")
    assert notes(yard)[3:] == ["b", "c"] and summary(done)["done"] == 4, "its parameters are those of before"
    assert "is done; run it anew" in yard("run", "f", "--resume", code=2).err
    done = yard("run", "f", "--from", "b", "--json")
    assert notes(yard)[5:] == ["b", "c"] and summary(done)["done"] == 4
    assert 'no task "x"' in yard("run", "f", "--from", "x", code=2).err
    assert {run["id"]: run["state"] for run in yard("history", "f", "--json").of("run")} == {
        1: "failed", 2: "done", 3: "done"}


def test_params_have_types(yard: Program) -> None:
    script(yard, "told.py", "import os\nprint(os.environ['HAULIER_PARAMS'])\n")
    flow(yard, "f", one("a", script="told.py"), params={
        "day": {"type": "date", "required": True}, "n": {"type": "integer", "default": 3}, "ratio": {"type": "number"},
        "dry": {"type": "boolean", "default": False}, "city": {"choices": ["Oslo", "Rome"], "default": "Oslo"},
        "names": {"type": "list"}, "more": {"type": "mapping"}})
    given: dict[str, Any] = {"day": "2026-02-28", "n": "4", "ratio": 0.5, "dry": "true", "names": ["a", "b c"],
                             "more": {"k": 1}}
    told = json.loads(printed(yard("run", "f", "--json", "-p", json.dumps(given)), "a")[0])
    assert told == {**given, "n": 4, "dry": True, "city": "Oslo"}
    wrong = {"n": "four", "ratio": [], "dry": "perhaps", "city": "Paris", "names": {}, "mor": 1}
    done = yard("run", "f", "-p", json.dumps(wrong), code=2)
    assert all(name in done.err for name in ("day", "n", "ratio", "dry", "city", "names", "mor")), done.err
    assert "Oslo" in done.err and '"more"' in done.err, "what would be right"
    assert "day" in yard("run", "f", "--param", "day=2026-02-30", code=2).err
    assert len(yard("history", "--json").of("run")) == 1, "what was wrong began nothing"


def test_for_each_of_a_list_and_of_files(yard: Program) -> None:
    script(yard, "names.py", 'import json, os\nwith open(os.environ["HAULIER_OUTPUT"], "w") as out:\n'
                             '    json.dump({"names": ["x", "two words", 3]}, out)\n')
    script(yard, "say.sh", '#!/bin/sh\necho "$HAULIER_TASK $1"\n[ "$1" != bad.csv ]\n')
    (yard.at / "in").mkdir()
    for name in ("a.csv", "bad.csv", "c.txt"):
        (yard.at / "in" / name).write_text(name)
    flow(yard, "f", one("names", script="names.py"),
         one("each", "names", script="say.sh", args=["${item}"], foreach="${tasks.names.outputs.names}"),
         one("none", "names", script="say.sh", foreach=[]),
         one("file", script="say.sh", args=["${item.name}"], allow_failure=True,
             foreach={"type": "local", "path": str(yard.at / "in"), "include": "*.csv"}))
    done = yard("run", "f", "--json")
    lines = sorted(line["text"] for line in done.of("output") if not line["text"].startswith("haulier:"))
    assert lines == ["each.1 x", "each.2 two words", "each.3 3", "file.1 a.csv", "file.2 bad.csv"] or lines == [
        "each[1] x", "each[2] two words", "each[3] 3", "file[1] a.csv", "file[2] bad.csv"], lines
    found = states(done)
    assert (found["each"], found["none"], found["file"]) == ("done", "done", "failed")
    assert summary(done)["state"] == "done"


def test_approved_from_another_terminal(yard: Program) -> None:
    flow(yard, "f", {"id": "ask", "type": "approve", "message": "Send it?"}, one("send", "ask"),
         one("sulk", "ask", when='tasks.ask.state == "failed"'))
    for number, (answer, expected) in enumerate(((("--text", "fine"), "send"), (("--reject",), "sulk")), 1):
        process = yard.start("run", "f", "--json")
        said(process, lambda line: line.get("state") == "waiting")
        yard("approve", str(number), "ask", *answer)
        process.communicate(timeout=LATE)
        assert process.returncode == number - 1 and notes(yard)[-1] == f"{expected} done"
    assert "no run" in yard("approve", "99", "ask", code=2).err


def test_a_flow_in_a_flow(yard: Program) -> None:
    script(yard, "give.sh", '#!/bin/sh\necho "word=$word" > "$HAULIER_OUTPUT"\n')
    script(yard, "say.sh", '#!/bin/sh\necho "$1"\n')
    flow(yard, "inner", one("give", script="give.sh"), params={"word": {"required": True}})
    flow(yard, "outer", {"id": "run", "type": "flow", "flow": "inner", "params": {"word": "${n} and ${n}"}},
         one("say", "run", script="say.sh", args=["${tasks.run.outputs.tasks.give.word}"]))
    done = yard("run", "outer", "--json", "--param", "n=1")
    assert printed(done, "say") == ["1 and 1"]
    assert [yard("history", name, "--json").of("run")[0]["state"] for name in ("inner", "outer")] == ["done", "done"]
