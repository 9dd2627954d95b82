"""Flows of the tests' workspace, with the scripts that they run."""
from __future__ import annotations

from pathlib import Path

NIGHTLY = """\
name: Nightly report
description: Fetches, asks, sends
version: 1.0
tags: [report, night]
schedule: daily at 02:00
timezone: Europe/Stockholm
params:
  city: { default: Oslo, choices: [Oslo, Rome], description: Which city }
  days: 3
  until: { type: date }
tasks:
  - id: fetch
    type: python
    call: steps.py:fetch
    args: { city: "${city}" }
  - id: each
    type: python
    call: steps.py:say
    args: { word: "${item}" }
    foreach: [north, { path: south.csv }]
    depends_on: fetch
  - id: ask
    type: approve
    message: "Send ${params.city}?"
    users: [operator]
    depends_on: each
  - id: send
    type: transfer
    source: { type: local, path: flow-in }
    destination: { type: local, path: flow-out }
    complete: { settle_seconds: 0 }
    depends_on: ask
on_failure:
  - id: tell
    type: python
    call: steps.py:say
    args: { word: failed }
"""
FRAGILE = """\
{
  "description": "Fails as long as tasks/fails is there",
  "overlap": "skip",
  "tasks": [
    {"id": "first", "type": "python", "call": "steps.py:fetch", "args": {"city": "Rome"}},
    {"id": "second", "script": "fragile.sh", "depends_on": ["first"],
     "env": {"LANG": "C", "API_TOKEN": "hush-hush-hush", "PASSWORD": "${RIGHT}"}},
    {"id": "third", "type": "python", "call": "steps.py:say", "args": {"word": "third"}, "depends_on": ["second"]}
  ]
}
"""
HOLDING = """\
overlap: skip
tasks:
  - { id: hold, type: wait, for: 1h }
"""
OUTER = """\
tasks:
  - { id: inner, type: flow, flow: asking }
  - { id: job, type: transfer, job: reports }
"""
ASKING = """\
params:
  api_token: { default: hush-too, required: true }
tasks:
  - { id: one, type: approve, message: Now?, role: admin }
"""
COUNCIL = """\
tasks:
  - { id: vote, type: approve, message: "And ${item}?", users: "${item}", foreach: [operator, admin] }
"""
MISTAKEN = """\
{
  "tasks": [
    {"id": "a", "script": "not-there.py"},
    {"id": "b", "depends_on": ["c"], "script": "fragile.sh"}
  ]
}
"""
STEPS = '''\
"""What tasks call."""


def fetch(city, doing):
    doing.say(f"fetching {city} åäö")
    return {"city": city}


def say(word):
    print(word)
'''
FRAGILE_SH = """\
#!/bin/sh
cat tasks/printed 2>/dev/null
[ ! -e tasks/fails ]
"""
FLOWS = {"nightly.yaml": NIGHTLY, "fragile.json": FRAGILE, "holding.yaml": HOLDING, "outer.yaml": OUTER,
         "asking.yaml": ASKING, "council.yaml": COUNCIL}


def written(home: Path) -> None:
    """Into a workspace."""
    for folder in ("flows", "tasks", "flow-in"):
        (home / folder).mkdir(exist_ok=True)
    for name, text in FLOWS.items():
        (home / "flows" / name).write_text(text)
    (home / "tasks" / "steps.py").write_text(STEPS)
    script = home / "tasks" / "fragile.sh"
    script.write_text(FRAGILE_SH)
    script.chmod(0o755)
    with (home / ".env").open("a") as env:
        env.write("RIGHT=correct-horse\n")
    (home / "flow-in" / "data.csv").write_text("1,2,3\n")
