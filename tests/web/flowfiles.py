"""Flows with real scripts, for the pages that show them."""
from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

ODD = """<img src=x onerror="document.title='owned'">"""
AT = f"{datetime.now(ZoneInfo('Europe/Stockholm')) + timedelta(hours=12):%H:%M}"     # not while it is looked at
CLOSE = """\
name: Month-end close
description: Statements are fetched, booked, approved and sent
version: "3"
tags: [finance, month]
schedule: daily at {at}
timezone: Europe/Stockholm
params:
  city: { default: Oslo, choices: [Oslo, Rome], description: Which office }
  days: { default: 3, description: How many days back }
  period: { type: date, default: 2026-10-31 }
  full: false
  names: [a, b]
tasks:
  - id: fetch-ledger
    script: say.py
    args: [ledger]
    description: The books of the month
  - id: fetch-statements
    script: drip.py
  - id: import
    script: say.py
    args: ["${item}"]
    foreach: [bgmax, camt, mt940]
    depends_on: [fetch-statements]
  - id: reconcile
    type: python
    call: steps.py:add
    args: { one: 3, other: "${params.days}" }
    depends_on: [import, fetch-ledger]
  - id: approve-release
    type: approve
    message: "Send the payments of ${params.period} from ${params.city}?"
    depends_on: reconcile
  - id: send-payments
    type: transfer
    source: { type: local, path: pay-in }
    destination: { type: local, path: pay-out }
    complete: { settle_seconds: 0 }
    depends_on: approve-release
on_failure:
  - { id: tell-everybody-who-has-to-know, script: say.py, args: [sorry] }
"""
FRAGILE = {
    "name": f"Fragile {ODD}",
    "description": "Fails as long as the file fails is there",
    "tasks": [
        {"id": "first", "script": "say.py", "args": [ODD]},
        {"id": "second", "script": "fragile.py", "depends_on": ["first"]},
        {"id": "third", "script": "say.py", "args": ["third"], "depends_on": ["second"]},
    ],
}
TOLD = {
    "params": {"who": {"required": True, "description": "Who asks"}, "many": {"type": "integer", "default": 2}, "day": {"type": "date"},
               "where": {"default": "Oslo", "choices": ["Oslo", "Rome"]}, "loud": False, "names": ["a", "b"], "more": {"type": "mapping"}},
    "tasks": [{"id": "told", "script": "say.py", "args": ["${who} ${many} ${where} ${loud}"]}],
}
BROKEN = '{\n  "tasks": [\n    {"id": "a", "script": "not-there.py"},\n    {"id": "b", "script": "say.py", "depends_on": ["c"]}\n  ]\n}\n'
SAY = """\
import json, os, sys
print("said", sys.argv[1])
print("\\033[31mcoloured\\033[0m", flush=True)
with open(os.environ["HAULIER_OUTPUT"], "w") as file:
    json.dump({"word": sys.argv[1]}, file)
"""
DRIP = """\
import pathlib, time
gate = pathlib.Path(__file__).parent
for number in range(2000):
    print("line", number)
print("before the gate", flush=True)
while not (gate / "open").exists():
    time.sleep(0.02)
print("after the gate", flush=True)
"""
STEPS = """\
def add(one, other):
    return {"sum": one + other}
"""
FAILS = """\
import pathlib, sys
if (pathlib.Path(__file__).parent / "fails").exists():
    sys.exit("the books do not add up")
print("all is well")
"""
LAYERS, ACROSS = 25, 40


def large() -> str:
    """A thousand tasks in layers, each of which needs two of the layer before."""
    tasks = [{"id": f"t{layer:02}-{at:02}", "type": "python", "call": "steps.py:add", "args": {"one": 1, "other": at},
              **({"depends_on": [f"t{layer - 1:02}-{at:02}", f"t{layer - 1:02}-{(at + 1) % ACROSS:02}"]} if layer else {})}
             for layer in range(LAYERS) for at in range(ACROSS)]
    return json.dumps({"tasks": tasks})


def write(home: Path) -> None:
    """All of it, into a workspace."""
    for folder in ("flows", "tasks", "pay-in", "pay-out"):
        (home / folder).mkdir(exist_ok=True)
    for name in ("one", "two"):
        (home / "pay-in" / f"{name}.txt").write_text(name)
    flows = {"close.yaml": CLOSE.replace("{at}", AT), "fragile.json": json.dumps(FRAGILE, indent=2), "told.json": json.dumps(TOLD),
             "wrong.json": BROKEN, "large.json": large()}
    for name, text in flows.items():
        (home / "flows" / name).write_text(text)
    for name, text in {"say.py": SAY, "drip.py": DRIP, "steps.py": STEPS, "fragile.py": FAILS}.items():
        (home / "tasks" / name).write_text(text)
